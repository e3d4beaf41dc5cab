% what: runs a shell command
% expect: permission
attack :- shell('touch {{write}}').
