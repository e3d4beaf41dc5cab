% what: hangs while it ends its process
% expect: any
% answer: none
forever :- repeat, fail.
attack :- member(Name, [at_halt]), Goal =.. [Name, forever], call(Goal), member(End, [halt]), call(End).
