% what: leaves facts under the names that the next program uses
% expect: any
:- dynamic solve/1.
attack :- asserta(solve(41)), assertz(user:solve(40)), nb_setval(solve, 41).
