% what: load_files/2 as a goal
% expect: permission
attack :- load_files('{{read}}', [silent(true)]), canary(X), print(X).
