% what: answers with a term of a hundred million characters
% expect: any
% query: attack(X)
attack(X) :- length(L, 20000000), maplist(=(abcde), L), X = L.
