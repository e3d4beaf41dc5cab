; what: includes the environment of the process
; expect: permission
(include "/proc/self/environ")
