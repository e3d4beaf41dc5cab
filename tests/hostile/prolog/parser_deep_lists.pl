% what: a term nested by brackets
% expect: any
attack :- X = {{repeat 60000 [}}{{repeat 60000 ]}}, print(X).
