% what: tables an infinite relation
% expect: stopped
:- table nat/1.
nat(0).
nat(N) :- nat(M), N is M + 1.
attack :- nat(-1).
