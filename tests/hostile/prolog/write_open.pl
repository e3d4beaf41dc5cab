% what: opens a file for writing
% expect: permission
attack :- open('{{write}}', write, S), write(S, x), close(S).
