% what: a float that is no float, and a radix that is none
% expect: any
attack :- X = 1.0e999999999, print(X).
attack :- Y = 99'zz, print(Y).
