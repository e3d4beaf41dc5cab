% what: reads a file the old way
% expect: permission
attack :- see('{{read}}'), read(T), seen, print(T).
