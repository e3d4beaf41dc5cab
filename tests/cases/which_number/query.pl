thought(X).
