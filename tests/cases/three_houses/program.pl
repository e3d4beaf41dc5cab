:- use_module(library(clpfd)).

houses(Red, Green, Blue) :-
    Positions = [Red, Green, Blue],
    Positions ins 1..3,
    all_different(Positions),
    Green #= Red + 1,
    Blue #\= 1,
    label(Positions).
