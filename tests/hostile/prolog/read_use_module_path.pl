% what: use_module/1 with a path in place of a library
% expect: permission
:- use_module('{{read}}').
attack :- canary(X), print(X).
