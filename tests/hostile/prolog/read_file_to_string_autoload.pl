% what: the same, left to the autoloader
% expect: permission
attack :- read_file_to_string('{{read}}', S, []), write(S).
