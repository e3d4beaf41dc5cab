; what: a bit vector of two billion bits
; expect: any
(declare-const x (_ BitVec 2147483647))
(assert (= (bvmul x x) x))
(check-sat)
