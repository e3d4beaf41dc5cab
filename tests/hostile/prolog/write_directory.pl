% what: makes a directory
% expect: permission
attack :- make_directory('{{write}}').
