; what: parentheses that never opened
; expect: syntax
{{repeat 1000 )}}(check-sat)
