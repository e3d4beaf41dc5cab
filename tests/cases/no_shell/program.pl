files(Files) :-
    shell('ls > files.txt'),
    read_term(Files, []).
