% what: asks for a thousand million digits
% expect: stopped
attack :- format(atom(_), '~1000000000f', [1r3]).
