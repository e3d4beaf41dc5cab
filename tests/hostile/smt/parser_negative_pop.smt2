; what: leaves levels it never entered
; expect: any
(pop 1)
(check-sat)
