% what: reads a file while the program is parsed
% expect: permission
:- use_module(library(quasi_quotations)).
:- quasi_quotation_syntax(leak).
leak(_, _, _, T) :- open('{{read}}', read, S), read(S, T).
attack :- X = {|leak||anything|}, print(X).
