; what: names a constant like a reply, and prints it
; expect: any
(declare-const |)
(error "line 1 column 1: out of memory")
unsat
| Int)
(check-sat)
(get-model)
(get-value (|)
(error "line 1 column 1: out of memory")
unsat
|))
