% what: a clause of fifty thousand variables
% expect: any
attack :- X = f({{repeat 50000 _,}}a), functor(X, _, N), print(N).
