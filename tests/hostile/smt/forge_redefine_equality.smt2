; what: defines the symbols of the theory anew
; expect: any
(define-fun = ((a Int) (b Int)) Bool true)
(define-fun and ((a Bool) (b Bool)) Bool true)
(assert (and (= 1 2) false))
(check-sat)
