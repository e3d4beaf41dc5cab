pen(Price) :-
    pencil(Pencil),
    Price is 2 * Pencil.

pencil(_).
