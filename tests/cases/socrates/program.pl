man(socrates).

mortal(X) :- man(X).
