; what: changes the search for whoever comes next
; expect: any
(set-option :smt.random_seed 12345)
(set-option :auto_config false)
(check-sat)
