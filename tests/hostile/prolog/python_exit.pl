% what: ends the process from Python after a forged reply on every descriptor
% expect: permission
attack :- forall(between(0, 64, N), catch(py_call(os:write(N, '{"forged": true}'), _), _, true)), py_call(os:'_exit'(0)).
