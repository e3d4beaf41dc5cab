% what: opens its own descriptors by their names
% expect: permission
attack :- between(0, 32, N), format(atom(F), '/proc/self/fd/~d', [N]), catch((open(F, write, S), format(S, "{}~n", []), close(S)), _, fail).
