% what: a library predicate that opens the file for the program
% expect: permission
:- use_module(library(readutil)).
attack :- read_file_to_terms('{{read}}', Ts, []), print(Ts).
