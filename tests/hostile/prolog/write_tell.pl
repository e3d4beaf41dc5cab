% what: writes a file the old way
% expect: permission
attack :- tell('{{write}}'), write(x), told.
