% what: reads the file while goals are expanded
% expect: permission
goal_expansion(p, true) :- open('{{read}}', read, S), read(S, T), print(T).
attack :- p.
