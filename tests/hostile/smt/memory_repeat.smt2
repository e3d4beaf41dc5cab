; what: repeats a vector until it fills memory
; expect: any
(declare-const x (_ BitVec 64))
(assert (= ((_ repeat 100000000) x) ((_ repeat 100000000) (bvadd x x))))
(check-sat)
