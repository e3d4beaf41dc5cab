; what: writes numbers in the digits of other scripts
; expect: syntax
(push {{chr 1635}})
(assert (= {{chr 65297}} 1))
(check-sat)
