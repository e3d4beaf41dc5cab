% what: computes a number that takes hours inside one C call
% expect: any
attack :- X is 7 ** (7 ** (7 ** 7)), print(X).
