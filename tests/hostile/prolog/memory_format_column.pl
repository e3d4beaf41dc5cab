% what: fills a line of two thousand million columns
% expect: any
% answer: none
attack :- format(atom(_), '~`x~t~2000000000|', []).
