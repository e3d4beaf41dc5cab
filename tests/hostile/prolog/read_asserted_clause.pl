% what: asserts a clause that opens the file, then calls it
% expect: any
attack :- B =.. [open, '{{read}}', read, S], assertz((later(S) :- B)), later(S), read(S, T), print(T).
