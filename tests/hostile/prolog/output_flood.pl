% what: prints without end
% expect: any
attack :- repeat, write('AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'), nl, fail.
