% Whether a program may be run again to see how it came to its answers.

:- module(quod_repeatable, [repeatable/1]).

:- use_module(sources).

%!  repeatable(+Query) is det.
%
%   Nothing that the program or the query mentions leaves a trace that a second run would
%   find. A goal built at run time is not seen; then what comes out disagrees with the run, or the checker knows no such
%   goal.
repeatable(Query) :-
    (   (   traced(Query, Name)
        ;   source("program", _, Term, _, _),
            clause_body(Term, Body),
            traced(Body, Name)
        )
    ->  format(string(Reason), "the program has effects that a second run would find: ~q", [Name]),
        throw(quod_no_derivation(Reason))
    ;   true
    ).

clause_body(Term, _) :- var(Term), !, fail.
clause_body((_ :- Body), Body).
clause_body((_ --> Body), Body).
clause_body((_ => _), _) :- throw(quod_no_derivation("a clause with => has no derivation")).
clause_body([Term|Terms], Body) :- ( clause_body(Term, Body) ; clause_body(Terms, Body) ).

traced(Term, Name) :-
    compound(Term),
    compound_name_arity(Term, Name0, Arity),
    (   leaves_trace(Name0, Most),
        Arity =< Most
    ->  Name = Name0
    ;   arg(_, Term, Sub),
        traced(Sub, Name)
    ).

%   leaves_trace(?Name, -Arity): with so many arguments at most, as a closure lacks some; an atom may be mere data.
leaves_trace(assert, 2).
leaves_trace(asserta, 2).
leaves_trace(assertz, 2).
leaves_trace(retract, 1).
leaves_trace(retractall, 1).
leaves_trace(abolish, 2).
leaves_trace(recorda, 3).
leaves_trace(recordz, 3).
leaves_trace(erase, 1).
leaves_trace(nb_setval, 2).
leaves_trace(b_setval, 2).
leaves_trace(nb_setarg, 3).
leaves_trace(flag, 3).
leaves_trace(gensym, 2).
leaves_trace(reset_gensym, 1).
leaves_trace(random, 1).
leaves_trace(random, 3).
leaves_trace(random_between, 3).
leaves_trace(random_member, 2).
leaves_trace(random_permutation, 2).
leaves_trace(set_random, 1).
leaves_trace(get_time, 1).
leaves_trace(statistics, 2).
leaves_trace(set_prolog_flag, 2).
leaves_trace(op, 3).
