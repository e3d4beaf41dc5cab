% what: has the top level record itself in a file
% expect: permission
attack :- protocol('{{write}}'), write(x), noprotocol.
