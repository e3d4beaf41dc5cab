% what: reads the file while terms are expanded
% expect: permission
term_expansion(x, y) :- open('{{read}}', read, S), read(S, T), print(T).
x.
attack :- y.
