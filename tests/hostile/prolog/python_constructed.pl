% what: calls Python by a goal made at run time
% expect: any
attack :- atom_concat(py_, call, F), G =.. [F, os:system('touch {{write}}'), _], janus:G.
