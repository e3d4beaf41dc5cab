files(Files).
