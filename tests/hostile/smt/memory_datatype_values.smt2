; what: defines a value that unfolds for ever
; expect: any
(declare-datatypes ((L 0)) (((nil) (cons (h Int) (t L)))))
(define-fun-rec mk ((n Int)) L (cons n (mk (+ n 1))))
(declare-const l L)
(assert (= l (mk 0)))
(check-sat)
(get-value ((mk 0)))
