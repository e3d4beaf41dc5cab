; what: sets its own, longer time-out
; expect: permission
(set-option :timeout 4000000000)
(declare-const x Int)
(assert (> x 1))
(check-sat)
