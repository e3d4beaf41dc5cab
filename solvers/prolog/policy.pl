% What a program may say, as an allowlist over terms as they were read: directives, predicates called in bodies
% (arguments of meta-predicates included), names that may be defined. The first wall; it explains. The kernel sandbox
% is the boundary.
%
% A goal that is built at run time is not seen here. A name that the program defines itself is the program's own,
% whatever the system calls by that name. So a clause that calls an unlisted system predicate is refused at the end of
% the load, when it is known whether the program defines it; a directive runs at once and is refused at once.

:- module(quod_policy,
          [ prepare_policy/0,
            term_refusal/3,             % +Raw, +Layout, -Fault
            late_refusal/1,             % -Fault
            goal_refusal/3,             % +Goal, +Layout, -Fault
            allowed_predicate/2         % ?Name, ?Arity
          ]).

:- use_module(advice).
:- use_module(builtins).
:- use_module(libraries).
:- use_module(sources).

:- dynamic
    allowed/2,                  % Head, Spec: none, or the head with its meta-argument specifiers
    elsewhere/2,                % Name, Arity: of a library that is not allowed
    late/3.                     % Name, Arity, Fault

%!  prepare_policy is det.
prepare_policy :-
    forall(( '$in_library'(Name, Arity, _), Name \== main ), assertz(elsewhere(Name, Arity))),
    forall(( absent(Names), member(Name/Arity, Names) ), assertz(elsewhere(Name, Arity))),
    forall(( builtins(Names), member(Name/Arity, Names) ), allow(system, Name, Arity)),
    forall(library_export(Module, Name, Arity), allow(Module, Name, Arity)).

% Well known, and not in the index of every installation.
absent([ py_call/1, py_call/2, py_call/3, py_iter/2, py_iter/3, py_func/3, py_dot/3, py_run/5, http_open/3,
         http_get/3, call_with_time_limit/2, process_create/3, tcp_socket/1, tcp_connect/3, read_file_to_string/3,
         crypto_data_hash/3 ]).

library_export(Module, Name, Arity) :-
    allowed_library(Spec, Module),
    module_property(Module, exports(Exports)),
    member(Name/Arity, Exports),
    \+ withheld(Spec, Name/Arity).

allow(Module, Name, Arity) :-
    functor(Head, Name, Arity),
    (   allowed(Head, _)
    ->  true
    ;   predicate_property(Module:Head, meta_predicate(Meta)),
        arg(_, Meta, Spec),
        meta_specifier(Spec)
    ->  assertz(allowed(Head, Meta))
    ;   assertz(allowed(Head, none))
    ).

meta_specifier(Spec) :- integer(Spec).
meta_specifier(^).
meta_specifier(//).

allowed_predicate(Name, Arity) :-
    allowed(Head, _),
    functor(Head, Name, Arity).

% Exports of allowed libraries that reach beyond the program or are older names for nothing a program needs.
withheld(backcomp, PI) :-
    \+ memberchk(PI, [concat_atom/2, concat_atom/3, checklist/2, sublist/3, sumlist/2, merge/3, merge_set/3, 'C'/3,
    write_ln/1,
                      display/1, displayq/1, sformat/2, sformat/3, concat/3, string_to_atom/2, string_to_list/2,
                      proper_list/1,
                      hash_term/2]).
withheld(statistics, statistics/0).
withheld(statistics, thread_statistics/2).
withheld(codesio, open_codes_stream/2).
withheld(charsio, open_chars_stream/2).


                 /*******************************
                 *           REFUSALS           *
                 *******************************/

%!  term_refusal(+Raw, +Layout, -Fault) is nondet.
%
%   Why the term may not be loaded. Calls that are decided at the end of the load are noted for late_refusal/1; a
%   directive that runs goals may reach them, so before it runs they are decided as things stand.
term_refusal(Raw, _, Fault) :-
    runs_goals(Raw),
    late_refusal(Fault).
term_refusal(Raw, Layout, Fault) :-
    term_offence(Raw, When, Offence),
    offence_fault(Offence, Raw, Layout, "program", Fault0),
    (   ( Offence = call(Goal) ; Offence = closure(_, Goal) ),
        later(When, Goal)
    ->  name_arity(Goal, Name, Arity),
        assertz(late(Name, Arity, Fault0)),
        fail
    ;   Fault = Fault0
    ).

later(end_of_load, _).
later(now, Goal) :- defined_by_program(Goal).

runs_goals((:- Directive)) :- nonvar(Directive), \+ declaration(Directive).
runs_goals((?- _)).
runs_goals([_|_]).
runs_goals(_:Term) :- nonvar(Term), runs_goals(Term).

% Directives that call no predicate of the program.
declaration((A, B)) :- nonvar(A), nonvar(B), declaration(A), declaration(B).
declaration(module(_, _)).
declaration(use_module(_)).
declaration(use_module(_, _)).
declaration(ensure_loaded(_)).
declaration(dynamic(_)).
declaration(discontiguous(_)).
declaration(multifile(_)).
declaration(table(_)).
declaration(op(_, _, _)).
declaration(set_prolog_flag(_, _)).
declaration(style_check(_)).
declaration(encoding(_)).
declaration(initialization(_)).                 % run at the end
declaration(initialization(_, _)).
declaration(else).
declaration(endif).

%!  late_refusal(-Fault) is nondet.
late_refusal(Fault) :-
    late(Name, Arity, Fault),
    functor(Head, Name, Arity),
    \+ defined_by_program(Head).

%!  goal_refusal(+Goal, +Layout, -Fault) is nondet.
%
%   Why the query may not be put; asked when the program is loaded.
goal_refusal(Goal, Layout, Fault) :-
    body(Goal, Offence),
    \+ ( ( Offence = call(Called) ; Offence = closure(_, Called) ), defined_by_program(Called) ),
    offence_fault(Offence, Goal, Layout, "query", Fault).

defined_by_program(Head) :-
    '$c_current_predicate'(_, user:Head),
    \+ predicate_property(user:Head, imported_from(_)),
    predicate_property(user:Head, defined).

offence_fault(Offence, Term, Layout, Part,
              fault("permission", Message, Part, Offset, Symbol, "")) :-
    offence(Offence, Culprit, Symbol, Message),
    (   subterm(Term, Layout, Sub, SubLayout),
        same_term(Sub, Culprit)
    ->  true
    ;   subterm(Term, Layout, Sub, SubLayout),
        Sub == Culprit
    ->  true
    ;   SubLayout = Layout
    ),
    layout_start(SubLayout, Offset).

%   offence(+Offence, -Culprit, -Symbol, -Message)
offence(call(Goal), Goal, Symbol, Message) :-
    name_arity(Goal, Name, Arity),
    indicator(Name, Arity, Symbol),
    advice(Name, Arity, Advice),
    format(string(Message), "`~w` may not be called. ~w", [Symbol, Advice]).
offence(closure(Closure, Goal), Closure, Symbol, Message) :-
    offence(call(Goal), _, Symbol, Message).
offence(directive(Goal), Goal, Symbol, Message) :-
    name_arity(Goal, Name, Arity),
    indicator(Name, Arity, Symbol),
    advice(Name, Arity, Advice),
    format(string(Message), "The directive `~w` is not available. ~w", [Symbol, Advice]).
offence(library(Spec), Spec, Symbol, Message) :-
    format(string(Symbol), "~q", [Spec]),
    (   nonvar(Spec), Spec = library(Library)
    ->  library_advice(Library, Advice),
        format(string(Message), "`~w` is not available. ~w", [Symbol, Advice])
    ;   format(string(Message), "`~w` cannot be loaded: a program has no files. Write its clauses into this program.",
               [Symbol])
    ).
offence(flag(Flag), Flag, Symbol, Message) :-
    format(string(Symbol), "~q", [Flag]),
    format(string(Message), "The flag `~w` may not be set. Leave it as it is.", [Symbol]).
offence(module(Module:Goal), Module:Goal, Symbol, Message) :-
    (   callable(Goal)
    ->  name_arity(Goal, Name, Arity),
        format(string(Symbol), "~q:~q/~w", [Module, Name, Arity])
    ;   Symbol = "(:)/2"
    ),
    format(string(Message),
           "`~w`: a goal in another module may not be called. Import the library with use_module/1 and call it \c
            without the module.",
           [Symbol]).
offence(head(Head), Head, Symbol, Message) :-
    name_arity(Head, Name, Arity),
    indicator(Name, Arity, Symbol),
    format(string(Message), "`~w` changes how programs are read or run and may not be defined. Choose another name.",
           [Symbol]).
offence(foreign_head(Module:Head), Module:Head, Symbol, Message) :-
    (   callable(Head)
    ->  name_arity(Head, Name, Arity),
        format(string(Symbol), "~q:~q/~w", [Module, Name, Arity])
    ;   Symbol = "(:)/2"
    ),
    format(string(Message),
           "`~w`: a clause of another module may not be added. Define the predicate without the module.",
           [Symbol]).

indicator(Name, Arity, Symbol) :-
    format(string(Symbol), "~q/~w", [Name, Arity]).


                 /*******************************
                 *            TERMS             *
                 *******************************/

%   term_offence(+Raw, -When, -Offence) is nondet; When, now or end_of_load, is when its goals could run.
term_offence((:- Directive), When, Offence) :- !, directive_offence(Directive, When, Offence).
term_offence((?- Directive), When, Offence) :- !, directive_offence(Directive, When, Offence).
term_offence([Term|Terms], When, Offence) :-            % the loader takes the elements of a list one by one
    !,
    ( nonvar(Term), term_offence(Term, When, Offence) ; nonvar(Terms), term_offence(Terms, When, Offence) ).
term_offence(Module:Term, When, Offence) :-
    Module == user,
    nonvar(Term),
    !,
    term_offence(Term, When, Offence).
term_offence(Clause, end_of_load, Offence) :-
    clause_offence(Clause, Offence).

directive_offence(Directive, When, Offence) :-
    (   nonvar(Directive),
        initialization_goal(Directive, Goal)
    ->  When = end_of_load,
        body(Goal, Offence)
    ;   When = now,
        directive(Directive, Offence)
    ).

initialization_goal(initialization(Goal), Goal).
initialization_goal(initialization(Goal, _), Goal).

clause_offence(Clause, _) :- \+ callable(Clause), !, fail.      % the loader says what is wrong
clause_offence((Head :- Body), Offence) :- !, ( head(Head, Offence) ; body(Body, Offence) ).
clause_offence((Head --> Body), Offence) :- !, ( nonterminal_head(Head, Offence) ; dcg_body(Body, Offence) ).
clause_offence((Head => Body), Offence) :- !, ( guarded_head(Head, Offence) ; body(Body, Offence) ).
clause_offence(Head, Offence) :- head(Head, Offence).

guarded_head((Head, Guard), Offence) :- !, ( head(Head, Offence) ; body(Guard, Offence) ).
guarded_head(Head, Offence) :- head(Head, Offence).

nonterminal_head((Head, _Pushback), Offence) :- !, nonterminal_head(Head, Offence).
nonterminal_head(Module:Head, Offence) :-
    !,
    ( Module == user -> nonterminal_head(Head, Offence) ; Offence = foreign_head(Module:Head) ).
nonterminal_head(Head, Offence) :-
    callable(Head),
    extended(Head, 2, Extended),
    head(Extended, Offence).

head(Head, _) :- var(Head), !, fail.
head(Module:Head, Offence) :- !, ( Module == user -> head(Head, Offence) ; Offence = foreign_head(Module:Head) ).
head(Head, head(Head)) :- hook(Head).

% Predicates that the system calls while it reads, loads or reports.
hook(term_expansion(_, _)).
hook(term_expansion(_, _, _, _)).
hook(goal_expansion(_, _)).
hook(goal_expansion(_, _, _, _)).
hook(dcg_translate_rule(_, _)).
hook(dcg_translate_rule(_, _, _, _)).
hook(message_hook(_, _, _)).
hook(thread_message_hook(_, _, _)).
hook(message_property(_, _)).
hook(message_prefix(_, _)).
hook(prolog_load_file(_, _)).
hook(prolog_file_type(_, _)).
hook(file_search_path(_, _)).
hook(library_directory(_)).
hook(prolog_exception_hook(_, _, _, _)).
hook(prolog_exception_hook(_, _, _, _, _)).
hook(exception(_, _, _)).
hook(unknown_predicate_handler(_, _)).
hook(expand_query(_, _, _, _)).
hook(expand_answer(_, _)).
hook(prolog_list_goal(_)).
hook(prolog_clause_name(_, _)).
hook(prolog_predicate_name(_, _)).
hook('$expand_goal'(_, _)).
hook('$expand_term'(_, _, _, _)).

directive(Directive, directive(Directive)) :- var(Directive), !.
directive((A, B), Offence) :- !, ( directive(A, Offence) ; directive(B, Offence) ).
directive(use_module(Spec), Offence) :- !, library_offence(Spec, Offence).
directive(use_module(Spec, _), Offence) :- !, library_offence(Spec, Offence).
directive(ensure_loaded(Spec), Offence) :- !, library_offence(Spec, Offence).
directive(autoload(Spec), Offence) :- !, library_offence(Spec, Offence).
directive(autoload(Spec, _), Offence) :- !, library_offence(Spec, Offence).
directive(consult(Spec), Offence) :- !, library_offence(Spec, Offence).
directive([Spec|Specs], Offence) :- !, library_offence([Spec|Specs], Offence).
directive(include(Spec), library(Spec)) :- !.
directive(module(_, _), _) :- !, fail.
directive(if(Goal), Offence) :- !, body(Goal, Offence).
directive(elif(Goal), Offence) :- !, body(Goal, Offence).
directive(else, _) :- !, fail.
directive(endif, _) :- !, fail.
directive(encoding(Encoding), Offence) :- !, Encoding \== utf8, Offence = directive(encoding(Encoding)).
directive(Goal, Offence) :- body(Goal, Offence).

library_offence(Spec, library(Spec)) :- \+ ground(Spec), !.
library_offence(Specs, Offence) :-
    is_list(Specs),
    !,
    member(Spec, Specs),
    library_offence(Spec, Offence).
library_offence(library(Library), Offence) :-
    !,
    \+ allowed_library(Library, _),
    Offence = library(library(Library)).
library_offence(Spec, library(Spec)).


                 /*******************************
                 *            BODIES            *
                 *******************************/

%   body(+Goal, -Offence) is nondet.
body(Goal, _) :- \+ callable(Goal), !, fail.
body((A, B), Offence) :- !, ( body(A, Offence) ; body(B, Offence) ).
body((A ; B), Offence) :- !, ( body(A, Offence) ; body(B, Offence) ).
body((A -> B), Offence) :- !, ( body(A, Offence) ; body(B, Offence) ).
body((A *-> B), Offence) :- !, ( body(A, Offence) ; body(B, Offence) ).
body(\+ A, Offence) :- !, body(A, Offence).
body(Module:Goal, Offence) :- !, qualified(Module, Goal, Offence).
body(Goal, Offence) :-
    allowed(Goal, Meta),
    !,
    (   Meta == none
    ->  special(Goal, Offence)
    ;   meta_arguments(Goal, Meta, Offence)
    ).
body(Goal, Offence) :-
    (   lambda(Goal)
    ->  closure(Goal, 0, Offence)
    ;   Goal = _^Inner
    ->  body(Inner, Offence)
    ;   predicate_property(system:Goal, defined)
    ->  Offence = call(Goal)
    ;   name_arity(Goal, Name, Arity),
        elsewhere(Name, Arity)
    ->  Offence = call(Goal)
    ).

qualified(Module, Goal, Offence) :-
    (   Module == user
    ->  body(Goal, Offence)
    ;   atom(Module),
        allowed_library(_, Module),
        callable(Goal),
        name_arity(Goal, Name, Arity),
        module_property(Module, exports(Exports)),
        memberchk(Name/Arity, Exports)
    ->  body(Goal, Offence)
    ;   Offence = module(Module:Goal)
    ).

meta_arguments(Goal, Meta, Offence) :-
    arg(Index, Meta, Spec),
    arg(Index, Goal, Arg),
    nonvar(Arg),
    meta_argument(Spec, Arg, Offence).

meta_argument(Spec, Arg, Offence) :- integer(Spec), !, closure(Arg, Spec, Offence).
meta_argument(^, Arg, Offence) :- !, strip_existential(Arg, Goal), body(Goal, Offence).
meta_argument(//, Arg, Offence) :- !, dcg_body(Arg, Offence).

strip_existential(Goal, Goal) :- var(Goal), !.
strip_existential(_^Goal0, Goal) :- !, strip_existential(Goal0, Goal).
strip_existential(Goal, Goal).

%   closure(+Closure, +Extra, -Offence): a goal that lacks Extra arguments.
closure(Closure, _, _) :- \+ callable(Closure), !, fail.
closure(Closure, 0, Offence) :- \+ lambda(Closure), !, body(Closure, Offence).
closure(_/Lambda, Extra, Offence) :- nonvar(Lambda), Lambda = (_>>_), !, closure(Lambda, Extra, Offence).
closure(Free/Lambda, Extra, Offence) :- nonvar(Free), Free = {_}, !, closure(Lambda, Extra, Offence).
closure(Parameters>>Body, Extra, Offence) :-
    !,
    (   nonvar(Parameters), Parameters = _/List
    ->  true
    ;   List = Parameters
    ),
    (   is_list(List)
    ->  length(List, Count),
        Rest is max(0, Extra-Count)
    ;   Rest = 0
    ),
    closure(Body, Rest, Offence).
closure(Module:Closure, Extra, Offence) :-
    !,
    (   callable(Closure), atom(Module), extended(Closure, Extra, Goal)
    ->  qualified(Module, Goal, Offence)
    ;   Offence = module(Module:Closure)
    ).
closure(Closure, Extra, Offence) :-
    extended(Closure, Extra, Goal),
    body(Goal, Offence0),
    (   Offence0 = call(Called), Called == Goal
    ->  Offence = closure(Closure, Goal)
    ;   Offence = Offence0
    ).

lambda(_>>_).
lambda(Free/_) :- nonvar(Free), Free = {_}.
lambda(_/Lambda) :- nonvar(Lambda), Lambda = (_>>_).

extended(Closure, 0, Closure) :- !.
extended(Closure, Extra, Goal) :-
    length(Arguments, Extra),
    (   atom(Closure)
    ->  compound_name_arguments(Goal, Closure, Arguments)
    ;   compound_name_arguments(Closure, Name, Own),
        append(Own, Arguments, All),
        compound_name_arguments(Goal, Name, All)
    ).

%   dcg_body(+Body, -Offence) is nondet.
dcg_body(Body, _) :- \+ callable(Body), !, fail.
dcg_body((A, B), Offence) :- !, ( dcg_body(A, Offence) ; dcg_body(B, Offence) ).
dcg_body((A ; B), Offence) :- !, ( dcg_body(A, Offence) ; dcg_body(B, Offence) ).
dcg_body((A | B), Offence) :- !, ( dcg_body(A, Offence) ; dcg_body(B, Offence) ).
dcg_body((A -> B), Offence) :- !, ( dcg_body(A, Offence) ; dcg_body(B, Offence) ).
dcg_body((A *-> B), Offence) :- !, ( dcg_body(A, Offence) ; dcg_body(B, Offence) ).
dcg_body(\+ A, Offence) :- !, dcg_body(A, Offence).
dcg_body({Goal}, Offence) :- !, body(Goal, Offence).
dcg_body([], _) :- !, fail.
dcg_body([_|_], _) :- !, fail.
dcg_body(!, _) :- !, fail.
dcg_body(Module:Body, Offence) :- !, closure(Module:Body, 2, Offence).
dcg_body(Body, Offence) :-
    (   compound(Body), compound_name_arguments(Body, call, [Closure|Arguments])
    ->  length(Arguments, Count),
        Extra is Count + 2,
        closure(Closure, Extra, Offence)
    ;   closure(Body, 2, Offence)
    ).

%   special(+Goal, -Offence): allowed predicates whose arguments decide.
special(Goal, Offence) :-
    compound(Goal),
    special_(Goal, Offence).

special_(assert(Clause), Offence) :- nonvar(Clause), clause_offence(Clause, Offence).
special_(asserta(Clause), Offence) :- nonvar(Clause), clause_offence(Clause, Offence).
special_(assertz(Clause), Offence) :- nonvar(Clause), clause_offence(Clause, Offence).
special_(retract(Clause), Offence) :- nonvar(Clause), clause_offence(Clause, Offence).
special_(retractall(Head), Offence) :- nonvar(Head), head(Head, Offence).
special_(clause(Head, _), Offence) :- nonvar(Head), head(Head, Offence).
special_(abolish(Spec), Offence) :- declared(Spec, Offence).
special_((dynamic Spec), Offence) :- declared(Spec, Offence).
special_((multifile Spec), Offence) :- declared(Spec, Offence).
special_((discontiguous Spec), Offence) :- declared(Spec, Offence).
special_((table Spec), Offence) :- declared(Spec, Offence).
special_(set_prolog_flag(Flag, _), flag(Flag)) :- \+ ( atom(Flag), safe_flag(Flag) ).

declared(Spec, _) :- var(Spec), !, fail.
declared((A, B), Offence) :- !, ( declared(A, Offence) ; declared(B, Offence) ).
declared([A|B], Offence) :- !, ( declared(A, Offence) ; declared(B, Offence) ).
declared((Spec as _), Offence) :- !, declared(Spec, Offence).
declared(Module:Spec, Offence) :-
    !,
    (   Module == user
    ->  declared(Spec, Offence)
    ;   Offence = foreign_head(Module:Spec)
    ).
declared(Name/Arity, Offence) :-
    atom(Name),
    integer(Arity),
    between(0, 16, Arity),
    functor(Head, Name, Arity),
    head(Head, Offence).
