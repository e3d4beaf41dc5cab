; what: declares the next program's symbols with other sorts, globally
; expect: any
(set-option :global-declarations true)
(declare-const total Bool)
(assert (not total))
(check-sat)
