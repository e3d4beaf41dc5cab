% Clause bodies as the text has them, where clause/2 shows something else.
%
% swipl compiles `M is N - 1`, with M new, to an instruction that adds a small integer, and clause/2 makes `M is N + -1`
% of it; it drops `X = Y` where Y occurs nowhere else, and `user:` before a goal. What it does at larger scale is
% switched off where evidence is wanted (run.pl).

:- module(quod_written, [note_written_bodies/1, written_body/4, with_calls/2]).

:- use_module(library(assoc)).
:- use_module(library(lists)).
:- use_module(library(pairs)).

:- use_module(sources).

%!  note_written_bodies(+Module) is det.
%
%   Before the first written_body/4, for the program in Module.
note_written_bodies(Module) :-
    findall(Name/Arity-(Line-Clause), read_clause(Line, Clause, Name, Arity), Read0),
    keysort(Read0, Read),
    group_pairs_by_key(Read, Predicates),
    findall(Reference-Clause, noted(Module, Predicates, Reference, Clause), Noted),
    list_to_assoc(Noted, Bodies),
    b_setval(quod_written, Bodies).

read_clause(Line, (Head :- Body), Name, Arity) :-
    source("program", Line, Term, _, _),
    clause_of(Term, Head, Body),
    callable(Head),
    name_arity(Head, Name, Arity).

clause_of(Term, _, _) :- var(Term), !, fail.
clause_of((:- _), _, _) :- !, fail.
clause_of((?- _), _, _) :- !, fail.
clause_of(user:Term, Head, Body) :- !, clause_of(Term, Head, Body).
clause_of([Term|Terms], Head, Body) :- !, ( clause_of(Term, Head, Body) ; clause_of(Terms, Head, Body) ).
clause_of((Head :- Body), Head, Body) :- !.
clause_of((Head --> DCG), Translated, Body) :- !, dcg_translate_rule((Head --> DCG), (Translated :- Body)).
clause_of(Head, Head, true) :- Head \== [].

%   noted(+Module, +Predicates, -Reference, -Clause) is nondet: clauses that were read and those that are stored are the
%   same ones if they are as many on the same lines.
noted(Module, Predicates, Reference, (Head :- Body)) :-
    member(Name/Arity-Read, Predicates),
    once(( member(_-(_ :- Rule), Read), Rule \== true )),
    functor(General, Name, Arity),
    findall(Line-Stored, ( clause(Module:General, _, Stored), clause_property(Stored, line_count(Line)) ), Found),
    pairs_keys_values(Read, Lines, Clauses),
    pairs_keys_values(Found, Lines, References),
    nth_of_both(Clauses, References, (Head :- Body0), Reference),
    Body0 \== true,
    with_calls(Body0, Body),
    clause(Module:General, Compiled, Reference),
    \+ (General :- Compiled) =@= (Head :- Body).

nth_of_both([A|_], [B|_], A, B).
nth_of_both([_|As], [_|Bs], A, B) :- nth_of_both(As, Bs, A, B).

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
