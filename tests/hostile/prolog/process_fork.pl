% what: forks and lets the child live on
% expect: permission
:- use_module(library(unix)).
attack :- fork(P), ( P == child -> sleep(977) ; true ).
