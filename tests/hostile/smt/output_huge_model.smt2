; what: a model with a numeral of a hundred thousand digits
; expect: any
(declare-const x Int)
(assert (= x {{repeat 100000 7}}))
(check-sat)
(get-model)
