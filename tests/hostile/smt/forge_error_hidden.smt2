; what: has errors on the way to a verdict
; expect: undeclared
; answer: none
(declare-const p Bool)
(assert q)
(assert (not p))
(check-sat)
