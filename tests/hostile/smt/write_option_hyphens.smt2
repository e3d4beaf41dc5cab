; what: spells the option with hyphens, which z3 reads as underscores
; expect: permission
(set-option :solver.smtlib2-log |{{write}}|)
(set-option :sat.drat-file |{{write}}|)
(assert true)
(check-sat)
