% what: fills the clause database
% expect: stopped
:- dynamic fact/1.
attack :- between(1, inf, N), atom_concat(some_long_name_for_a_fact_, N, A), assertz(fact(A)), fail.
