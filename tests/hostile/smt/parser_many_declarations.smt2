; what: eight thousand declarations
; expect: any
{{repeat 8000 (push 1)}}
(check-sat)
