; what: a string that never closes
; expect: syntax
(echo "never closed)
(check-sat)
