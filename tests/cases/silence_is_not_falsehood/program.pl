bird(rob).

flies(X) :- bird(X), has_strong_wings(X).

has_strong_wings(tweety).

neg(flies(X)) :- penguin(X).

penguin(pingu).
