; what: draws the proof into a file
; expect: any
(set-option :proof true)
(set-option :dot_proof_file "{{write}}")
(assert false)
(check-sat)
(get-proof)
(get-proof-graph)
