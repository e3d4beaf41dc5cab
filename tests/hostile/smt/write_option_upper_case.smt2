; what: spells the option in capitals, which z3 reads as small letters
; expect: permission
(set-option :SOLVER.SMTLIB2_LOG |{{write}}|)
(set-option :Solver.Proof.Log |{{write}}|)
(assert true)
(check-sat)
