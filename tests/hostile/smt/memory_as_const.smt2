; what: asks for the value of a term that doubles with each step
; expect: any
(define-fun f ((x Int)) Int (* x x))
(check-sat)
(get-value ((f (f (f (f (f (f (f (f (f (f (f (f (f (f (f (f (f (f (f (f (f (f (f (f (f (f (f (f (f (f (f (f (f (f (f (f (f (f (f (f 3))))))))))))))))))))))))))))))))))))))))))
