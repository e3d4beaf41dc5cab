; what: an index beyond every integer of the machine
; expect: any
(declare-const x (_ BitVec 99999999999999999999999999))
(assert (= x x))
(check-sat)
