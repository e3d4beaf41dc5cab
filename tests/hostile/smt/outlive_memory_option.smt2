; what: raises the memory limit
; expect: permission
(set-option :memory_max_size 1000000)
(check-sat)
