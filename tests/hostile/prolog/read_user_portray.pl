% what: a portray hook that reads the file when an answer is printed
% expect: any
:- multifile user:portray/1.
user:portray(x) :- open('{{read}}', read, S), read(S, T), writeq(T).
attack :- print(x).
