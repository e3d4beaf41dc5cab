% what: a hook that reads the file when an error is thrown
% expect: permission
:- multifile prolog_exception_hook/5.
prolog:prolog_exception_hook(E, E, _, _, _) :- open('{{read}}', read, S), read(S, T), print(T).
attack :- X is foo + 1, print(X).
