% what: recurses without end and without tail calls
% expect: stopped
depth(N) :- M is N + 1, depth(M), true.
attack :- depth(0).
