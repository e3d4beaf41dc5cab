% A finished proof tree as a list of numbered steps, with goals as text that can be read back.

:- module(quod_steps, [steps/5]).

:- use_module(library(apply)).
:- use_module(library(assoc)).
:- use_module(library(lists)).

:- use_module(answers).

max_steps(20_000).                      % of one derivation

%!  steps(+Root, +Support, +Bindings, +Left, -Steps) is det.
%
%   Steps are [[Goal, Rule, Line, [Premise, ...]], ...], as derivations/7 has them. Support has the step for each goal
%   that was answered from a table. Left is left(_, _, Characters, _).
%
%   Steps are numbered when all their premises are, and then counted from the other end: so a premise has a larger
%   number than what rests on it, also where several steps share one. Premises are visited from the last to the first,
%   so that they come in the order of the body.
steps(Root0, Support0, Bindings0, Left, Steps) :-
    copy_term_nat(Root0-Support0-Bindings0, Root-Support-Bindings),
    empty_assoc(Empty),
    number_step(Root, Support, _, numbered(0, Empty, []), numbered(Count, _, Numbered)),
    name_variables(Bindings, Numbered),
    Last is Count - 1,
    maplist(step_text(Last, Left), Numbered, Steps).

number_step(step(Goal, Rule, Reference, Premises), Support, Number, Numbered0, Numbered) :-
    (   Reference == tabled
    ->  Numbered0 = numbered(_, Shared0, _),
        (   get_assoc(Goal, Shared0, Number)
        ->  Numbered = Numbered0
        ;   get_assoc(Goal, Support, Step),
            number_step(Step, Support, Number, Numbered0, numbered(Count, Shared1, Steps)),
            put_assoc(Goal, Shared1, Number, Shared),
            Numbered = numbered(Count, Shared, Steps)
        )
    ;   reverse(Premises, Reversed),
        number_steps(Reversed, Support, [], Numbers, Numbered0, numbered(Number, Shared, Steps)),
        Count is Number + 1,
        max_steps(Max),
        (   Count > Max
        ->  throw(quod_no_derivation("the derivation has more steps than it may"))
        ;   true
        ),
        Numbered = numbered(Count, Shared, [line(Goal, Rule, Reference, Numbers)|Steps])
    ).

number_steps([], _, Numbers, Numbers, Numbered, Numbered).
number_steps([Step|Steps], Support, Numbers0, Numbers, Numbered0, Numbered) :-
    number_step(Step, Support, Number, Numbered0, Numbered1),
    number_steps(Steps, Support, [Number|Numbers0], Numbers, Numbered1, Numbered).

%   name_variables(+Bindings, +Steps): variables of the query keep their names, others get one that it does not use. A
%   variable becomes '$VAR'(Name), which write_term/2 shows as Name: given as variable_names/1, each step would search
%   them all.
name_variables(Bindings, Steps) :-
    findall(Name, member(Name=_, Bindings), Used),
    maplist(name_variable, Bindings),
    term_variables(Steps, Variables),
    foldl(name_other(Used), Variables, 0, _).

name_variable(Name=Variable) :-
    (   var(Variable)
    ->  Variable = '$VAR'(Name)
    ;   true
    ).

name_other(Used, Variable, Index0, Index) :-
    quod_answers:other_name(Index0, Name),
    Next is Index0 + 1,
    (   memberchk(Name, Used)
    ->  name_other(Used, Variable, Next, Index)
    ;   Variable = '$VAR'(Name),
        Index = Next
    ).

step_text(Last, Left, line(Goal, Rule, Reference, Numbers), [Text, RuleText, Line, Premises]) :-
    atom_string(Rule, RuleText),
    line(Rule, Reference, Line),
    maplist(index(Last), Numbers, Premises),
    (   acyclic_term(Goal)
    ->  goal_text(Goal, Left, Text)
    ;   throw(quod_no_derivation("a goal of the derivation is a cyclic term"))
    ).

index(Last, Number, Index) :-
    Index is Last - Number.

line(Rule, Reference, Line) :-
    (   Rule \== clause
    ->  Line = 0
    ;   clause_property(Reference, line_count(Line))
    ->  true
    ;   throw(quod_no_derivation("a clause was added while the program ran"))
    ).

goal_text(Goal, Left, Text) :-
    arg(3, Left, Characters0),
    Options = [quoted(true), numbervars(true), portray(false), spacing(next_argument)],
    (   write_length(Goal, Length, [max_length(Characters0)|Options])
    ->  Characters is Characters0 - Length,
        nb_setarg(3, Left, Characters)
    ;   throw(quod_output_limit)
    ),
    with_output_to(string(Text), write_term(Goal, Options)).
