:- use_module(library(clpq)).

eggs(Number) :-
    {Number >= 3}.
