whole(X).
