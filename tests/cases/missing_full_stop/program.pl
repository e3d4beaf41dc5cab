bob(9)

ann(Age) :-
    bob(Years),
    Age is Years + 3.
