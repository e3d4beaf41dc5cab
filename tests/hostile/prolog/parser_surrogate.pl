% what: half a character
% expect: any
attack :- X = 'a{{chr 55296}}b', print(X).
