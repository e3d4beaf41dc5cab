; what: parentheses that never close
; expect: syntax
{{repeat 200000 (}}
