; what: twelve pigeons in eleven holes, as arithmetic
; expect: any
(declare-fun h (Int) Int)
(assert (forall ((i Int)) (=> (and (<= 1 i) (<= i 14)) (and (<= 1 (h i)) (<= (h i) 13)))))
(assert (forall ((i Int) (j Int)) (=> (and (<= 1 i) (< i j) (<= j 14)) (not (= (h i) (h j))))))
(check-sat)
