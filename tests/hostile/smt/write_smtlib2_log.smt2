; what: logs every command to a file
; expect: permission
(set-option :solver.smtlib2_log "{{write}}")
(declare-const p Bool)
(assert p)
(check-sat)
