; what: throws the assertions away before the check
; expect: any
(declare-const p Bool)
(assert (and p (not p)))
(reset)
(check-sat)
