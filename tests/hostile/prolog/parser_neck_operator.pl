% what: takes the neck of clauses away
% expect: any
:- op(0, xfx, :-).
attack :- true.
:- op(200, xfy, user:(:-)).
attack :- true.
