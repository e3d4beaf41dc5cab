% what: prints to the error stream without end
% expect: any
attack :- repeat, format(user_error, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA~n", []), fail.
