% what: a hundred thousand prefix operators
% expect: any
attack :- X = ({{repeat 100000 - }}1), print(X).
