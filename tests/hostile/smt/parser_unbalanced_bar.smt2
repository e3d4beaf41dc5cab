; what: a quoted symbol that never closes
; expect: syntax
(declare-const |never closed Int)
(check-sat)
