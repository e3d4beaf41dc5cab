% what: signals other processes
% expect: permission
:- use_module(library(process)).
attack :- process_kill(1, kill).
