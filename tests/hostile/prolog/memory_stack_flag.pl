% what: raises the stack limit first
% expect: any
depth(N) :- M is N + 1, depth(M), true.
attack :- set_prolog_flag(stack_limit, 64000000000), depth(0).
