% what: saves the program's state
% expect: permission
attack :- qsave_program('{{write}}', []).
