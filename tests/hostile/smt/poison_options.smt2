; what: changes how numbers and models print
; expect: any
(set-option :pp.decimal true)
(set-option :pp.decimal_precision 1)
(set-option :model.completion true)
(check-sat)
