; what: has the SAT solver write its proof
; expect: permission
(set-option :sat.drat.file "{{write}}")
(declare-const p Bool)
(assert p)
(check-sat)
