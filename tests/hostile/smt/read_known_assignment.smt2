; what: has a secret read as a known assignment
; expect: permission
(set-option :nlsat.known_sat_assignment_file_name "{{read}}")
(declare-const x Real)
(declare-const y Real)
(assert (= (* x x y) 2.0))
(check-sat)
(get-model)
