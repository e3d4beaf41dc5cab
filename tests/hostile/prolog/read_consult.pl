% what: consults the file, whose content is a fact
% expect: permission
attack :- consult('{{read}}'), canary(X), print(X).
