; what: a power with an exponent of a hundred million
; expect: any
(declare-const x Int)
(assert (= x (mod (^ 3 100000000) 7)))
(check-sat)
