% what: reads the file from an initialization directive
% expect: permission
:- initialization((open('{{read}}', read, S), read(S, T), print(T))).
attack.
