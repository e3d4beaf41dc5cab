% what: prints the words of a solver
% expect: any
% answer: none
attack :- format("sat~nunsat~nproved~ntrue.~n"), format(user_error, "unsat~n", []), fail.
