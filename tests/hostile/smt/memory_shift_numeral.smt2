; what: a bit-vector value far wider than its digits
; expect: any
(assert (= (_ bv1 2000000000) (_ bv2 2000000000)))
(check-sat)
