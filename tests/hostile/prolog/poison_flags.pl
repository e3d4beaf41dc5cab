% what: changes flags that decide what a program means
% expect: any
:- set_prolog_flag(double_quotes, atom).
attack :- set_prolog_flag(unknown, fail), set_prolog_flag(iso, true), set_prolog_flag(prefer_rationals, true), set_prolog_flag(occurs_check, error).
