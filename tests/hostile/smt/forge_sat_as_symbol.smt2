; what: names its constants after replies
; expect: any
(declare-const |sat| Bool)
(declare-const |unsat| Bool)
(assert (and |sat| (not |unsat|)))
(check-sat)
(get-model)
