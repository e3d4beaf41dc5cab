; what: opens a billion levels
; expect: any
(push 1000000000)
(check-sat)
