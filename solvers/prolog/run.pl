% One run: load a program, put its query, report. Called once per child, by worker.py.
%
% The program is loaded by load_files/2, so whatever swipl does with clauses (DCG, tabling, goal expansion,
% discontiguous clauses, initialization) happens here too. Two things are taken over: each term passes on_term/5 as it
% was read, before anything is done with it, and load-time messages are collected instead of printed.

:- module(quod_run, [prepare/1, rehearse/4, ready/0, run/8]).

:- use_module(library(aggregate)).
:- use_module(library(apply)).
:- use_module(library(lists)).
:- use_module(library(pairs)).
:- use_module(library(prolog_wrap)).

:- use_module(answers).
:- use_module(derive).
:- use_module(diagnose).
:- use_module(floundering).
:- use_module(libraries).
:- use_module(policy).
:- use_module(sources).
:- use_module(stratified).
:- use_module(walls).
:- use_module(warmup).

:- dynamic
    policy_on/0,
    phase/1,                    % loading, running
    fault/1,                    % fault(Class, Message, Part, Offset, Symbol, Suggestion)
    watched/0,                  % the loader handed us the terms
    overrun/0,                  % a directive ran out of memory
    undone/1,                   % undone(Fault): a directive raised an error
    place/2,                    % module and source that a program is loaded as
    evidence_wanted/1,          % evidence_wanted(Seconds): of the run's time
    initialization_goal/1.      % run when all terms are in and none is refused

max_faults(10).

place(user, program).

%!  prepare(-Version) is det.
%
%   Everything that is done once, before the fork.
prepare(Version) :-
    current_prolog_flag(version, Number),
    Major is Number // 10000,
    Minor is Number // 100 mod 100,
    Patch is Number mod 100,
    format(string(Version), "~d.~d.~d", [Major, Minor, Patch]),
    set_prolog_gc_thread(false),
    stand_apart,
    forall(member(Stream, [user_output, user_error]), set_stream(Stream, encoding(utf8))),
    load_libraries,
    prepare_policy,
    wrap_predicate(system:'$expand_term'(Raw, Layout, Term, TermLayout), quod, Wrapped,
                   quod_run:on_term(Raw, Layout, Term, TermLayout, Wrapped)),
    warm_up.

%!  rehearse(+Program, +Query, +EvidenceSeconds, -Reply) is det.
%
%   Run a program of ours before the fork, so that clause indexes, links between modules and whatever else is made
%   when it is first needed is there in every child. It is loaded into a module of its own: a program finds nothing
%   of it.
rehearse(Program, Query, Seconds, Reply) :-
    gensym(rehearsal_, Place),
    set_module(Place:base(quod_autoload)),
    retractall(place(_, _)),
    assertz(place(Place, Place)),
    run(Program, Query, 1, 1000, 65536, 256, Seconds, Reply),
    forall(member(Head, [policy_on, phase(_), fault(_), watched, overrun, initialization_goal(_), place(_, _),
                         evidence_wanted(_)]),
           retractall(Head)),
    compile_as_written(false),
    retractall(quod_policy:late(_, _, _)),
    forall(recorded(quod_source, _, Reference), erase(Reference)),
    assertz(place(user, program)).

%!  ready is det.
%
%   After the last rehearsal, before the first fork.
ready :-
    clear_user,
    raise_walls,
    garbage_collect,
    garbage_collect_atoms,
    garbage_collect_clauses.

%   stand_apart: a module inherits from `user` unless told otherwise, and `user` is the program's. Ours must neither
%   see what a program defines nor leave imports behind in `user`.
stand_apart :-
    set_module(quod_autoload:base(system)),
    forall(own_module(Module), set_module(Module:base(quod_autoload))).

%   clear_user: loading janus and this file left imports in `user`, where a program would find them or be kept from
%   using their names. redefine_system_predicate/1 undoes an import.
clear_user :-
    findall(Head, ( '$c_current_predicate'(_, user:Head), predicate_property(user:Head, imported_from(_)) ), Heads),
    forall(member(Head, Heads), redefine_system_predicate(user:Head)).

own_module(Module) :-
    current_module(Module),
    sub_atom(Module, 0, _, _, quod_),
    Module \== quod_autoload.

%!  run(+Program, +Query, +Policy, +MaxAnswers, +MaxChars, +MemoryMib, +EvidenceSeconds, -Reply) is det.
%
%   EvidenceSeconds is 0 where no evidence is wanted, else the seconds that the whole run may take.
%   Reply is one of
%
%     ["answers", Exhausted, [[[[Name, Text, Kind], ...], [Residual, ...]], ...], Faults]
%     ["no_answer"]
%     ["undefined"]                     true or false by neither, under the well-founded semantics
%     ["unstratified", Indicator]       Indicator depends on its own negation, and `\+` does not decide that
%     ["stopped", Limit]
%     ["unwatched"]                     the loader did not hand over the terms it read: a fault of ours
%     ["rejected", Faults]
%     ["with_evidence", Reply, Evidence]      as derivations/7 makes it
%
%   where Faults is [[Class, Message, Part, Offset, Symbol, Suggestion], ...] in the order of the text, with texts as
%   strings; Offset counts characters from 0 in the text of Part, -1 where it is not known; Exhausted is 0 or 1;
%   Symbol and Suggestion are "" for none.
run(Program, Query, Policy, MaxAnswers, MaxChars, MemoryMib, EvidenceSeconds, Reply) :-
    StackLimit is MemoryMib * 1024 * 1024,
    set_prolog_flag(stack_limit, StackLimit),
    (   Policy == 1
    ->  assertz(policy_on)
    ;   true
    ),
    (   EvidenceSeconds > 0
    ->  assertz(evidence_wanted(EvidenceSeconds)),
        compile_as_written(true)
    ;   true
    ),
    catch(run(Program, Query, MaxAnswers, MaxChars, Reply0), Error, true),
    (   var(Error)
    ->  Reply = Reply0
    ;   reply_of_error(Error, Reply)
    ),
    flush_output(user_output),
    flush_output(user_error).

run(Program, Query, MaxAnswers, MaxChars, Reply) :-
    load_program(Program),
    (   \+ watched
    ->  Reply = ["unwatched"]
    ;   overrun
    ->  Reply = ["stopped", "memory_mib"]
    ;   read_query(Query, Goal, Bindings),
        \+ ( fault(Fault), \+ left_out(Fault) )
    ->  (   negates_itself(Goal, Indicator)
        ->  Reply = ["unstratified", Indicator]
        ;   set_phase(running),
            place(Module, _),
            statistics(inferences, Before),
            answers(Module:Goal, Bindings, MaxAnswers, MaxChars, Reply0),
            qualify(Reply0, Reply1),
            with_evidence(Module:Goal, Bindings, Reply0, Reply1, MaxChars, Before, Reply)
        )
    ;   reply_of_faults(Reply)
    ).

%   with_evidence(:Goal, +Bindings, +Found, +Reply0, +MaxChars, +Before, -Reply): Before are the inferences when the
%   query was put.
with_evidence(Goal, Bindings, Found, Reply0, MaxChars, Before, Reply) :-
    (   evidence_wanted(Seconds)
    ->  statistics(inferences, After),
        statistics(cputime, Used),
        Work is After - Before,
        Share is Used / Seconds,
        derivations(Goal, Bindings, Found, MaxChars, Work, Share, Evidence),
        Reply = ["with_evidence", Reply0, Evidence]
    ;   Reply = Reply0
    ).

%   compile_as_written(+Bool): whether clause/2 shows a clause with the goals that the text has.
compile_as_written(true) :-
    set_prolog_flag(optimise_clpfd, false),
    set_prolog_flag(optimise_unify, false).
compile_as_written(false) :-
    set_prolog_flag(optimise_clpfd, true),
    set_prolog_flag(optimise_unify, true).

left_out(fault("syntax", _, "program", _, _, _)).
left_out(Fault) :- undone(Fault).

%   qualify(+Reply0, -Reply): swipl goes on without a clause it cannot read and after a directive that raised an error,
%   and so do we, as far as that is sound. What the other clauses prove they prove; that there is no answer, or no
%   other, is not known.
qualify(["answers", Exhausted, Answers], ["answers", Known, Answers, Faults]) :-
    !,
    faults(Faults),
    (   Faults == []
    ->  Known = Exhausted
    ;   Known = 0
    ).
qualify(Reply0, Reply) :-
    (   fault(_)
    ->  reply_of_faults(Reply)
    ;   Reply = Reply0
    ).

reply_of_error(quod_output_limit, ["stopped", "output_bytes"]) :- !.
reply_of_error(Error, ["stopped", "memory_mib"]) :-
    memory_error(Error),
    !.
reply_of_error(Error, _) :-
    own_fault(Error),
    throw(Error).
reply_of_error(Error, Reply) :-
    error_fault(Error, Fault),
    (   Fault = fault("existence", _, _, _, _, _),
        fault(_)                        % what is missing may be what could not be read
    ->  true
    ;   add_fault(Fault)
    ),
    reply_of_faults(Reply).

own_fault(error(existence_error(procedure, Module:_), _)) :-
    atom(Module),
    sub_atom(Module, 0, _, _, quod_).

reply_of_faults(["rejected", Faults]) :-
    faults(Faults).

faults(Faults) :-
    findall(Part-Offset-[Class, Message, Part, Offset, Symbol, Suggestion],
            fault(fault(Class, Message, Part, Offset, Symbol, Suggestion)),
            Keyed),
    keysort(Keyed, Sorted),
    pairs_values(Sorted, Faults).

add_fault(Fault) :-
    aggregate_all(count, fault(_), Count),
    max_faults(Max),
    (   ( Count >= Max ; fault(Fault) )
    ->  true
    ;   assertz(fault(Fault))
    ).

set_phase(Phase) :-
    retractall(phase(_)),
    assertz(phase(Phase)).


                 /*******************************
                 *            LOAD              *
                 *******************************/

load_program(Text) :-
    set_phase(loading),
    place(Module, Source),
    setup_call_cleanup(
        open_string(Text, Stream),
        load_files(Module:Source, [stream(Stream), silent(true), check_script(false), modified(0.0)]),
        close(Stream)),
    (   watched
    ->  loaded
    ;   true
    ).

loaded :-
    (   policy_on
    ->  forall(late_refusal(Fault), add_fault(Fault))
    ;   true
    ),
    forall(floundering(Fault), add_fault(Fault)),
    (   fault(fault("permission", _, _, _, _, _))
    ->  true
    ;   forall(initialization_goal(Goal), initialize(Goal))
    ).

%   initialize(+Goal): as swipl does with initialization/1 after the load; a failure or an error is shown.
initialize(Goal) :-
    catch(user:Goal, Error, true),
    !,
    (   var(Error)
    ->  true
    ;   on_message(error, initialization_error(Goal, Error, -), [])
    ).
initialize(_) :-
    on_message(warning, initialization_failure, ["An initialization goal failed."]).

%   on_term(+Raw, +Layout, -Term, -TermLayout, :Wrapped): stands in for the loader's expansion of a term.
on_term(Raw, Layout, Term, TermLayout, Wrapped) :-
    phase(loading),
    prolog_load_context(source, Source),
    place(_, Source),
    \+ memberchk(Raw, [begin_of_file, end_of_file]),
    !,
    record_term(Raw, Layout),
    (   refused(Raw, Layout)
    ->  Term = [],
        TermLayout = Layout
    ;   rewrite(Raw, Term)
    ->  TermLayout = Layout
    ;   call(Wrapped)
    ).
on_term(Raw, _, _, _, Wrapped) :-
    (   Raw == end_of_file,
        phase(loading),
        \+ watched
    ->  assertz(watched)
    ;   true
    ),
    call(Wrapped).

refused(Raw, Layout) :-
    policy_on,
    findall(Fault, term_refusal(Raw, Layout, Fault), Faults),
    Faults = [_|_],
    forall(member(Fault, Faults), add_fault(Fault)).

%   rewrite(+Raw, -Term): directives that would open a file, or that mean something else for a whole process.
rewrite((:- Directive), (:- Goal)) :-
    callable(Directive),
    rewrite_directive(Directive, Goal).
rewrite((?- Directive), (:- Goal)) :-
    callable(Directive),
    rewrite_directive(Directive, Goal).

rewrite_directive((A, B), (C, D)) :-
    !,
    (   rewrite_directive(A, C)
    ->  ( rewrite_directive(B, D) -> true ; D = B )
    ;   C = A,
        rewrite_directive(B, D)
    ).
rewrite_directive(use_module(Spec), Goal) :- import_goal(Spec, all, Goal).
rewrite_directive(use_module(Spec, Imports), Goal) :- import_goal(Spec, Imports, Goal).
rewrite_directive(ensure_loaded(Spec), Goal) :- import_goal(Spec, all, Goal).
rewrite_directive(autoload(Spec), Goal) :- import_goal(Spec, all, Goal).
rewrite_directive(autoload(Spec, Imports), Goal) :- import_goal(Spec, Imports, Goal).
rewrite_directive(initialization(Goal), quod_run:assertz(initialization_goal(Goal))).
rewrite_directive(initialization(Goal, _When), quod_run:assertz(initialization_goal(Goal))).
rewrite_directive(encoding(utf8), true).        % the text came as characters
rewrite_directive(module(_, Exports), quod_run:export_operators(Exports)).

import_goal(Specs, Imports, Goal) :-
    is_list(Specs),
    Specs = [_|_],
    !,
    findall(G, ( member(Spec, Specs), import_goal(Spec, Imports, G) ), Goals),
    same_length(Specs, Goals),
    foldl([G, A, (A, G)]>>true, Goals, true, Goal).
import_goal(Spec, Imports, quod_libraries:import_library(Library, Imports)) :-
    ground(Spec),
    Spec = library(Library),
    allowed_library(Library, _).

export_operators(Exports) :-
    is_list(Exports),
    forall(( member(Export, Exports), nonvar(Export), Export = op(P, T, N) ), op(P, T, user:N)).


                 /*******************************
                 *          MESSAGES            *
                 *******************************/

:- multifile user:message_hook/3.
:- dynamic user:message_hook/3.

user:message_hook(Term, Kind, Lines) :-
    quod_run:phase(loading),
    memberchk(Kind, [error, warning]),
    quod_run:on_message(Kind, Term, Lines).

%   on_message(+Kind, +Term, +Lines): a clause that cannot be read or stored is a fault; the rest is shown.
on_message(error, error(Formal, Context), _Lines) :-
    \+ in_directive(Formal),
    \+ memory_error(error(Formal, Context)),
    !,
    load_fault(Formal, Context, Fault),
    add_fault(Fault).
on_message(error, cannot_redefine_comma, _) :-
    !,
    load_fault(cannot_redefine_comma, _, Fault),
    add_fault(Fault).
on_message(_, Term, _) :-
    raised(Term, Error),
    memory_error(Error),
    !,
    assertz(overrun).                   % an exception would end in print_message/2
on_message(Kind, Term, Lines) :-
    (   source_location(_, Line)
    ->  format(user_error, "~w, line ~d: ", [Kind, Line])
    ;   format(user_error, "~w: ", [Kind])
    ),
    (   raised(Term, Error)
    ->  error_fault(Error, Fault),
        Fault = fault(_, Message, _, _, _, _),
        format(user_error, "~w~n", [Message]),
        note_undone(Kind, Fault)
    ;   print_message_lines(user_error, '', Lines)
    ).

note_undone(error, Fault) :-
    !,
    assertz(undone(Fault)),
    add_fault(Fault).
note_undone(_, _).

%   raised(+Message, -Error): an error in a directive; swipl would show a backtrace through its own files.
raised(error(Formal, Context), error(Formal, Context)).
raised(unhandled_exception(Error), Error).
raised(initialization_error(_, Error, _), Error).

in_directive(Formal) :-
    Formal \= syntax_error(_),
    last_term(Raw),
    ( Raw = (:- _) ; Raw = (?- _) ; Raw == [] ),
    !.


                 /*******************************
                 *            QUERY             *
                 *******************************/

%!  read_query(+Text, -Goal, -Bindings) is semidet.
%
%   Fails after noting why: not a term, not one term, refused by the policy.
read_query(Text, Goal, Bindings) :-
    string_concat(Text, "\n.", Terminated),
    setup_call_cleanup(
        open_string(Terminated, Stream),
        catch(read_goal(Stream, Goal0, Bindings, Layout), error(Formal, Context), true),
        close(Stream)),
    (   nonvar(Formal)
    ->  query_fault(Formal, Context, Fault),
        add_fault(Fault),
        fail
    ;   Goal0 = (?- Goal)
    ->  arg_layout(1, Layout, GoalLayout)
    ;   Goal = Goal0,
        GoalLayout = Layout
    ),
    record_query(Goal, GoalLayout, Bindings),
    (   policy_on
    ->  findall(Fault, goal_refusal(Goal, GoalLayout, Fault), Faults),
        forall(member(Fault, Faults), add_fault(Fault)),
        Faults == []
    ;   true
    ).

read_goal(Stream, Goal, Bindings, Layout) :-
    read_term(Stream, Goal, [variable_names(Bindings), subterm_positions(Layout), module(user)]),
    (   Goal == end_of_file
    ->  throw(error(syntax_error(empty_query), _))
    ;   true
    ),
    character_count(Stream, End),
    read_string(Stream, _, Rest),
    normalize_space(atom(Left), Rest),
    (   memberchk(Left, ['', '.'])
    ->  true
    ;   throw(error(syntax_error(more_than_one_goal), stream(Stream, 0, 0, End)))
    ).
