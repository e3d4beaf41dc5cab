; what: no command at all
; expect: any
; nothing here
