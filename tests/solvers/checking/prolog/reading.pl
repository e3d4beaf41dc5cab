% What the engine makes of texts, in a form without quotes and operators that Python writes alike.

solve(Shown) :-
    findall(S, ( text(Codes), string_codes(Text, Codes), shown(Text, S) ), Shown).

shown(Text, Shown) :-
    catch(term_string(Term, Text), error(_, _), fail),
    !,
    with_output_to(string(Shown), canonical(Term)).
shown(_, "error").

canonical(Term) :-
    term_variables(Term, Variables),
    numbered(Variables, 0),
    show(Term).

numbered([], _).
numbered(['$V'(N)|Variables], N) :-
    N1 is N + 1,
    numbered(Variables, N1).

show('$V'(N)) :- !, format("V~w", [N]).
show([]) :- !, format("nil").
show(Term) :- atom(Term), !, atom_codes(Term, Codes), format("atom~w", [Codes]).
show(Term) :- string(Term), !, string_codes(Term, Codes), format("string~w", [Codes]).
show(Term) :- rational(Term, Above, Below), !, format("~w/~w", [Above, Below]).
show(Term) :- float(Term), !, Exact is rational(Term), rational(Exact, Above, Below), format("float ~w/~w", [Above, Below]).
show(Term) :-
    compound_name_arguments(Term, Name, Arguments),
    (   atom(Name), Name \== []
    ->  atom_codes(Name, Codes),
        write(Codes)
    ;   write(reserved)                 % `[](a)`, and dicts
    ),
    write('('),
    forall(member(Argument, Arguments), ( show(Argument), write(',') )),
    write(')').
