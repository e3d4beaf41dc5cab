% what: has more answers than anyone can hold
% expect: any
attack :- between(1, inf, _).
