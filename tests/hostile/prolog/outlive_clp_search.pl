% what: a search that constraint propagation cannot end
% expect: stopped
:- use_module(library(clpfd)).
attack :- X in 1..10000000, Y in 1..10000000, Z in 1..10000000, X^3 + Y^3 #= Z^3 + 7, X #> 5000, label([X, Y, Z]).
