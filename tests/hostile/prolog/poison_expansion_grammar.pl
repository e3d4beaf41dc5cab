% what: rewrites goals from a grammar rule
% expect: permission
user:goal_expansion --> [].
attack.
