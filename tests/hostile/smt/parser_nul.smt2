; what: NUL between and inside commands
; expect: any
(declare-const x{{chr 0}}y Int){{chr 0}}
(check-sat)
