% Terms of the program and the query as they were read, with the positions and variable names the reader gave, so that a
% fault found later can be shown where it stands in the text.

:- module(quod_sources,
          [ record_term/2,              % +Raw, +Layout
            record_query/3,             % +Goal, +Layout, +Names
            last_term/1,                % -Raw
            source/5,                   % ?Part, ?Line, -Term, -Layout, -Names
            subterm/4,                  % +Term, +Layout, -Sub, -SubLayout
            layout_start/2,             % +Layout, -Offset
            arg_layout/3,               % +Index, +Layout, -ArgLayout
            name_arity/3                % +Callable, -Name, -Arity
          ]).

%   Recorded, not asserted: most are never looked at, and a record costs a copy while a clause costs a compilation.
record_term(Raw, Layout) :-
    prolog_load_context(term_position, Position),
    stream_position_data(line_count, Position, Line),
    b_getval('$variable_names', Names),
    recordz(quod_source, source("program", Line, Raw, Layout, Names)).

record_query(Goal, Layout, Names) :-
    recordz(quod_source, source("query", 0, Goal, Layout, Names)).

last_term(Raw) :-
    recorded(quod_source, source("program", Current, Raw, _, _)),
    source_location(_, Line),
    Current == Line,
    !.

source(Part, Line, Term, Layout, Names) :-
    recorded(quod_source, source(Part, Line, Term, Layout, Names)).

%!  subterm(+Term, +Layout, -Sub, -SubLayout) is nondet.
subterm(Term, Layout, Term, Layout).
subterm(Term, Layout, Sub, SubLayout) :-
    child(Layout, Term, Child, ChildLayout),
    subterm(Child, ChildLayout, Sub, SubLayout).

child(Layout, _, _, _) :- var(Layout), !, fail.
child(parentheses_term_position(_, _, Inner), Term, Child, ChildLayout) :-
    child(Inner, Term, Child, ChildLayout).
child(term_position(_, _, _, _, Layouts), Term, Child, ChildLayout) :-
    compound(Term),
    nth_layout(Layouts, 1, Index, ChildLayout),
    arg(Index, Term, Child).
child(brace_term_position(_, _, ChildLayout), {Child}, Child, ChildLayout).
child(list_position(_, _, Layouts, Tail), List, Child, ChildLayout) :-
    list_child(Layouts, Tail, List, Child, ChildLayout).

nth_layout([Layout|_], Index, Index, Layout).
nth_layout([_|Layouts], Index0, Index, Layout) :-
    Index1 is Index0 + 1,
    nth_layout(Layouts, Index1, Index, Layout).

list_child([Layout|_], _, [Child|_], Child, Layout).
list_child([_|Layouts], Tail, [_|List], Child, Layout) :-
    list_child(Layouts, Tail, List, Child, Layout).
list_child([], Tail, List, List, Tail) :-
    Tail \== none.

arg_layout(Index, parentheses_term_position(_, _, Inner), Layout) :-
    !,
    arg_layout(Index, Inner, Layout).
arg_layout(Index, term_position(_, _, _, _, Layouts), Layout) :-
    nth1(Index, Layouts, Layout).

layout_start(Layout, -1) :- var(Layout), !.
layout_start(From-_, From) :- !.
layout_start(parentheses_term_position(_, _, Inner), From) :- !, layout_start(Inner, From).
layout_start(Layout, From) :-
    arg(1, Layout, From).

%!  name_arity(+Callable, -Name, -Arity) is det.
%
%   As functor/3, which raises an error for `foo()`.
name_arity(Term, Name, Arity) :-
    (   compound(Term)
    ->  compound_name_arity(Term, Name, Arity)
    ;   Name = Term,
        Arity = 0
    ).
