mortal(Who).
