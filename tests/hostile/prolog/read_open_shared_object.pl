% what: loads a shared object by the low-level predicate
% expect: permission
attack :- open_shared_object('libc.so.6', H), print(H).
