; what: asks for the parallel tactic
; expect: permission
(set-option :parallel.enable true)
(set-option :parallel.threads.max 64)
(declare-const p (_ BitVec 32))
(assert (= (bvmul p p) (_ bv17 32)))
(check-sat)
