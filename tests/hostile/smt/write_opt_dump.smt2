; what: has the optimiser dump its problem
; expect: permission
(set-option :opt.dump_benchmarks true)
(declare-const x Int)
(assert (< x 3))
(maximize x)
(check-sat)
