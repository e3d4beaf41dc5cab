% what: hides a clause behind its module
% expect: permission
user:(attack :- open('{{read}}', read, S), read(S, T), print(T)).
