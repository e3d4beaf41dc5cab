% what: passes the name of the predicate as data to call/N
% expect: any
run(F, S) :- call(F, '{{read}}', read, S).
attack :- atom_codes(F, [0'o,0'p,0'e,0'n]), run(F, S), read(S, T), print(T).
