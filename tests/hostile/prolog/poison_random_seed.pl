% what: fixes the random numbers of whoever comes next
% expect: any
attack :- set_random(seed(42)), X is random(10), print(X).
