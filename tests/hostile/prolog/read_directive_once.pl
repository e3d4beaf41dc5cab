% what: the directive wrapped in control constructs
% expect: permission
:- catch(once((open('{{read}}', read, S), read(S, T), print(T))), _, true).
attack.
