houses(Red, Green, Blue).
