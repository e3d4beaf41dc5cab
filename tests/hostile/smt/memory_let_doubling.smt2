; what: lets that double a term at each level
; expect: any
(declare-const x Int)
(assert (let ((a (+ x x))) (let ((b (* a a))) (let ((c (* b b))) (let ((d (* c c))) (let ((e (* d d))) (let ((f (* e e))) (let ((g (* f f))) (= (* g g g g) (+ g 1))))))))))
(check-sat)
