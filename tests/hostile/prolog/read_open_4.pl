% what: opens a file with options and reads it as a string
% expect: permission
attack :- open('{{read}}', read, S, [encoding(octet)]), read_string(S, _, T), write(T).
