% what: deletes a file
% expect: permission
attack :- delete_file('{{read}}').
