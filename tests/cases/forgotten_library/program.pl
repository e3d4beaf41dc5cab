whole(X) :-
    {X / 2 = 9}.
