% what: asks whether a file exists
% needs: seccomp
% expect: permission
attack :- exists_file('{{read}}'), write(canary_exists).
