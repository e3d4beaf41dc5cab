apples(Total).
