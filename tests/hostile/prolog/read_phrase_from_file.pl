% what: a grammar over a lazy list of the file
% expect: permission
:- use_module(library(pure_input)).
all([C|Cs]) --> [C], !, all(Cs).
all([]) --> [].
attack :- phrase_from_file(all(Cs), '{{read}}'), atom_codes(A, Cs), write(A).
