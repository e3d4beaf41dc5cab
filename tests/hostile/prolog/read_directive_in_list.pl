% what: hides a directive in a list within a module
% expect: permission
user:[(:- open('{{read}}', read, S), read(S, T), print(T))].
attack.
