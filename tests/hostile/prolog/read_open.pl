% what: opens a file and reads a term from it
% expect: permission
attack :- open('{{read}}', read, S), read(S, T), print(T).
