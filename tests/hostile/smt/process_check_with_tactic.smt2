; what: a command that only this solver knows
; expect: permission
(declare-const p Bool)
(assert p)
(check-sat-using (par-or smt smt smt smt))
