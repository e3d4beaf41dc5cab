% what: turns garbage collection off and fills memory
% expect: any
attack :- set_prolog_flag(gc, false), set_prolog_flag(agc_margin, 0), numlist(1, 3000000, L), length(L, N), print(N).
