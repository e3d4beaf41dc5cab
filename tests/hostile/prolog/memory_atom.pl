% what: doubles an atom
% expect: any
double(A) :- atom_concat(A, A, B), double(B).
attack :- double(abcdefgh).
