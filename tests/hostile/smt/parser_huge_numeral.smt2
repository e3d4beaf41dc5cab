; what: a numeral of two hundred thousand digits
; expect: any
(declare-const x Int)
(assert (> (* x x) {{repeat 200000 9}}))
(check-sat)
