; what: asks for threads
; expect: permission
(set-option :smt.threads 8)
(declare-const x Int)
(assert (> x 1))
(check-sat)
