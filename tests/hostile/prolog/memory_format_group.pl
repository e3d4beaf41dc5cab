% what: writes an integer as if it had a thousand million decimals
% expect: stopped
attack :- format(atom(_), '~1000000000d', [1]).
