; what: sends the diagnostics to a file
; expect: permission
(set-option :diagnostic-output-channel "{{write}}")
(check-sat)
