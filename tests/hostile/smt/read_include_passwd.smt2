; what: includes a system file, whose lines would show in the errors
; expect: permission
(include "/etc/passwd")
