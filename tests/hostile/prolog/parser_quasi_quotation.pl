% what: a quasi quotation, which calls a parser while reading
% expect: any
attack :- X = {|string(Y)||text {Y}|}, print(X).
