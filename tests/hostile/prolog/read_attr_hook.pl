% what: reads the file from a unification hook of an attributed variable
% expect: permission
m:attr_unify_hook(_, _) :- open('{{read}}', read, S), read(S, T), print(T).
attack :- put_attr(X, m, 1), X = 2.
