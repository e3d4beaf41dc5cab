% what: a hundred thousand opening parentheses
% expect: any
attack :- X = {{repeat 100000 (}}a{{repeat 100000 )}}, print(X).
