% what: hides clauses behind end_of_file
% expect: any
attack :- print(x).
end_of_file.
:- halt.
