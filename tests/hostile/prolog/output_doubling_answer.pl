% what: answers with a small shared term that prints as an enormous one
% expect: any
% query: attack(X)
double(0, a) :- !.
double(N, f(T, T)) :- M is N - 1, double(M, T).
attack(X) :- double(60, X).
