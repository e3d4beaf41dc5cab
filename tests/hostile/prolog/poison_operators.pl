% what: changes the meaning of text for whoever reads next
% expect: any
:- op(0, xfx, is).
:- op(700, xfx, plus).
:- op(200, xfy, -).
attack :- op(0, xfx, =), op(0, xfx, :-), op(1200, xfx, '.').
