; what: a string equation that grows
; expect: any
(declare-const x String)
(declare-const y String)
(assert (= (str.++ x "ab" y) (str.++ y "ba" x)))
(assert (> (str.len x) 500))
(assert (str.in_re x (re.+ (re.union (str.to_re "aab") (str.to_re "ba")))))
(check-sat)
