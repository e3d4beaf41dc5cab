% what: a directive that is a goal of its own
% expect: permission
:- open('{{read}}', read, S), read(S, T), print(T).
attack.
