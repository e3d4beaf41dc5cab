% Answers of a goal as text, with the kind of each value.

:- module(quod_answers, [answers/5]).

%!  answers(:Goal, +Bindings, +MaxAnswers, +MaxChars, -Reply) is det.
%
%   Collect up to MaxAnswers answers of Goal; Bindings are Name=Variable of the goal as written. Reply as in run/6.
%   Throws quod_output_limit when the answers need more than MaxChars characters.
answers(Goal, Bindings0, Max, MaxChars, Reply) :-
    exclude(anonymous, Bindings0, Bindings),
    State = state(0, 0, MaxChars, true),        % answers, exhausted, characters left, truth of all
    findall(Answer, answer(Goal, Bindings, Bindings0, Max, State, Answer), Answers),
    State = state(_, Exhausted, _, Truth),
    (   Truth == undefined
    ->  Reply = ["undefined"]
    ;   Answers == []
    ->  Reply = ["no_answer"]
    ;   Reply = ["answers", Exhausted, Answers]
    ).

anonymous(Name=_) :-
    sub_atom(Name, 0, _, _, '_').

answer(Goal, Bindings, AllBindings, Max, State, Answer) :-
    call_cleanup(call_residue_vars(call_delays(Goal, Delays), Left), Deterministic = true),
    (   Delays == true
    ->  true
    ;   nb_setarg(4, State, undefined)
    ),
    answer_text(Bindings, AllBindings, Left, State, Answer),
    arg(1, State, Count0),
    Count is Count0 + 1,
    nb_setarg(1, State, Count),
    (   Deterministic == true
    ->  nb_setarg(2, State, 1)
    ;   Count >= Max
    ->  !
    ;   true
    ).
answer(_, _, _, _, State, _) :-
    nb_setarg(2, State, 1),
    fail.

% answer_text: values of attributed variables are shown by the goals that copy_term/3 finds on them.
% Left are all the variables that still have attributes. Those that the answer does not mention count too, where what
% is left on them may yet turn out to be false: then nobody knows whether this is an answer.
answer_text(Bindings, AllBindings, Left, State, [Values, Residual]) :-
    term_attvars(Bindings, AttVars),
    (   AttVars == [],
        Left == []
    ->  Shown = Bindings,
        All = AllBindings,
        Goals = [],
        Constrained = []
    ;   copy_term(Bindings-AllBindings-AttVars-Left, Shown-All-Constrained-_, AllGoals),
        term_variables(Shown, Mentioned),
        include(matters(Mentioned), AllGoals, Mattering),
        without_repetition(Mattering, Goals)
    ),
    variable_names(All, Shown-Goals, Names),
    maplist(value(Names, Constrained, State), Shown, Values),
    maplist(goal_text(Names, State), Goals, Residual).

without_repetition([], []).
without_repetition([Goal|Goals0], [Goal|Goals]) :-
    exclude(==(Goal), Goals0, Others),
    without_repetition(Others, Goals).

%   matters(+Mentioned, +Goal): Goal is about a variable of the answer, or is not known to have a solution.
matters(Mentioned, Goal) :-
    term_variables(Goal, Variables),
    (   member(Var, Variables),
        member(Other, Mentioned),
        Var == Other
    ->  true
    ;   \+ has_solution(Goal)
    ).

%   has_solution(+Goal): dif/2 over infinitely many terms, linear constraints, which clpq and clpr have decided, and a
%   domain, which clpfd keeps non-empty. Propagators, products of unknowns and frozen goals are not decided.
has_solution(_:Goal) :- !, has_solution(Goal).
has_solution((A, B)) :- !, has_solution(A), has_solution(B).
has_solution(dif(_, _)).
has_solution({Constraint}) :- linear(Constraint).
has_solution(in(Var, _)) :- var(Var).

linear(Term) :- var(Term), !.
linear(Term) :- number(Term), !.
linear(A * B) :- !, ( ground(A) -> linear(B) ; ground(B), linear(A) ).
linear(A / B) :- !, ground(B), linear(A).
linear(Term) :-
    compound(Term),
    compound_name_arguments(Term, Name, Arguments),
    memberchk(Name, [(','), =, =\=, <, >, =<, >=, +, -]),
    maplist(linear, Arguments).

% variable_names(+Bindings, +Term, -Names): unbound query variables keep their names, others become _A, _B, ...
variable_names(Bindings, Term, Names) :-
    named_variables(Bindings, [], Named),
    term_variables(Term, Variables),
    other_names(Variables, 0, Named, Names).

named_variables([], Named, Named).
named_variables([Name=Var|Rest], Named0, Named) :-
    (   var(Var),
        \+ named(Var, Named0)
    ->  named_variables(Rest, [Name=Var|Named0], Named)
    ;   named_variables(Rest, Named0, Named)
    ).

named(Var, Named) :-
    member(_=Other, Named),
    Other == Var,
    !.

other_names([], _, Names, Names) :- !.
other_names(_, 500, Names, Names) :- !.         % the rest shows as _123: naming is quadratic
other_names([Var|Rest], Index, Names0, Names) :-
    (   named(Var, Names0)
    ->  other_names(Rest, Index, Names0, Names)
    ;   other_name(Index, Name),
        Next is Index + 1,
        other_names(Rest, Next, [Name=Var|Names0], Names)
    ).

other_name(Index, Name) :-
    Letter is 0'A + Index mod 26,
    Round is Index // 26,
    (   Round =:= 0
    ->  format(atom(Name), "_~c", [Letter])
    ;   format(atom(Name), "_~c~d", [Letter, Round])
    ).

value(Names, Constrained, State, Name=Term, [NameText, Text, Kind]) :-
    atom_string(Name, NameText),
    kind(Term, Constrained, Kind),
    term_text(Kind, Term, Names, State, Text).

kind(Term, Constrained, Kind) :-
    var(Term),
    !,
    (   member(Var, Constrained), Var == Term
    ->  Kind = "constrained"
    ;   Kind = "unbound"
    ).
kind(Term, _, "integer") :- integer(Term), !.
kind(Term, _, "rational") :- rational(Term), !.
kind(Term, _, "float") :- float(Term), !.
kind([], _, "compound") :- !.
kind(Term, _, "atom") :- atom(Term), !.
kind(Term, _, "other") :- blob(Term, _), !.
kind(Term, _, "string") :- string(Term), !.
kind(Term, _, "other") :- \+ acyclic_term(Term), !.
kind(Term, _, "expression") :- arithmetic(Term), !.
kind(_, _, "compound").

arithmetic(Term) :-
    compound(Term),
    \+ Term = [_|_],
    compound_name_arity(Term, Name, Arity),
    functor(General, Name, Arity),
    current_arithmetic_function(General),
    forall(arg(_, Term, Arg), operand(Arg)).

operand(Arg) :- var(Arg), !.
operand(Arg) :- number(Arg), !.
operand(Arg) :- atom(Arg), !, Arg \== [], current_arithmetic_function(Arg).
operand(Arg) :- arithmetic(Arg).

term_text("rational", Term, _, State, Text) :-
    !,
    rational(Term, Numerator, Denominator),
    written(format("~d/~d", [Numerator, Denominator]), State, Text).
term_text(Kind, Term, _, State, Text) :-
    memberchk(Kind, ["atom", "string"]),
    !,
    written(write(Term), State, Text).
term_text(_, Term, _, _, Text) :-
    blob(Term, Type),
    \+ atom(Term),
    Term \== [],
    !,
    format(string(Text), "<~w>", [Type]).       % without the address that swipl shows
term_text(_, Term, Names, State, Text) :-
    text(Term, Names, State, Text).

goal_text(Names, State, Goal0, Text) :-
    (   Goal0 = Module:Goal,
        atom(Module),
        ( Module == user ; module_property(Module, class(library)) )
    ->  true
    ;   Goal = Goal0
    ),
    text(Goal, Names, State, Text).

text(Term, Names, State, Text) :-
    Options = [quoted(true), numbervars(false), portray(false), cycles(true), spacing(next_argument),
    variable_names(Names)],
    arg(3, State, Left),
    (   compound(Term)
    ->  (   write_length(Term, _, [max_length(Left)|Options])
        ->  true
        ;   throw(quod_output_limit)
        )
    ;   true
    ),
    written(write_term(Term, Options), State, Text).

written(Goal, State, Text) :-
    with_output_to(string(Text), Goal),
    string_length(Text, Length),
    arg(3, State, Left0),
    Left is Left0 - Length,
    (   Left < 0
    ->  throw(quod_output_limit)
    ;   nb_setarg(3, State, Left)
    ).
