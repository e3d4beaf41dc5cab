% what: converts characters as they are read
% expect: any
:- char_conversion('4', '5').
attack :- char_conversion('2', '3'), set_prolog_flag(char_conversion, on).
