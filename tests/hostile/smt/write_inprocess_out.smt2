; what: has simplified clauses written to a file
; expect: any
(set-option :sat.inprocess.out |{{write}}|)
(set-option :opt.solution_prefix |{{write}}|)
(set-option :opt.dump_models true)
(declare-const a Bool)
(assert-soft a)
(check-sat)
