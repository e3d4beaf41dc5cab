% what: prints one character a thousand million times
% expect: stopped
attack :- format('~*c', [1000000000, 0'x]).
