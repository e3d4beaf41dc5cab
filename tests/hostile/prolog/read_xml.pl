% what: has the SGML parser open the file, or an external entity
% expect: permission
:- use_module(library(sgml)).
attack :- load_structure(file('{{read}}'), D, []), print(D).
