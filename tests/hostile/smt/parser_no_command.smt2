; what: atoms where commands should be
; expect: syntax
sat unsat 42 "sat" check-sat
