% what: makes :- mean something else before a directive is read
% expect: any
:- op(1200, xfx, ===>).
:- op(0, fx, :-).
:- op(0, xfx, :-).
:- shell('touch {{write}}').
attack.
