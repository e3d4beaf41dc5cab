% Clause bodies as the text has them where clause/2 shows another goal.
%
% swipl compiles `M is N - 1`, with M new, to an instruction that adds a small integer, and clause/2 makes `M is N + -1`
% of it, as it does of `M is -1 + N`. So for a clause with such a goal, the body comes from the term that was read.
% What else the compiler changes is switched off where evidence is wanted (run.pl).

:- module(quod_written, [note_written_bodies/1, written_body/4, with_calls/2]).

:- use_module(library(apply)).
:- use_module(library(assoc)).

:- use_module(sources).

%!  note_written_bodies(+Module) is det.
%
%   Before the first written_body/4, for the program in Module.
note_written_bodies(Module) :-
    findall(Reference-Clause, noted(Module, Clause, Reference), Noted),
    list_to_assoc(Noted, Bodies),
    b_setval(quod_written, Bodies).

noted(Module, (Head :- Body), Reference) :-
    source("program", Line, Term, _, _),
    clause_of(Term, Head, Body0),
    adds_integer(Body0),
    with_calls(Body0, Body),
    as_compiled((Head :- Body), Expected),
    name_arity(Head, Name, Arity),
    functor(General, Name, Arity),
    once(( clause(Module:General, Compiled, Reference),
           clause_property(Reference, line_count(Line)),
           as_compiled((General :- Compiled), Found),
           Found =@= Expected )).

clause_of(Term, _, _) :- var(Term), !, fail.
clause_of((Head :- Body), Head, Body).
clause_of((Head --> DCG), Translated, Body) :- dcg_translate_rule((Head --> DCG), (Translated :- Body)).
clause_of([Term|Terms], Head, Body) :- ( clause_of(Term, Head, Body) ; clause_of(Terms, Head, Body) ).
clause_of(user:Term, Head, Body) :- clause_of(Term, Head, Body).

%   adds_integer(+Term): there is a goal in it that clause/2 may show in another way.
adds_integer(Term) :-
    compound(Term),
    (   Term = (_ is Sum),
        sum(Sum, _)
    ->  true
    ;   arg(_, Term, Part),
        adds_integer(Part)
    ->  true
    ).

sum(Sum, _) :- var(Sum), !, fail.
sum(A + B, A + B) :- integer(B), !.
sum(A + B, B + A) :- integer(A), !.
sum(A - B, A + C) :- integer(B), C is -B.

as_compiled(Term, Term) :- \+ compound(Term), !.
as_compiled(X is Sum0, X is Sum) :- sum(Sum0, Sum), !.
as_compiled(Term0, Term) :-
    compound_name_arguments(Term0, Name, Arguments0),
    maplist(as_compiled, Arguments0, Arguments),
    compound_name_arguments(Term, Name, Arguments).

%!  written_body(+Head, +Compiled, +Reference, -Body) is det.
%
%   Body is Compiled, which clause/2 gave for Head, or what the text has for it.
written_body(Head, Compiled, Reference, Body) :-
    b_getval(quod_written, Bodies),
    (   Bodies \== t,
        get_assoc(Reference, Bodies, Clause)
    ->  copy_term(Clause, (Head :- Body))
    ;   Body = Compiled
    ).

%!  with_calls(+Goal0, -Goal) is det.
%
%   As the compiler does with a body, call/1 around variables.
with_calls(Goal, call(Goal)) :- var(Goal), !.
with_calls(Goal0, Goal) :-
    control(Goal0),
    !,
    Goal0 =.. [Name, A0, B0],
    with_calls(A0, A),
    with_calls(B0, B),
    Goal =.. [Name, A, B].
with_calls(Goal, Goal).

control((_, _)).
control((_ ; _)).
control((_ -> _)).
control((_ *-> _)).
