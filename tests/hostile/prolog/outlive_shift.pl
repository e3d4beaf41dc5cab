% what: shifts by a number with many digits
% expect: any
attack :- X is 1 << (1 << 62), print(X).
