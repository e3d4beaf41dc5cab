% Proof trees of answers, for a checker that trusts neither swipl nor us.
%
% A meta-interpreter goes through the clauses again and notes which it took. It decides nothing: the plain run has the
% answers, and where this does not find the same ones in the same order, there is no derivation. It runs when the
% outcome is known, with an inference limit of its own, so that whatever happens here the outcome stays what it is.
%
% A goal is `step(Goal, Rule, Reference, Premises)`; as Prolog binds variables in place, a finished tree shows each goal
% under the final substitution. Predicates of the engine are called as they are. So are tabled ones, whose answers are
% then justified by clauses: the plain way round would not come back from a left recursion.

:- module(quod_derive, [derivations/7]).

:- use_module(library(apply)).
:- use_module(library(assoc)).
:- use_module(library(lists)).

:- use_module(answers).
:- use_module(repeatable).
:- use_module(steps).
:- use_module(written).

least_inferences(500_000).
most_inferences(4_000_000).

%!  derivations(:Query, +Bindings, +Reply, +MaxChars, +Work, +Share, -Evidence) is det.
%
%   Reply is what answers/5 made of Query; Work the inferences it took for that, and Share the part of the run's time
%   that it took. Evidence is
%
%     ["derivations", [[[Goal, Rule, Line, [Premise, ...]], ...], ...]]
%     ["none", Reason]
%
%   where Line is 0 for none, and a premise is the index of a step.
derivations(_, _, ["no_answer"], _, _, _, ["derivations", []]) :- !.
derivations(Module:Query, Bindings, ["answers", _, Answers], MaxChars, Work, Share, Evidence) :-
    !,
    (   Share > 0.2
    ->  Evidence = ["none", "the run took so long that no time is left for a derivation"]
    ;   inference_limit(Work, Share, Limit),
        catch(silently(limited(derive(Module, Query, Bindings, Answers, MaxChars), Limit, Evidence)), Error, true),
        (   nonvar(Error)
        ->  Evidence = ["none", "the derivation could not be started"]
        ;   true
        )
    ).
derivations(_, _, _, _, _, _, ["none", "the run has no answer to derive"]).

%   inference_limit(+Work, +Share, -Limit): a multiple of what the plain run took, and no more than it could have done
%   in a fifth of its time.
inference_limit(Work, Share, Limit) :-
    least_inferences(Least),
    most_inferences(Most),
    Wished is min(max(30 * Work, Least), Most),
    (   Share > 0.01
    ->  Limit is min(Wished, max(1000, truncate(0.2 / Share * Work)))
    ;   Limit = Wished
    ).

limited(Goal, Limit, Evidence) :-
    catch(call_with_inference_limit(call(Goal, Derivations), Limit, Result), Error, true),
    (   nonvar(Error)
    ->  reason_of_error(Error, Reason),
        Evidence = ["none", Reason]
    ;   Result == inference_limit_exceeded
    ->  Evidence = ["none", "the derivation takes more steps than it may"]
    ;   Evidence = ["derivations", Derivations]
    ).
limited(_, _, ["none", "the derivation does not find the answers of the run"]).

reason_of_error(quod_no_derivation(Reason), Reason) :- !.
reason_of_error(quod_output_limit, "the derivation is longer than it may be") :- !.
reason_of_error(error(resource_error(_), _), "the derivation takes more memory than it may") :- !.
reason_of_error(_, "the derivation does not agree with the run: it raises an error").

none(Reason) :-
    throw(quod_no_derivation(Reason)).

%   silently(:Goal): what the program prints was printed by the plain run.
silently(Goal) :-
    stream_property(Output, alias(user_output)),
    stream_property(Error, alias(user_error)),
    current_output(Current),
    open_null_stream(Null),
    setup_call_cleanup(
        ( set_stream(Null, alias(user_output)), set_stream(Null, alias(user_error)), set_output(Null) ),
        once(Goal),
        ( set_stream(Output, alias(user_output)), set_stream(Error, alias(user_error)), set_output(Current) )).

%   derive(+Module, +Query, +Bindings, +Answers, +MaxChars, -Derivations): one for each of Answers.
derive(Module, Query, Bindings0, Answers, MaxChars, Derivations) :-
    repeatable(Query),
    note_written_bodies(Module),
    exclude(quod_answers:anonymous, Bindings0, Bindings),
    length(Answers, Count),
    Expected =.. [expected|Answers],
    State = state(1),
    Left = left(_, _, MaxChars, _),             % as answers.pl counts characters
    findall(Derivation, derivation(Module, Query, Bindings, Bindings0, Expected, Count, State, Left, Derivation),
            Derivations),
    length(Derivations, Count).

derivation(Module, Query, Bindings, Bindings0, Expected, Count, State, Left, Derivation) :-
    with_calls(Query, Body),
    opaque(Body, Module, Premises, []),
    arg(1, State, Index),
    arg(Index, Expected, [Values|_]),
    agrees(Bindings, Bindings0, Values),
    Root = step(Query, query, 0, Premises),
    supported(Root, Module, Support),
    steps(Root, Support, Bindings0, Left, Derivation),
    (   Index == Count
    ->  !
    ;   Next is Index + 1,
        nb_setarg(1, State, Next)
    ).

%   agrees(+Bindings, +AllBindings, +Values): this answer is the one that the plain run found in this place.
agrees(Bindings, AllBindings, Values) :-
    term_attvars(Bindings, Attributed),
    quod_answers:answer_text(Bindings, AllBindings, Attributed, quod_state(_, _, 10_000_000, _), [Found, _]),
    (   Found == Values
    ->  true
    ;   none("the derivation does not find the answers of the run")
    ).


                 /*******************************
                 *           PROVING            *
                 *******************************/

%   body(+Goal, +Module, +Cut, -Steps, ?Tail) is nondet.
%
%   Cut is the choice point that a cut in Goal goes back to.
body(Goal, _, _, _, _) :- var(Goal), !, throw(error(instantiation_error, _)).
body(true, _, _, Steps, Steps) :- !.
body((A, B), Module, Cut, Steps0, Steps) :-
    !,
    body(A, Module, Cut, Steps0, Steps1),
    body(B, Module, Cut, Steps1, Steps).
body(!, _, Cut, Steps, Steps) :- !, prolog_cut_to(Cut).
body(Goal, Module, Cut, [step(Goal, Rule, Reference, Premises)|Steps], Steps) :-
    goal(Goal, Module, Cut, Rule, Reference, Premises).

%   goal(+Goal, +Module, +Cut, -Rule, -Reference, -Premises) is nondet.
goal((C -> T ; E), Module, Cut, Rule, 0, Premises) :-
    !,
    (   opaque(C, Module, Premises, Rest)
    ->  Rule = then,
        body(T, Module, Cut, Rest, [])
    ;   Rule = else,
        body(E, Module, Cut, Premises, [])
    ).
goal((C *-> T ; E), Module, Cut, Rule, 0, Premises) :-
    !,
    (   opaque(C, Module, Premises, Rest)
    *-> Rule = then,
        body(T, Module, Cut, Rest, [])
    ;   Rule = else,
        body(E, Module, Cut, Premises, [])
    ).
goal((A ; B), Module, Cut, Rule, 0, Premises) :-
    !,
    (   Rule = left,
        body(A, Module, Cut, Premises, [])
    ;   Rule = right,
        body(B, Module, Cut, Premises, [])
    ).
goal((C -> T), Module, Cut, then, 0, Premises) :-
    !,
    (   opaque(C, Module, Premises, Rest)
    ->  body(T, Module, Cut, Rest, [])
    ).
goal((C *-> T), Module, Cut, then, 0, Premises) :-
    !,
    opaque(C, Module, Premises, Rest),
    body(T, Module, Cut, Rest, []).
goal(\+ Goal, Module, _, failure, 0, []) :- !, \+ Module:Goal.
goal(Other:Goal, Module, _, Rule, 0, Premises) :-
    !,
    (   Other == Module
    ->  Rule = call,
        opaque(Goal, Module, Premises, [])
    ;   Rule = builtin,
        Premises = [],
        Other:Goal
    ).
goal(Goal, Module, _, clause, Reference, Premises) :-
    own(Module, Goal),
    !,
    (   predicate_property(Module:Goal, tabled)
    ->  Reference = tabled,
        Premises = [],
        table_answer(Module, Goal)
    ;   prolog_current_choice(Cut),
        clause(Module:Goal, Compiled, Reference),
        written_body(Goal, Compiled, Reference, Body),
        body(Body, Module, Cut, Premises, [])
    ).
goal(Goal, Module, _, Rule, 0, Premises) :-
    called(Goal, Called),
    !,
    (   Called = ignored(Inner)
    ->  (   opaque(Inner, Module, Premises, [])
        ->  Rule = call
        ;   Rule = else,
            Premises = []
        )
    ;   Called = once(Inner)
    ->  Rule = call,
        once(opaque(Inner, Module, Premises, []))
    ;   Rule = call,
        opaque(Called, Module, Premises, [])
    ).
goal(Goal, Module, _, Rule, 0, []) :-
    native_rule(Goal, Module, Rule),
    Module:Goal.

opaque(Goal, Module, Steps0, Steps) :-
    prolog_current_choice(Cut),
    body(Goal, Module, Cut, Steps0, Steps).

%   own(+Module, +Goal): a predicate of the program.
own(Module, Goal) :-
    '$c_current_predicate'(_, Module:Goal),
    \+ predicate_property(Module:Goal, imported_from(_)),
    \+ predicate_property(Module:Goal, foreign).

%   called(+Goal, -Called): Goal is true when Called is.
called(once(Goal), once(Goal)).
called(ignore(Goal), ignored(Goal)).
called(Goal, Called) :-
    compound(Goal),
    compound_name_arguments(Goal, call, [Closure|More]),
    (   More == []
    ->  Called = Closure
    ;   extended(Closure, More, Called)
    ).

%   extended(+Closure, +More, -Goal): where swipl adds arguments and does nothing else, as it does with a lambda.
extended(Closure, More, Goal) :-
    callable(Closure),
    \+ Closure = _:_,
    \+ Closure = (_ >> _),
    \+ Closure = (_ / _),
    (   compound(Closure)
    ->  compound_name_arguments(Closure, Name, Own)
    ;   Name = Closure,
        Own = []
    ),
    append(Own, More, Arguments),
    compound_name_arguments(Goal, Name, Arguments).

native_rule(Goal, _, failure) :- negation(Goal), !.
native_rule(Goal, _, all) :- all_solutions(Goal), !.
native_rule(Goal, Module, constraint) :-
    predicate_property(Module:Goal, imported_from(Library)),
    constraint_library(Library),
    \+ plain(Goal),
    !.
native_rule(_, _, builtin).

negation(not(_)).
negation(tnot(_)).

all_solutions(findall(_, _, _)).
all_solutions(findall(_, _, _, _)).
all_solutions(findnsols(_, _, _, _)).
all_solutions(bagof(_, _, _)).
all_solutions(setof(_, _, _)).
all_solutions(forall(_, _)).
all_solutions(foreach(_, _)).
all_solutions(aggregate_all(_, _, _)).
all_solutions(aggregate_all(_, _, _, _)).
all_solutions(aggregate(_, _, _)).
all_solutions(aggregate(_, _, _, _)).

constraint_library(clpfd).
constraint_library(clpq).
constraint_library(clpr).
constraint_library(bb_q).
constraint_library(bb_r).
constraint_library(nf_q).
constraint_library(nf_r).
constraint_library(clpqr).
constraint_library(clpb).
constraint_library(dif).
constraint_library(simplex).

plain(transpose(_, _)).                 % exported by clpfd, about lists


                 /*******************************
                 *            TABLES            *
                 *******************************/

%   table_answer(+Module, +Goal) is nondet: Goal is true and not merely undefined.
table_answer(Module, Goal) :-
    call_delays(Module:Goal, Delays),
    (   Delays == true
    ->  true
    ;   none("an answer of a table is undefined")
    ).

%   supported(+Root, +Module, -Support): Support has, for each atom of a table that Root rests on, a step by a clause
%   whose premises rest on atoms that were supported before it; so no atom supports itself.
supported(Root, Module, Support) :-
    empty_assoc(Empty),
    table_goals([Root], Goals, []),
    (   Goals == []
    ->  Support = Empty
    ;   justifications(Goals, Module, Empty, Known),
        assoc_to_list(Known, Open),
        settle(Open, Empty, Support),
        (   member(Goal, Goals),
            \+ get_assoc(Goal, Support, _)
        ->  none("an answer of a table is not founded on clauses")
        ;   true
        )
    ).

%   table_goals(+Steps, -Goals, ?Tail): those that were answered from a table.
table_goals([], Goals, Goals).
table_goals([step(Goal, _, Reference, Premises)|Steps], Goals0, Goals) :-
    (   Reference == tabled
    ->  (   ground(Goal)
        ->  Goals0 = [Goal|Goals1]
        ;   none("an answer of a table has variables")
        )
    ;   table_goals(Premises, Goals0, Goals1)
    ),
    table_goals(Steps, Goals1, Goals).

%   justifications(+Goals, +Module, +Known0, -Known): Known has, for each goal that may be needed, the ways in which
%   clauses make it true, as Step-Needed.
justifications([], _, Known, Known).
justifications([Goal|Goals], Module, Known0, Known) :-
    (   get_assoc(Goal, Known0, _)
    ->  justifications(Goals, Module, Known0, Known)
    ;   findall(Step-Needed, justification(Goal, Module, Step, Needed), Ways0),
        (   member(Way, Ways0),
            Way = _-[]
        ->  Ways = [Way]                        % no need to look further
        ;   Ways = Ways0
        ),
        put_assoc(Goal, Known0, Ways, Known1),
        findall(Needed, ( member(_-All, Ways), member(Needed, All) ), Next, Goals),
        justifications(Next, Module, Known1, Known)
    ).

justification(Goal, Module, step(Goal, clause, Reference, Premises), Needed) :-
    prolog_current_choice(Cut),
    clause(Module:Goal, Compiled, Reference),
    written_body(Goal, Compiled, Reference, Body),
    body(Body, Module, Cut, Premises, []),
    table_goals(Premises, Needed0, []),
    sort(Needed0, Needed).

%   settle(+Open, +Support0, -Support): rounds from the facts upwards, until one brings nothing new.
settle(Open, Support0, Support) :-
    foldl(settle_one, Open, Support0-[], Support1-Left),
    (   Left == []
    ->  Support = Support1
    ;   same_length(Open, Left)
    ->  Support = Support1
    ;   reverse(Left, Next),
        settle(Next, Support1, Support)
    ).

settle_one(Goal-Ways, Support0-Left, Support-Rest) :-
    (   member(Step-Needed, Ways),
        forall(member(Other, Needed), get_assoc(Other, Support0, _))
    ->  put_assoc(Goal, Support0, Step, Support),
        Rest = Left
    ;   Support = Support0,
        Rest = [Goal-Ways|Left]
    ).
