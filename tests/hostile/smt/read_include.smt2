; what: includes a file
; expect: permission
(include "{{read}}")
(check-sat)
