% what: adds a clause to a library's own module
% expect: any
attack :- assertz((lists:append([], [], poisoned) :- true)), assertz(lists:sum_list(_, 41)).
