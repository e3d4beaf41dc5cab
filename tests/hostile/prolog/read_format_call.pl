% what: has format/2 call a goal
% expect: permission
attack :- format("~@", [(open('{{read}}', read, S), read(S, T), print(T))]).
