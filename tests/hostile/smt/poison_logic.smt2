; what: sets a logic in which the next program makes no sense
; expect: any
(set-logic QF_BV)
(check-sat)
