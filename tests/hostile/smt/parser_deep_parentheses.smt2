; what: two hundred thousand opening parentheses
; expect: any
(assert {{repeat 200000 (not }}true{{repeat 200000 )}})
(check-sat)
