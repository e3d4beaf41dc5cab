; what: sends the replies to a file
; expect: permission
(set-option :regular-output-channel "{{write}}")
(declare-const x Int)
(assert (> x 1))
(check-sat)
