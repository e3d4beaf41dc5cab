% what: compiles to a file
% expect: permission
attack :- qcompile('{{read}}').
