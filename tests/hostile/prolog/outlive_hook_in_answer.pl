% what: loops while an attributed variable of the answer is turned into goals
% expect: any
% query: attack(X)
m:attribute_goals(_) --> { repeat, fail }.
attack(X) :- put_attr(X, m, 1).
