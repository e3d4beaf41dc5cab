% what: builds an endless list
% expect: stopped
grow(L) :- grow([L, L|L]).
attack :- grow([]).
