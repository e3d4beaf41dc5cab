; what: a string with doubled quotes that one reader takes for two
; expect: any
(set-info :source "a""b")(set-info :x "\")(set-option :regular-output-channel "{{write}}")
(check-sat)
