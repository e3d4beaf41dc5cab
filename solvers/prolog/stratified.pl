% Whether negation as failure is sound in a program with tabling.
%
% `\+ Goal` succeeds when Goal has no answer. A tabled goal that is still being worked out has none yet, so where a
% tabled predicate depends on its own negation, `\+` takes "not yet" for "not", and what comes out depends on the order
% of the goals. Source: the manual of SWI-Prolog, "Well Founded Semantics", which asks for tnot/1 there.

:- module(quod_stratified, [negates_itself/2]).

:- use_module(library(apply)).
:- use_module(library(assoc)).
:- use_module(library(lists)).
:- use_module(library(pairs)).

%!  negates_itself(+Query, -Indicator) is semidet.
%
%   Indicator is a predicate of the program that depends on its own negation through a tabled predicate, and `\+` is
%   asked about it. Predicates are looked at, not their arguments, apart from neg/1, which stands for one predicate for
%   each that it denies. So this errs on the side of caution.
negates_itself(Query, Indicator) :-
    once(tabled(_)),
    findall(Sign-From-To, edge(Query, Sign, From, To), Edges0),
    memberchk(negative-_-_, Edges0),
    sort(Edges0, Edges),
    findall(From-To, member(_-From-To, Edges), Pairs0),
    sort(Pairs0, Pairs),
    group_pairs_by_key(Pairs, Grouped),
    list_to_assoc(Grouped, Graph),
    undecided(Edges, Graph, Node),
    !,
    node_predicate(Node, Name/Arity),
    format(string(Indicator), "~q/~w", [Name, Arity]).

%   undecided(+Edges, +Graph, -Node): a circle that a `\+` is part of, and a tabled predicate; or one that tnot/1 is
%   part of, which may leave a goal undefined, and `\+` does not tell that from true.
undecided(Edges, Graph, From) :-
    member(negative-From-To, Edges),
    leads(To, From, Graph),
    reachable([To], Graph, Reached),
    assoc_to_keys(Reached, Nodes),
    member(Node, Nodes),
    node_predicate(Node, Predicate),
    tabled(Predicate),
    leads(Node, From, Graph).
undecided(Edges, Graph, From) :-
    member(well_founded-From-To, Edges),
    leads(To, From, Graph),
    member(negative-_-Negated, Edges),
    leads(Negated, From, Graph).

leads(From, To, Graph) :-
    reachable([From], Graph, Reached),
    get_assoc(To, Reached, _).

node_predicate(neg(_), neg/1) :- !.
node_predicate(Predicate, Predicate).

tabled(Name/Arity) :-
    own_predicate(Head),
    predicate_property(user:Head, tabled),
    functor(Head, Name, Arity).

own_predicate(Head) :-
    '$c_current_predicate'(_, user:Head),
    \+ predicate_property(user:Head, imported_from(_)),
    \+ predicate_property(user:Head, foreign),
    predicate_property(user:Head, defined).

reachable(Nodes, Graph, Reached) :-
    empty_assoc(Empty),
    reachable(Nodes, Graph, Empty, Reached).

reachable([], _, Reached, Reached).
reachable([Node|Nodes], Graph, Reached0, Reached) :-
    (   get_assoc(Node, Reached0, _)
    ->  reachable(Nodes, Graph, Reached0, Reached)
    ;   put_assoc(Node, Reached0, true, Reached1),
        (   get_assoc(Node, Graph, Next)
        ->  append(Next, Nodes, More)
        ;   More = Nodes
        ),
        reachable(More, Graph, Reached1, Reached)
    ).

%   edge(+Query, -Sign, -From, -To) is nondet: a clause of From, or the query, calls To, below a negation or not.
edge(Query, Sign, From, To) :-
    (   Body = Query,
        From = query/0
    ;   own_predicate(Head),
        catch(clause(user:Head, Body), error(_, _), fail),
        node(Head, From)
    ),
    called(Body, positive, Sign, Goal),
    node(Goal, To0),
    same_or_any(To0, To).

node(neg(Goal), neg(Inner)) :-
    !,
    (   callable(Goal)
    ->  plain_node(Goal, Inner)
    ;   Inner = any
    ).
node(Goal, Node) :-
    plain_node(Goal, Node).

plain_node(Goal, Name/Arity) :-
    (   compound(Goal)
    ->  compound_name_arity(Goal, Name, Arity)
    ;   atom(Goal),
        Name = Goal,
        Arity = 0
    ).

%   A call of neg(G) with G unbound may be any of them.
same_or_any(neg(any), Node) :-
    !,
    (   Node = neg(any)
    ;   catch(clause(user:neg(Denied), _), error(_, _), fail),
        node(neg(Denied), Node)
    ).
same_or_any(Node, Node).

%   called(+Body, +Sign0, -Sign, -Goal) is nondet.
called(Goal, _, _, _) :- \+ callable(Goal), !, fail.
called((A, B), S0, S, G) :- !, ( called(A, S0, S, G) ; called(B, S0, S, G) ).
called((A ; B), S0, S, G) :- !, ( called(A, S0, S, G) ; called(B, S0, S, G) ).
called((A -> B), S0, S, G) :- !, ( called(A, negative, S, G) ; called(B, S0, S, G) ).
called((A *-> B), S0, S, G) :- !, ( called(A, negative, S, G) ; called(B, S0, S, G) ).
called(\+ A, _, S, G) :- !, called(A, negative, S, G).
called(not(A), _, S, G) :- !, called(A, negative, S, G).
called(tnot(A), S0, S, G) :- !, ( S0 == positive -> S1 = well_founded ; S1 = S0 ), called(A, S1, S, G).
called(forall(A, B), _, S, G) :- !, ( called(A, negative, S, G) ; called(B, negative, S, G) ).
called(_:A, S0, S, G) :- !, called(A, S0, S, G).
called(_^A, S0, S, G) :- !, called(A, S0, S, G).
called(Goal, S, S, Goal).
called(Goal, S0, S, Inner) :-
    compound(Goal),
    catch(predicate_property(user:Goal, meta_predicate(Spec)), error(_, _), fail),
    arg(Index, Spec, Specifier),
    extra_arguments(Specifier, Extra),
    arg(Index, Goal, Closure),
    extended(Closure, Extra, Called),
    called(Called, S0, S, Inner).

extra_arguments(^, 0) :- !.
extra_arguments(//, 2) :- !.
extra_arguments(Extra, Extra) :- integer(Extra).

extended(Closure, _, _) :- var(Closure), !, fail.
extended(_:Closure, Extra, Called) :- !, extended(Closure, Extra, Called).
extended(Closure, 0, Closure) :- !.
extended(Closure, Extra, Called) :-
    callable(Closure),
    plain_node(Closure, Name/Arity),
    length(More, Extra),
    (   Arity == 0
    ->  Own = []
    ;   compound_name_arguments(Closure, Name, Own)
    ),
    append(Own, More, Arguments),
    compound_name_arguments(Called, Name, Arguments).
