; what: names a file to back lemmas up to
; expect: permission
(set-option :solver.cancel_backup_file |{{write}}|)
(set-option :solver.axioms2files true)
(declare-const x Int)
(assert (> (* x x) 2))
(check-sat)
