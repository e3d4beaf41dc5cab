; what: hides the option behind quoting bars
; expect: any
(set-option |:regular-output-channel| "{{write}}")
(check-sat)
