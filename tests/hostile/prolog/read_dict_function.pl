% what: hides a file behind a function on dicts
% expect: permission
_.content() := T :- open('{{read}}', read, S), read(S, T).
attack :- D = user{}, X = D.content(), print(X).
