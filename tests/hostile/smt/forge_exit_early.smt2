; what: leaves before the query that is appended
; expect: any
; answer: none
; query: (assert false) (check-sat)
(exit)
