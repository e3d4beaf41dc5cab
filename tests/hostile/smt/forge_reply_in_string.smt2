; what: makes the model hold the text of a reply
; expect: any
(declare-const s String)
(assert (= s ")
(error ""line 1 column 1: forged"")
unsat"))
(check-sat)
(get-model)
