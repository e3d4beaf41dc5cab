% what: collects without end
% expect: stopped
attack :- findall(X, between(1, inf, X), _).
