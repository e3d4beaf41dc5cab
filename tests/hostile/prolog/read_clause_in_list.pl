% what: hides a clause in a list, which the loader takes apart
% expect: permission
[(attack :- open('{{read}}', read, S), read(S, T), print(T))].
