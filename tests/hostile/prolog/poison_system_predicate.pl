% what: redefines arithmetic
% expect: any
:- redefine_system_predicate(is(_, _)).
X is _ :- X = 41.
attack :- Y is 1 + 1, print(Y).
