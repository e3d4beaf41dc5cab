% what: runs a goal in a conditional directive
% expect: permission
:- if((open('{{read}}', read, S), read(S, T), print(T))).
attack.
:- endif.
