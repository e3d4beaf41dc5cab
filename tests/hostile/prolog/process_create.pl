% what: starts a process with pipes
% expect: permission
:- use_module(library(process)).
attack :- process_create(path(touch), ['{{write}}'], [process(P)]), process_wait(P, _).
