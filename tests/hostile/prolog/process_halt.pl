% what: ends the process with status 0
% expect: permission
attack :- halt.
