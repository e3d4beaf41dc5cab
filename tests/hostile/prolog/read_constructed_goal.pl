% what: builds the forbidden goal at run time
% expect: any
attack :- atom_concat(op, en, F), G =.. [F, '{{read}}', read, S], call(G), read(S, T), print(T).
