% what: calls Python to read the file
% expect: permission
attack :- py_call(builtins:open('{{read}}'), F), py_call(F:read(), T), print(T).
