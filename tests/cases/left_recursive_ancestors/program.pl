:- table ancestor/2.

parent(ann, ben).
parent(ben, cleo).
parent(cleo, dan).

ancestor(X, Z) :- ancestor(X, Y), parent(Y, Z).
ancestor(X, Y) :- parent(X, Y).
