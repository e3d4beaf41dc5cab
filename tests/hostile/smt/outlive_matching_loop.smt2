; what: quantifiers that make new terms for ever
; expect: any
(declare-fun f (Int) Int)
(declare-fun g (Int) Int)
(assert (forall ((x Int)) (! (= (f x) (+ 1 (f (+ 1 (g x))))) :pattern ((f x)))))
(assert (forall ((x Int)) (! (> (g x) (g (+ 1 x))) :pattern ((g x)))))
(assert (= (f 0) (g 0)))
(check-sat)
