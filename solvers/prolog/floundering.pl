% Negation of a goal whose variables get their values only afterwards.
%
% `\+ barks(X), animal(X)` asks whether nothing barks, and not of each animal: the answer is that of another question.

:- module(quod_floundering, [floundering/1]).

:- use_module(library(lists)).
:- use_module(sources).

%!  floundering(-Fault) is nondet.
%
%   A clause negates a goal of the program's own with a variable that its head and the goals before do not mention and
%   a later goal does. Only the goals of the body itself are looked at, not those inside control structures. A variable
%   of the head counts as bound.
floundering(fault("instantiation", Message, "program", Offset, Name, "")) :-
    source("program", _, (Head :- Body), Layout, Names),
    arg_layout(2, Layout, BodyLayout),
    negated_early(Body, BodyLayout, Head, NegationLayout, Variable),
    layout_start(NegationLayout, Offset),
    member(Name0=Named, Names),
    Named == Variable,
    atom_string(Name0, Name),
    format(string(Message),
           "`~w` has no value yet where it is negated, and gets one afterwards: move the `\\+` behind the goal that \c
            binds it.",
           [Name]).

%   negated_early(+Body, +Layout, +Before, -NegationLayout, -Variable) is nondet.
negated_early(Body, Layout, Before, NegationLayout, Variable) :-
    nonvar(Body),
    Body = (Goal, Rest),
    arg_layout(1, Layout, GoalLayout),
    arg_layout(2, Layout, RestLayout),
    (   nonvar(Goal),
        Goal = (\+ Negated),
        callable(Negated),
        Negated \= _:_,
        predicate_property(user:Negated, defined),
        \+ predicate_property(user:Negated, imported_from(_)),
        \+ predicate_property(user:Negated, system),
        term_variables(Negated, Variables),
        term_variables(Before, Known),
        term_variables(Rest, Later),
        member(Variable, Variables),
        \+ among(Variable, Known),
        among(Variable, Later),
        NegationLayout = GoalLayout
    ;   negated_early(Rest, RestLayout, Before-Goal, NegationLayout, Variable)
    ).

among(Variable, Variables) :-
    member(Other, Variables),
    Other == Variable,
    !.
