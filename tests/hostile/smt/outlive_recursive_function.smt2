; what: a recursive function that never ends
; expect: any
(define-fun-rec f ((x Int)) Int (+ 1 (f (+ x 1))))
(assert (= (f 0) 5))
(check-sat)
