; what: separates tokens with blanks that only some readers know
; expect: syntax
(set-option{{chr 160}}:produce-models{{chr 8239}}true)
(check-sat){{chr 8232}}(include "{{read}}")
