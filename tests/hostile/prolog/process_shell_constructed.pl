% what: the same, with a goal made at run time
% expect: any
attack :- atom_codes(F, "shell"), G =.. [F, 'touch {{write}}'], G.
