; what: a quoted symbol over several lines that hides a command
; expect: permission
(set-info :notes |
(check-sat) |)
(set-option :diagnostic-output-channel "{{write}}")
