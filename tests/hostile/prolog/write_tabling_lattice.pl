% what: lets tabling call a system predicate where it expects an order
% expect: any
:- table p(_, lattice(open/3)).
p(1, '{{write}}').
p(1, write).
attack :- p(1, _).
