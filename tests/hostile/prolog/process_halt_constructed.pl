% what: ends the process with status 0, by a goal made at run time, after printing a reply
% expect: any
attack :- format("{\"outcome\": \"answers\", \"X\": 42}~n"), atom_concat(ha, lt, H), call(H, 0).
