% what: NUL in the middle of the program
% expect: any
attack :- X = 'a{{chr 0}}b', print(X).
