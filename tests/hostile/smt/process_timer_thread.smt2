; what: asks for a time-out, for which z3 starts a thread
; expect: permission
(set-option :combined_solver.solver2_timeout 4)
(set-option :timeout 4)
(declare-const x Int)
(push)
(assert (> x 2))
(check-sat)
