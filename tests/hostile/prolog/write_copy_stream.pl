% what: aliases a stream of the process onto a file
% expect: permission
attack :- open('{{write}}', write, S, [alias(user_output)]), format("x~n"), close(S).
