; what: traces the Horn solver into a file
; expect: permission
(set-option :fp.spacer.trace_file |{{write}}|)
(set-logic HORN)
(declare-fun p (Int) Bool)
(assert (p 0))
(assert (forall ((x Int)) (=> (p x) (p (+ x 1)))))
(assert (forall ((x Int)) (=> (p x) (>= x 0))))
(check-sat)
