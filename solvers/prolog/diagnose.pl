% From an error term to a diagnostic: class, sentence, place in the text, symbol, suggestion.
%
% The place of a run-time error comes from the stack as it is when the error is raised: prolog_exception_hook/5 notes
% the goals above the nearest clause of the program, and that clause's line. The goal is then looked up in the text of
% the clause. Last-call optimisation may have dropped the clause that called it; then the whole program is searched
% for a goal that it is an instance of.

:- module(quod_diagnose,
          [ memory_error/1,             % +Error
            error_fault/2,              % +Error, -Fault
            load_fault/3,               % +Formal, +Context, -Fault
            query_fault/3               % +Formal, +Context, -Fault
          ]).

:- use_module(sources).
:- use_module(policy).
:- use_module(suggest).

%!  memory_error(+Error) is semidet.
memory_error(error(resource_error(What), _)) :-
    nonvar(What),
    memory_resource(What).

memory_resource(memory).
memory_resource(stack).
memory_resource(stack_overflow).
memory_resource(no_memory).
memory_resource(global).
memory_resource(local).
memory_resource(trail).
memory_resource(program_space).
memory_resource(private_table_space).
memory_resource(shared_table_space).
memory_resource(table_space).


                 /*******************************
                 *       WHERE IT HAPPENED      *
                 *******************************/

:- multifile prolog:prolog_exception_hook/5.
:- dynamic prolog:prolog_exception_hook/5.

prolog:prolog_exception_hook(error(Formal, _), _, Frame, _, _) :-
    quod_run:phase(_),
    \+ Formal = resource_error(_),
    quod_diagnose:note_frames(Formal, Frame),
    fail.

%   note_frames(+Formal, +Frame): goals from the innermost outward, up to the nearest clause of the program and its
%   line. The innermost few and the outermost few: in between are the insides of a library.
note_frames(Formal, Frame) :-
    frames(Frame, 300, Goals0, Line),
    ends(Goals0, Goals),
    copy_term_nat(Formal-Goals, Kept-Copies),
    nb_setval(quod_context, context(Kept, Copies, Line)).

frames(Frame, Left, Goals, Line) :-
    (   prolog_frame_attribute(Frame, clause, Clause),
        clause_property(Clause, file(program)),
        clause_property(Clause, line_count(Line0))
    ->  Goals = [],
        Line = Line0
    ;   prolog_frame_attribute(Frame, goal, Goal0),
        plain(Goal0, Goal),
        (   Goal = answers(_, _, _, _, _)
        ->  Goals = []
        ;   shown_frame(Goal)
        ->  Goals = [Goal|Rest]
        ;   Goals = Rest
        ),
        (   Left > 0,
            Goals \== [],
            prolog_frame_attribute(Frame, parent, Parent)
        ->  Left1 is Left - 1,
            frames(Parent, Left1, Rest, Line)
        ;   Rest = [],
            Line = none
        )
    ).

ends(Goals, Ends) :-
    length(Goals, Length),
    (   Length =< 8
    ->  Ends = Goals
    ;   length(Inner, 4),
        append(Inner, _, Goals),
        length(Outer, 4),
        append(_, Outer, Goals),
        append(Inner, Outer, Ends)
    ).

plain(_:Goal0, Goal) :- !, plain(Goal0, Goal).
plain(Goal, Goal).

% Ours and the system's between the query and the program.
shown_frame(answer(_, _, _, _, _, _)) :- !, fail.
shown_frame(findall_loop(_, _, _, _)) :- !, fail.
shown_frame(cleanup_bag(_, _)) :- !, fail.
shown_frame(call_cleanup(_, _)) :- !, fail.
shown_frame('$wfs_call'(_, _)) :- !, fail.
shown_frame(call_residue_vars(_, _)) :- !, fail.
shown_frame(throw(_)) :- !, fail.
shown_frame(call(_)) :- !, fail.
shown_frame('<meta-call>'(_)) :- !, fail.
shown_frame(_).

%   place(+Formal, -Place): Place is place(Part, Offset, Sub, Names, Actual), or nowhere. Sub is the goal as written,
%   with Names for its variables; Actual what it was when it failed.
place(Formal, Place) :-
    nb_current(quod_context, context(Noted, Goals, Line)),
    Noted =@= Formal,
    candidate(Line, Goals, Place0),
    !,
    Place = Place0.
place(_, nowhere).

candidate(Line, Goals, Place) :-
    Line \== none,
    written_goal("program", Line, Goals, Place).
candidate(none, Goals, Place) :-
    written_goal("query", _, Goals, Place).
candidate(_, Goals, Place) :-
    written_goal("program", _, Goals, Place).
candidate(_, Goals, Place) :-
    written_goal("query", _, Goals, Place).
candidate(Line, _, place("program", Offset, none, [], none)) :-
    Line \== none,
    source("program", Line, _, Layout, _),
    layout_start(Layout, Offset).

written_goal(Part, Line, Goals, Place) :-
    member(Goal, Goals),
    written_as(exactly, Part, Line, Goal, Place).
written_goal(Part, Line, Goals, Place) :-
    member(Goal, Goals),
    written_as(by_name, Part, Line, Goal, Place).

written_goal(Part, Line, Goals, Place) :-
    member(Goal, Goals),
    written_as(by_operator, Part, Line, Goal, Place).

written_goal(Part, Line, Goals, Place) :-
    reverse(Goals, Outermost),
    member(Goal, Outermost),
    written_as(by_argument, Part, Line, Goal, Place).

written_as(How, Part, Line, Goal, place(Part, Offset, Sub, Names, Goal)) :-
    source(Part, Line, Term, Layout, Names),
    body_of(Part, Term, Layout, Body, BodyLayout, Extra),
    subterm(Body, BodyLayout, Sub, SubLayout),
    callable(Sub),
    matches(How, Sub, Goal, Extra),
    layout_start(SubLayout, Offset).

body_of("query", Goal, Layout, Goal, Layout, 0).
body_of("program", Clause, Layout, Body, BodyLayout, Extra) :-
    (   Clause = (_ :- Body) ->  Extra = 0, Index = 2
    ;   Clause = (_ => Body) ->  Extra = 0, Index = 2
    ;   Clause = (_ --> Body) -> member(Extra, [0, 2]), Index = 2
    ;   Clause = (:- Body) ->  Extra = 0, Index = 1
    ;   Clause = (?- Body) ->  Extra = 0, Index = 1
    ),
    arg_layout(Index, Layout, BodyLayout).

matches(exactly, Sub, Goal, Extra) :-
    name_arity(Sub, Name, Arity),
    name_arity(Goal, Name, GoalArity),
    GoalArity =:= Arity + Extra,
    \+ \+ ( copy_term(Sub, Pattern),
            arguments(Pattern, Arguments),
            arguments(Goal, Actual),
            append(ActualOwn, Rest, Actual),
            length(Rest, Extra),
            !,
            subsumes_term(Arguments, ActualOwn) ).
matches(by_name, Sub, Goal, _) :-
    compound(Sub),
    name_arity(Sub, Name, _),
    name_arity(Goal, Name, _).

matches(by_operator, Sub, Goal, 0) :-           % CLP(FD) rewrites X #= Y + 1 into clpfd_equal(X, Y + 1)
    compound(Sub),
    compound_name_arguments(Sub, Name, Arguments),
    sub_atom(Name, 0, _, _, #),
    compound(Goal),
    compound_name_arguments(Goal, _, Actual),
    \+ \+ ( copy_term(Arguments, Pattern), subsumes_term(Pattern, Actual) ).
matches(by_argument, Sub, Goal, 0) :-           % label([X]) has become labeling([], [X]) by its last call
    compound(Sub),
    compound(Goal),
    name_arity(Sub, Name, Arity),
    allowed_predicate(Name, Arity),
    arg(_, Sub, Argument),
    compound(Argument),
    arg(_, Goal, Actual),
    compound(Actual),
    \+ \+ ( copy_term(Argument, Pattern), subsumes_term(Pattern, Actual) ).

arguments(Term, Arguments) :-
    (   compound(Term)
    ->  compound_name_arguments(Term, _, Arguments)
    ;   Arguments = []
    ).


                 /*******************************
                 *            FAULTS            *
                 *******************************/

%!  error_fault(+Error, -Fault) is det.
error_fault(error(Formal, Context), Fault) :-
    nonvar(Formal),
    !,
    place(Formal, Place),
    formal_fault(Formal, Context, Place, Fault).
error_fault(Ball, fault("logical", Message, "program", -1, "", "")) :-
    short(Ball, [], Text),
    format(string(Message), "The program threw `~w` and nothing caught it.", [Text]).

formal_fault(Formal, Context, Place, fault(Class, Message, Part, Offset, Symbol, Suggestion)) :-
    (   Place = place(Part, Offset, Sub, Names, Actual)
    ->  true
    ;   Part = "program", Offset = -1, Sub = none, Names = [], Actual = none
    ),
    goal_phrase(Sub, Names, Actual, Phrase),
    (   explain(Formal, Context, Sub, Names, Actual, Phrase, Class, Message, Symbol, Suggestion)
    ->  true
    ;   Class = "logical",
        Symbol = "",
        Suggestion = "",
        short(Formal, [], Text),
        format(string(Message), "The error `~w` was raised~w.", [Text, Phrase])
    ).

%   goal_phrase: " in `X is Y+1`", or the goal as it was when nothing in the text matches it.
goal_phrase(none, _, _, "") :- !.
goal_phrase(Sub, Names, _, Phrase) :-
    short(Sub, Names, Text0),
    string_length(Text0, Length),
    (   Length =< 120
    ->  Text = Text0
    ;   sub_string(Text0, 0, 117, _, Start),
        string_concat(Start, "...", Text)
    ),
    format(string(Phrase), " in `~w`", [Text]).

explain(existence_error(procedure, PI0), _, Sub, _, _, Phrase, "existence", Message, Symbol, Suggestion) :-
    (   PI0 = Module:PI, atom(Module) ->  true ; PI = PI0, Module = user ),
    PI = Name/Arity,
    format(string(Symbol), "~q/~w", [Name, Arity]),
    (   Sub == none
    ->  In = Phrase
    ;   In = ""
    ),
    (   Module \== user
    ->  format(string(Message), "`~q:~w` does not exist~w.", [Module, Symbol, In]),
        Suggestion = ""
    ;   suggestion(Name, Arity, Suggestion),
        format(string(Message), "`~w` is called but not defined~w.", [Symbol, In])
    ).
explain(existence_error(matching_rule, _), _, _, _, _, Phrase, "existence", Message, "", "") :-
    format(string(Message), "No `=>` rule matches the call~w.", [Phrase]).
explain(existence_error(Type, What), _, _, _, _, Phrase, "existence", Message, Symbol, "") :-
    short(What, [], Symbol),
    format(string(Message), "There is no ~w `~w`~w.", [Type, Symbol, Phrase]).
explain(instantiation_error, _, Sub, Names, Actual, Phrase, "instantiation", Message, Symbol, Suggestion) :-
    unbound_names(Sub, Names, Actual, Unbound),
    (   Unbound = [Symbol|_]
    ->  atomic_list_concat(Unbound, '`, `', List),
        (   Unbound = [_]
        ->  format(string(Message), "The variable `~w` has no value yet~w.", [List, Phrase])
        ;   format(string(Message), "The variables `~w` have no value yet~w.", [List, Phrase])
        )
    ;   Symbol = "",
        format(string(Message), "A variable has no value yet~w.", [Phrase])
    ),
    (   labels(Sub)
    ->  Suggestion = "Give every variable a finite domain first, as in `X in 0..100`."
    ;   arithmetic_goal(Sub)
    ->  Suggestion = "Bind it before this goal, or state the relation as a constraint: \c
                      `{X = Y + 1}` with library(clpq)."
    ;   Suggestion = ""
    ).
explain(uninstantiation_error(Culprit), _, _, _, _, Phrase, "type", Message, Symbol, "") :-
    short(Culprit, [], Symbol),
    format(string(Message), "A variable was expected, but it already has the value `~w`~w.", [Symbol, Phrase]).
explain(type_error(evaluable, What), _, _, _, _, Phrase, "type", Message, Symbol, Suggestion) :-
    evaluable_indicator(What, Name, Arity),
    !,
    format(string(Symbol), "~q/~w", [Name, Arity]),
    (   Arity == 0
    ->  Suggestion = "",
        format(string(Message), "`~q` is an atom, not a number~w; a variable starts with a capital letter.",
               [Name, Phrase])
    ;   function_suggestion(Name, Arity, Suggestion),
        format(string(Message), "`~w` is not an arithmetic function~w.", [Symbol, Phrase])
    ).
explain(type_error(Type, Culprit), _, _, Names, _, Phrase, "type", Message, Symbol, Suggestion) :-
    memberchk(Type, [clpq_expression, clpr_expression]),
    !,
    short(Culprit, Names, Text),
    (   compound(Culprit)
    ->  name_arity(Culprit, Name, Arity),
        format(string(Symbol), "~q/~w", [Name, Arity])
    ;   Symbol = Text
    ),
    Suggestion = "Constraints know +, -, *, /, min, max, abs, pow and exp. Compute anything else with `is` once its \c
                  arguments have values: `N is ceiling(X)`.",
    format(string(Message), "`~w` may not stand in a constraint~w.", [Text, Phrase]).
explain(type_error(Type, Culprit), _, _, Names, _, Phrase, "type", Message, Symbol, "") :-
    short(Culprit, Names, Symbol),
    format(string(Message), "`~w` is not of type ~w~w.", [Symbol, Type, Phrase]).
explain(domain_error(Domain, Culprit), _, _, Names, _, Phrase, "domain", Message, Symbol, "") :-
    short(Culprit, Names, Symbol),
    short(Domain, [], DomainText),
    format(string(Message), "`~w` is not in the domain ~w~w.", [Symbol, DomainText, Phrase]).
explain(evaluation_error(zero_divisor), _, _, _, _, Phrase, "evaluation", Message, "", "") :-
    format(string(Message), "Division by zero~w.", [Phrase]).
explain(evaluation_error(What), _, _, _, _, Phrase, "evaluation", Message, "", "") :-
    format(string(Message), "The arithmetic is not defined (~w)~w.", [What, Phrase]).
explain(cannot_redefine_comma, _, _, _, _, _, "syntax", Message, "','/2", "") :-
    Message = "Several facts or goals are joined by commas outside a rule: end each fact with `.`, or write \c
               `name :- goal, goal.`".
explain(permission_error(modify, static_procedure, (',')/2), _, _, _, _, _, Class, Message, Symbol, Suggestion) :-
    !,
    explain(cannot_redefine_comma, _, _, _, _, _, Class, Message, Symbol, Suggestion).
explain(permission_error(modify, static_procedure, Name/2), _, _, _, _, _, "syntax", Message, Symbol, "") :-
    memberchk(Name, [=, is, ==, <, >, =<, >=, =:=, =\=, ->, ;, :-, \=]),
    !,
    format(string(Symbol), "~q/2", [Name]),
    format(string(Message),
           "A goal with `~w` stands alone where a clause is expected: put it into the body of a rule, `name :- goal.`",
           [Name]).
explain(permission_error(modify, static_procedure, PI), _, _, _, _, _, "permission", Message, Symbol, "") :-
    short(PI, [], Symbol),
    format(string(Message),
           "`~w` is built in or static and cannot be changed. Choose another name, or declare it with `:- dynamic` if \c
            it is yours.",
           [Symbol]).
explain(permission_error(Action, Type, Culprit), _, _, _, _, Phrase, "permission", Message, Symbol, "") :-
    short(Culprit, [], Symbol),
    format(string(Message), "No permission to ~w ~w `~w`~w.", [Action, Type, Symbol, Phrase]).
explain(representation_error(max_procedure_arity), _, _, _, _, Phrase, "resource", Message, "", "") :-
    format(string(Message), "A predicate has more than 1024 arguments~w: use a list.", [Phrase]).
explain(representation_error(What), _, _, _, _, Phrase, "resource", Message, "", "") :-
    format(string(Message), "The engine cannot represent this (~w)~w.", [What, Phrase]).
explain(resource_error(What), _, _, _, _, Phrase, "resource", Message, "", "") :-
    short(What, [], Text),
    format(string(Message), "The engine ran out of ~w~w; nest less deeply.", [Text, Phrase]).
explain(syntax_error(What), _, Sub, _, _, Phrase, "syntax", Message, Symbol, "") :-
    syntax_sentence(What, Sentence),
    (   callable(Sub), Sub \== none
    ->  name_arity(Sub, Name, Arity),
        format(string(Symbol), "~q/~w", [Name, Arity])
    ;   Symbol = "read_term/2"
    ),
    format(string(Message), "A text that the program reads at run time is not a term~w: ~w", [Phrase, Sentence]).
explain(assertion_failed(What), _, _, _, _, _, "logical", Message, "", "") :-
    short(What, [], Text),
    format(string(Message), "The assertion `~w` does not hold.", [Text]).

evaluable_indicator(Name/Arity, Name, Arity) :- atom(Name), integer(Arity), !.
evaluable_indicator(Term, Name, Arity) :- callable(Term), name_arity(Term, Name, Arity).

labels(label(_)).
labels(labeling(_, _)).
labels(indomain(_)).

arithmetic_goal(Goal) :-
    compound(Goal),
    name_arity(Goal, Name, 2),
    memberchk(Name, [is, <, >, =<, >=, =:=, =\=]).

%   unbound_names: variables of the goal as written that had no value when it was called.
unbound_names(none, _, _, []) :- !.
unbound_names(Sub, Names, Actual, Unbound) :-
    relevant(Sub, Relevant),
    copy_term(Sub-Relevant-Names, Sub1-Relevant1-Names1),
    (   Sub1 = Actual
    ->  true
    ;   true
    ),
    term_variables(Relevant1, Variables),
    findall(Name, ( member(Name=Value, Names1), var(Value), member(Var, Variables), Var == Value ), Unbound0),
    list_to_set(Unbound0, Unbound1),
    maplist(atom_string, Unbound1, Unbound).

relevant(_ is Expression, Expression) :- !.
relevant(Goal, Goal).

short(Term, Names, Text) :-
    bound_names(Names, Free),
    format(string(Text), "~W", [Term, [quoted(true), max_depth(12), portray(false), numbervars(false), cycles(true),
                                       spacing(next_argument), variable_names(Free)]]).

bound_names([], []).
bound_names([Name=Var|Rest], Free) :-
    (   var(Var)
    ->  Free = [Name=Var|Free1]
    ;   Free = Free1
    ),
    bound_names(Rest, Free1).


                 /*******************************
                 *        WHILE READING         *
                 *******************************/

%!  load_fault(+Formal, +Context, -Fault) is det.
%
%   A clause of the program that cannot be read or stored.
load_fault(syntax_error(What), Context, fault("syntax", Sentence, "program", Offset, "", "")) :-
    !,
    syntax_sentence(What, Sentence),
    (   What == end_of_file_in_block_comment    % given as the place of the clause before it
    ->  Offset = -1
    ;   syntax_offset(Context, Offset)
    ).
load_fault(Formal, Context, Fault) :-
    (   last_term(Raw),
        source("program", _, Raw1, Layout, Names),
        Raw1 =@= Raw
    ->  layout_start(Layout, Offset)
    ;   Offset = -1,
        Names = []
    ),
    formal_fault(Formal, Context, place("program", Offset, none, Names, none), Fault).

%!  query_fault(+Formal, +Context, -Fault) is det.
query_fault(syntax_error(What), Context, fault("syntax", Sentence, "query", Offset, "", "")) :-
    !,
    syntax_sentence(What, Sentence),
    syntax_offset(Context, Offset).
query_fault(Formal, Context, Fault) :-
    formal_fault(Formal, Context, place("query", 0, none, [], none), Fault).

syntax_offset(Context, Offset) :-
    nonvar(Context),
    (   Context = stream(_, _, _, Offset)
    ;   Context = file(_, _, _, Offset)
    ;   Context = string(_, Offset)
    ),
    integer(Offset),
    !.
syntax_offset(_, -1).

syntax_sentence(What, Sentence) :-
    (   sentence(What, Sentence0)
    ->  Sentence = Sentence0
    ;   short(What, [], Text),
        format(string(Sentence), "The text is not a Prolog term (~w).", [Text])
    ).

sentence(operator_expected, "An operator, a comma or the final `.` of the clause is missing here or just before.").
sentence(operator_clash, "Two operators meet here: put the inner expression in parentheses.").
sentence(operator_balance, "An operator lacks an argument.").
sentence(end_of_clause, "The clause ends too early: a goal or an argument is missing before the `.`.").
sentence(end_of_clause_expected,
         "The clause should end here: a `.`, a comma or an operator is missing, or a bracket is one too many.").
sentence(end_of_file, "The text ends inside a clause: the final `.` is missing, or a bracket or quote is not closed.").
sentence(end_of_file_in_quoted(What), Sentence) :- format(string(Sentence), "A quoted ~w is not closed.", [What]).
sentence(end_of_file_in_block_comment, "A `/*` comment is not closed.").
sentence(cannot_start_term, "No term can start here: a bracket or an argument is missing or misplaced.").
sentence(illegal_number, "This is not a number.").
sentence(undefined_char_escape(Char), Sentence) :-
    format(string(Sentence), "`\\~w` is not an escape sequence: double the backslash.", [Char]).
sentence(cannot_read_quoted_across_lines,
         "A quoted text runs over the end of its line: close the quote or write `\\n`.").
sentence(long_string, "A quoted text is very long: a closing quote is probably missing.").
sentence(empty_query, "The query is empty: write one goal, such as `solve(X)`.").
sentence(more_than_one_goal, "The query must be one goal: join several with commas.").
