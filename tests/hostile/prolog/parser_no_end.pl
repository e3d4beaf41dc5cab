% what: a clause without its full stop
% expect: syntax
attack :- print(x)
