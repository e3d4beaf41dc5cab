% what: a number of 32 billion bits
% expect: any
attack :- X is 2 ** (2 ** 35), Y is X mod 7, print(Y).
