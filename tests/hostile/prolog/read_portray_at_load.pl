% what: reads a file while a warning about the program is worded
% expect: permission
portray(_) :- catch(( open('{{read}}', read, S), read(S, T), write(T) ), _, fail).
attack.
p(1).
q(1).
p(2).
