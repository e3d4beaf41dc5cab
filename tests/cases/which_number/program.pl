thought(X) :-
    between(-10, 10, X),
    X * X =:= 9.
