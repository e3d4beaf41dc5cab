% what: starts threads through a library
% expect: permission
attack :- concurrent_maplist([X, Y]>>(Y is X * X), [1, 2, 3], Ys), print(Ys).
