% what: hides the goal behind a module qualifier
% expect: permission
attack :- system:open('{{read}}', read, S), read(S, T), print(T).
