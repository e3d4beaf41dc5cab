ann(Age).
