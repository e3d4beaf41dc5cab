% what: consults by the list notation in a directive
% expect: permission
:- ['{{read}}'].
attack :- canary(X), print(X).
