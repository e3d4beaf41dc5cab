% what: adds a clause to a library that every program uses
% expect: any
attack :- member(Name, [assertz]), Goal =.. [Name, (lists:append(_, _, [forged]) :- true)], call(Goal).
