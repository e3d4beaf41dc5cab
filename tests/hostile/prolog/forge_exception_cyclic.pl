% what: throws a term that has no end
% expect: logical
attack :- X = f(X, X), throw(X).
