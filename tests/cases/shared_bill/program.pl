:- use_module(library(clpq)).

bill(10).
friends(3).

share(Each) :-
    bill(Total),
    friends(Number),
    {Number * Each = Total}.
