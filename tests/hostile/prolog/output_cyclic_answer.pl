% what: answers with a cyclic term
% expect: any
% query: attack(X)
attack(X) :- X = f(X).
