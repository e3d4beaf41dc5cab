; what: logs the proof to a file
; expect: permission
(set-option :solver.proof.log {{write}})
(declare-const p Bool)
(assert p)
(assert (not p))
(check-sat)
