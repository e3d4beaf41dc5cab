; what: half a character
; expect: any
(echo "a{{chr 55296}}b")
(check-sat)
