% what: leaves a wrong table behind
% expect: any
:- table solve/1.
solve(41).
attack :- solve(X), print(X).
