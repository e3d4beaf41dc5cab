; what: opens the trace of the quantifier engine
; expect: permission
(set-option :trace true)
(set-option :trace_file_name "{{write}}")
(declare-const p Bool)
(assert p)
(check-sat)
