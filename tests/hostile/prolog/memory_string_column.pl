% what: pads a string to a billion columns
% expect: any
attack :- format(string(S), "~t~w~1000000000|", [x]), string_length(S, L), print(L).
