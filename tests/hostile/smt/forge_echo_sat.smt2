; what: prints the reply of a solver
; expect: any
; answer: none
(echo "sat")
(echo "unsat")
