"""Programs that the fork server runs before the first fork, so that no child is the first to need what they need: a
clause index, a link to a library, a message. What they answer is looked at by nobody.
"""

from solvers.types import Job, Language, Program

_RATIONALS = """
:- use_module(library(clpq)).

% What most programs are made of.
apples(ann, 12).
apples(ben, 30).
price(5).
discount_percent(20).
share(0.5).

eats(ann, Eaten) :-
    apples(ann, Apples),
    {Eaten = Apples / 3}.

week([monday, tuesday, wednesday]).

total(Total) :-
    week(Days),
    length(Days, Count),
    maplist(day_price, Days, Prices),
    sum_list(Prices, Sum),
    {Total = Sum * Count}.

day_price(_, Price) :-
    price(Price).

cheaper(Price, Reduced) :-
    discount_percent(Percent),
    {Reduced = Price * (100 - Percent) / 100}.

solve(X) :-
    apples(ann, Ann),
    apples(ben, Ben),
    price(Price),
    share(Share),
    eats(ann, Eaten),
    cheaper(Price, Reduced),
    total(Total),
    {Sold = Ann + Ben - Eaten},
    {Half = Sold * Share},
    {Y + Z = 10, Y - Z = 4},
    {3 * W = Ann - 2 * Y},
    {Rest = Half * Reduced - W},
    Steps is Ann + 3 * 2 - Ben // 4,
    Steps > 0,
    (   Steps =< 2
    ->  Extra = 0
    ;   Extra = Steps
    ),
    {X = Rest + Total + Extra - Z}.
"""

_PLAIN = """
:- dynamic seen/1.
:- discontiguous parent/2.
parent(ann, ben).
parent(ben, cleo).
age(ann, 61).
parent(ann, dora).
ancestor(X, Y) :- parent(X, Y).
ancestor(X, Z) :- parent(X, Y), ancestor(Y, Z).
neg(parent(X, X)) :- parent(X, _).
happy(X) :- \\+ neg(happy(X)), age(X, A), A >= 18, !.
greeting --> [hello], name.
name --> [X], { atom(X) }.
solve(X) :-
    findall(Y-Z, ancestor(ann, Y), L), Z = L, msort(L, S), length(S, N),
    aggregate_all(count, parent(_, _), C), aggregate_all(sum(A), age(_, A), T),
    forall(member(M, S), nonvar(M)), foldl([E, A0, A1]>>(A1 is A0 + 1, nonvar(E)), S, 0, F),
    phrase(greeting, [hello, bob]), assertz(seen(ann)), retract(seen(ann)),
    between(1, 3, B), B > 1, happy(ann), nth1(1, S, _), max_list([N, C, F], Most), sumlist([N], Sum),
    format("~w ~a~n", [B, done]), atomic_list_concat([a, b], '_', _), atom_number('3', Three),
    X is round(T * 1.5) + Most + Sum + Three mod 2 + max(N, 2) ** 2 / 4.
"""

_FINITE = """
:- use_module(library(clpfd)).
solve(X) :- [X, Y] ins 0..20, X + Y #= 12, X #> Y, X - Y #= 2, all_different([X, Y]), label([X, Y]).
"""

_FAULTS = (
    "solve(X) :- X is Foo + 1.",
    "solve(X) :- undefined_helper(X).",
    "solve(X) :- shell(ls), X = 1.",
    "solve(X :- X = 1.\n solve(2).",
    "",
)

_TABLED = """
:- dynamic otter/1, wet/1, neg/1.
:- table otter/1, wet/1, neg/1.
otter(milo).
wet(X) :- otter(X), wet(X).
wet(X) :- otter(X), \\+ neg(otter(X)).
neg(otter(X)) :- neg(wet(X)).
"""

SAMPLES = tuple(
    Job(Program(Language.PROLOG, text), query, evidence=evidence)
    for text, query, evidence in (
        (_RATIONALS, "solve(X)", True),
        (_TABLED, "wet(milo)", True),
        (_RATIONALS, "solve(X)", False),
        (_PLAIN, "solve(X)", False),
        (_FINITE, "solve(X)", False),
        *((text, "solve(X)", False) for text in _FAULTS),
        (_RATIONALS, "cheaper(X, Y)", False),
        (_RATIONALS, "solve(X)", False),
    )
)
