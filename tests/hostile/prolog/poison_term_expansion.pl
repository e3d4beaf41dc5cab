% what: leaves an expansion behind
% expect: any
attack :- assertz((user:term_expansion((solve(X) :- _), solve(41)) :- X = X)), assertz((system:goal_expansion(_ is _, fail))).
