% what: ensure_loaded/1 with a path in place of a library
% expect: permission
:- ensure_loaded('{{read}}').
attack :- canary(X), print(X).
