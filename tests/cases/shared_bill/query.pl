share(Each).
