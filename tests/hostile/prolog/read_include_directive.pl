% what: includes the file while the program is loaded
% expect: permission
:- include('{{read}}').
attack :- canary(X), print(X).
