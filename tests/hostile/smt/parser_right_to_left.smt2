; what: text that shows in another order than it reads
; expect: any
(declare-const |{{chr 8238}}tas| Bool)
(assert |{{chr 8238}}tas|)
(check-sat)
