% what: changes how numbers are read and written
% expect: any
:- set_prolog_flag(float_format, '~3fe99').
:- set_prolog_flag(prefer_rationals, true).
:- set_prolog_flag(iso, true).
:- set_prolog_flag(float_overflow, infinity).
attack :- X is 2.0 ** 5000, print(X).
