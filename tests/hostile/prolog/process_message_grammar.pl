% what: ends the process from a grammar rule that words messages, while the program is loaded
% expect: permission
% answer: none
prolog:message(_) --> { halt }.
attack.
p(1).
q(1).
p(2).
