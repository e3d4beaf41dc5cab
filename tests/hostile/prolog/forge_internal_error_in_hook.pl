% what: throws it while the answer is written down
% expect: logical
% query: attack(X)
attribute_goals(_) --> { throw(quod_internal("it is the service's fault")) }.
attack(X) :- put_attr(X, user, 1).
