apples(Total) :-
    Had = 3,
    Gets = 4,
    Total = Had + Gets.
