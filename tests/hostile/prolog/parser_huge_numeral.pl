% what: a numeral of two hundred thousand digits
% expect: any
attack :- X = {{repeat 200000 9}}, Y is X mod 7, print(Y).
