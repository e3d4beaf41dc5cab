% what: appends to a file
% expect: permission
attack :- open('{{write}}', append, S), write(S, x), close(S).
