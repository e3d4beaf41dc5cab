% what: opens a pipe to a command
% expect: permission
attack :- open(pipe('touch {{write}}'), read, S), read(S, _).
