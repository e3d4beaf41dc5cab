% what: parses the forbidden goal from an atom
% expect: any
attack :- atom_concat('op', 'en(\'{{read}}\', read, S)', A), term_to_atom(G, A), G = open(_, _, S), call(G), read(S, T), print(T).
