; what: declares the verdict beforehand
; expect: any
(set-info :status unsat)
(declare-const p Bool)
(assert p)
(check-sat)
