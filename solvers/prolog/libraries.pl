% The libraries a program may use, all loaded before the fork: a child opens no file.
%
% A program meets them in two ways, as under plain swipl. What swipl would autoload is found through the module
% `quod_autoload`, the default import module of `user`, so a program's own definition silently takes precedence. What
% needs `:- use_module(library(clpq)).` is imported by that directive, which the loader turns into import_library/2.

:- module(quod_libraries,
          [ load_libraries/0,
            allowed_library/2,          % ?Spec, ?Module
            import_library/1,           % +Spec
            import_library/2,           % +Spec, +Imports
            library_predicate/3,        % ?Name, ?Arity, -Spec
            autoloaded/2                % ?Name, ?Arity
          ]).

% library_list(-Specs): the argument of library/1 in a program's own words.
library_list([ lists, apply, aggregate, assoc, pairs, option, error, debug, ordsets, ugraphs, rbtrees, heaps, nb_set,
               gensym, random, strings, dicts, yall, dif, when, occurs, terms, varnumbers, sort, solution_sequences,
               wfs, date, listing, portray_text, pprint, ansi_term, codesio, charsio, writef, statistics, backcomp,
               dcg/basics, dcg/high_order, clpq, clpr, clpfd, clpb, simplex ]).

% needless(?Spec): what these offer is built in, or only changes how fast a program is.
needless(tabling).
needless(apply_macros).

:- dynamic
    allowed_library/2,          % Spec, Module
    library_predicate/3,        % Name, Arity, Spec
    autoloaded/2.               % Name, Arity

%!  load_libraries is det.
%
%   Load every library now and for good.
load_libraries :-
    set_prolog_flag(autoload, true),
    library_list(Specs),
    forall(member(Spec, Specs), load_library(Spec)),
    load_pending,
    set_prolog_flag(autoload, explicit),        % false would load every file that is only mentioned
    forall(member(Spec, Specs), note_library(Spec)),
    forall(needless(Spec), assertz(allowed_library(Spec, quod_needless))),
    add_import_module(user, quod_autoload, start),
    remove_expansions.

% What a library does to every goal that is compiled once it is loaded, a program that leaves it to the autoloader
% does not see under plain swipl. A compiled lambda no longer sees what its clause binds at run time;
% library(arithmetic), which others load, looks for functions before there are any.
remove_expansions :-
    forall(( member(Head, [goal_expansion(_, _), goal_expansion(_, _, _, _)]),
             clause(system:Head, _, Reference),
             clause_property(Reference, file(File)),
             file_base_name(File, Name),
             memberchk(Name, ['yall.pl', 'apply_macros.pl', 'arithmetic.pl']) ),
           erase(Reference)).

load_library(Spec) :-
    load_files(quod_libraries:library(Spec), [imports([]), if(not_loaded), silent(true)]),
    absolute_file_name(library(Spec), File, [file_type(prolog), access(read)]),
    module_property(Module, file(File)),
    !,
    assertz(allowed_library(Spec, Module)).

% load_pending: libraries declare what they need with autoload/1,2 and some rely on the index; fetch both kinds,
% transitively.
load_pending :-
    set_prolog_flag(autoload, explicit),
           % with `true` a predicate that could be autoloaded does not count as undefined
    findall(PI, undefined_in_library(PI), PIs),
    set_prolog_flag(autoload, true),
    findall(PI, ( member(PI, PIs), catch('$autoload'(PI), _, fail) ), Found),
    (   Found == []
    ->  true
    ;   load_pending
    ).

undefined_in_library(Module:Name/Arity) :-
    module_property(Module, class(library)),
    predicate_property(Module:Head, undefined),
    functor(Head, Name, Arity).

note_library(Spec) :-
    allowed_library(Spec, Module),
    module_property(Module, exports(Exports)),
    forall(member(Name/Arity, Exports), note_predicate(Spec, Module, Name, Arity)).

note_predicate(Spec, Module, Name, Arity) :-
    (   library_predicate(Name, Arity, _)
    ->  true                                    % the first library that has it is the one to suggest
    ;   assertz(library_predicate(Name, Arity, Spec))
    ),
    (   \+ autoloaded(Name, Arity),
        '$in_library'(Name, Arity, _),
        \+ requires_directive(Spec)
    ->  quod_autoload:import(Module:Name/Arity),
        assertz(autoloaded(Name, Arity))
    ;   true
    ).

% These are in the index, yet what they offer is of little use without the operators that the directive brings.
requires_directive(clpq).
requires_directive(clpr).
requires_directive(clpfd).
requires_directive(clpb).
requires_directive(simplex).

%!  import_library(+Spec) is det.
%!  import_library(+Spec, +Imports) is det.
%
%   What use_module/1,2 does once a library is loaded: a weak import, so that a program's own definition overrides it.
import_library(Spec) :-
    import_library(Spec, all).

import_library(Spec, _) :-
    needless(Spec),
    !.
import_library(Spec, Imports) :-
    allowed_library(Spec, Module),
    !,
    prolog_load_context(module, Program),
    '$import_list'(Program, Module, Imports, false).
