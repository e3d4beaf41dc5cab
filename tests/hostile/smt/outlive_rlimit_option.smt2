; what: sets the resource limit
; expect: permission
(set-option :rlimit 4294967295)
(check-sat)
