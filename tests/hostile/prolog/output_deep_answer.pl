% what: answers with a term nested a million deep
% expect: any
% query: attack(X)
deep(0, z) :- !.
deep(N, s(T)) :- M is N - 1, deep(M, T).
attack(X) :- deep(1000000, X).
