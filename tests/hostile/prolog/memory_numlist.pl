% what: asks a library for a huge list
% expect: any
attack :- numlist(1, 1000000000, L), sum_list(L, S), print(S).
