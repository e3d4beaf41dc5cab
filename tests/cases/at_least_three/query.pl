eggs(Number).
