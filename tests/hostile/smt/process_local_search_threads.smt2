; what: starts threads in the solver of clauses and in local search
; expect: any
(set-option :sat.local_search_threads 4)
(set-option :sat.ddfw.threads 4)
(set-option :sls.parallel true)
(set-option :smt.sls.enable true)
(declare-const a Bool)
(declare-const b Bool)
(assert (xor a b))
(check-sat)
