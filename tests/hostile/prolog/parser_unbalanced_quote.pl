% what: a quote that never closes
% expect: syntax
attack :- X = 'never closed, print(X).
