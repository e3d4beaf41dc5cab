% what: hides a goal in a lambda within a foldl
% expect: permission
attack :- foldl([F, _, T]>>( open(F, read, S), read(S, T) ), ['{{read}}'], none, T), print(T).
