; what: a carriage return that one reader takes for the end of a comment
; expect: any
; harmless {{chr 13}}(set-option :regular-output-channel "{{write}}")
(check-sat)
