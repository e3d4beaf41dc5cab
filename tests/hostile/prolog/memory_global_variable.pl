% what: keeps doubling terms in a global variable
% expect: stopped
attack :- nb_setval(k, a), repeat, nb_getval(k, V), nb_setval(k, f(V, V, V)), fail.
