; what: ends a comment where only some readers end a line
; expect: permission
; harmless{{chr 13}}(include "{{read}}"){{chr 13}}
(check-sat)
