; what: factors a number of 120 bits
; expect: any
(declare-const p (_ BitVec 120))
(declare-const q (_ BitVec 120))
(assert (= (bvmul p q) (_ bv886086954271330427573543298053 120)))
(assert (bvugt p (_ bv1 120)))
(assert (bvugt q (_ bv1 120)))
(assert (bvult p (_ bv1125899906842624 120)))
(assert (bvult q (_ bv1125899906842624 120)))
(check-sat)
