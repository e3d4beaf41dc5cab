% what: loads the bridge again
% expect: permission
:- use_module(library(janus)).
attack :- py_call(os:getpid(), P), print(P).
