; what: echoes two megabytes
; expect: any
(echo "{{repeat 200000 AAAAAAAAAA}}")
(check-sat)
