% what: raises signals at its own process and its parents
% expect: permission
:- use_module(library(process)).
attack :- current_prolog_flag(pid, Pid), between(0, 3, Back), Other is Pid - Back, process_kill(Other, 9), fail.
