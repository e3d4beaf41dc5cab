"""Predicates of SWI-Prolog's libraries that call goals or hold in several ways, as Prolog clauses.

The clauses see each other and what is built in, never a program's own predicates of the same name; goals that they are
given are called as the program would. Written so that they have the answers of the engine's own, in the same order.
`proper_list_/1` and `unbound_/1` stand where the engine raises an error for anything else.
"""

from functools import cache

from solvers.checking.budget import Budget
from solvers.checking.prolog.program import Database
from solvers.checking.prolog.reader import read_program

EXPORTED = frozenset(
    (name, int(arity))
    for name, _, arity in (
        word.rpartition("/")
        for word in """
        append/3 append/2 member/2 memberchk/2 reverse/2 nth0/3 nth1/3 last/2 select/3 selectchk/3 select/4
        exclude/3 include/3 partition/4 maplist/2 maplist/3 maplist/4 maplist/5 maplist/6 maplist/7
        foldl/4 foldl/5 foldl/6 convlist/3 permutation/2 subtract/3 intersection/3 union/3 delete/3 subset/2
        pairs_keys_values/3 pairs_keys/2 pairs_values/2 nextto/3 predsort/3 same_length/2 prefix/2
        """.split()
    )
)
"""What a program may call. The other predicates of the text are for these alone."""

TEXT = r"""
append([], L, L).
append([X|L1], L2, [X|L3]) :- append(L1, L2, L3).

append(Ls, As) :- proper_list_(Ls), append_(Ls, As).
append_([], []).
append_([L|Ls], As) :- append(L, Ws, As), append_(Ls, Ws).

member(X, [Y|Ys]) :- member_(Ys, X, Y).
member_(_, X, X).
member_([Y|Ys], X, _) :- member_(Ys, X, Y).

memberchk(X, L) :- member(X, L), !.

prefix([], _).
prefix([X|Xs], [X|Ys]) :- prefix(Xs, Ys).

same_length([], []).
same_length([_|Xs], [_|Ys]) :- same_length(Xs, Ys).

reverse(Xs, Ys) :- reverse_(Xs, Ys, [], Ys).
reverse_([], [], Ys, Ys).
reverse_([X|Xs], [_|Bound], Rs, Ys) :- reverse_(Xs, Bound, [X|Rs], Ys).

nextto(X, Y, [X,Y|_]).
nextto(X, Y, [_|Zs]) :- nextto(X, Y, Zs).

last([X|Xs], Last) :- last_(Xs, X, Last).
last_([], Last, Last).
last_([X|Xs], _, Last) :- last_(Xs, X, Last).

select(X, [X|Tail], Tail).
select(X, [Y|Ys], [Y|Zs]) :- select(X, Ys, Zs).

selectchk(X, L, Rest) :- select(X, L, Rest), !.

select(X, Xs, Y, Ys) :- select4_(Xs, X, Y, Ys).
select4_([X|List], X, Y, [Y|List]).
select4_([X0|Xs], X, Y, [X0|Ys]) :- select4_(Xs, X, Y, Ys).

nth0(Index, List, Elem) :- nth_(Index, 0, List, Elem).
nth1(Index, List, Elem) :- nth_(Index, 1, List, Elem).
nth_(Index, Base, List, Elem) :- integer(Index), !, Place is Index - Base, Place >= 0, nth_at_(Place, List, Elem).
nth_(Index, Base, List, Elem) :- unbound_(Index), List = [X|Xs], nth_any_(Xs, X, Elem, Base, Index).
nth_at_(0, [X|_], X) :- !.
nth_at_(Place, [_|Xs], Elem) :- Next is Place - 1, nth_at_(Next, Xs, Elem).
nth_any_(_, Elem, Elem, Base, Base).
nth_any_([X|Xs], _, Elem, N, Base) :- M is N + 1, nth_any_(Xs, X, Elem, M, Base).

delete([], _, []).
delete([X|Xs], Elem, Ys) :- X \= Elem, !, Ys = [X|Zs], delete(Xs, Elem, Zs).
delete([_|Xs], Elem, Ys) :- delete(Xs, Elem, Ys).

subtract(Xs, Ys, Zs) :- proper_list_(Xs), subtract_(Xs, Ys, Zs).
subtract_([], _, []).
subtract_([X|Xs], Ys, Zs) :- memberchk(X, Ys), !, subtract_(Xs, Ys, Zs).
subtract_([X|Xs], Ys, [X|Zs]) :- subtract_(Xs, Ys, Zs).

intersection(Xs, Ys, Zs) :- proper_list_(Xs), intersection_(Xs, Ys, Zs).
intersection_([], _, []).
intersection_([X|Xs], Ys, Zs) :- memberchk(X, Ys), !, Zs = [X|Rest], intersection_(Xs, Ys, Rest).
intersection_([_|Xs], Ys, Zs) :- intersection_(Xs, Ys, Zs).

union(Xs, Ys, Zs) :- proper_list_(Xs), union_(Xs, Ys, Zs).
union_([], Ys, Ys).
union_([X|Xs], Ys, Zs) :- memberchk(X, Ys), !, union_(Xs, Ys, Zs).
union_([X|Xs], Ys, [X|Zs]) :- union_(Xs, Ys, Zs).

subset(Xs, Ys) :- proper_list_(Xs), subset_(Xs, Ys).
subset_([], _).
subset_([X|Xs], Ys) :- memberchk(X, Ys), subset_(Xs, Ys).

permutation(Xs, Ys) :- is_list(Xs), !, length(Xs, N), length(Ys, N), permute_(Xs, Ys).
permutation(Xs, Ys) :- proper_list_(Ys), length(Ys, N), length(Xs, N), permute_(Xs, Ys).
permute_([], []).
permute_(List, [First|Rest]) :- select(First, List, Others), permute_(Others, Rest).

pairs_keys_values([], [], []).
pairs_keys_values([K-V|Ps], [K|Ks], [V|Vs]) :- pairs_keys_values(Ps, Ks, Vs).
pairs_keys([], []).
pairs_keys([K-_|Ps], [K|Ks]) :- pairs_keys(Ps, Ks).
pairs_values([], []).
pairs_values([_-V|Ps], [V|Vs]) :- pairs_values(Ps, Vs).

predsort(P, L, Sorted) :- proper_list_(L), length(L, N), predsort_(N, P, L, _, Found), Sorted = Found.
predsort_(0, _, L, L, []) :- !.
predsort_(1, _, [X|L], L, [X]) :- !.
predsort_(2, P, [X,Y|L], L, Sorted) :- !, call(P, Order, X, Y), two_(Order, X, Y, Sorted).
predsort_(N, P, L0, L, Sorted) :-
    N1 is N // 2,
    N2 is N - N1,
    predsort_(N1, P, L0, L1, Left),
    predsort_(N2, P, L1, L, Right),
    merge_(Left, Right, P, Sorted).
two_(<, X, Y, [X,Y]).
two_(=, X, _, [X]).
two_(>, X, Y, [Y,X]).
merge_([], Right, _, Right) :- !.
merge_(Left, [], _, Left) :- !.
merge_([X|Xs], [Y|Ys], P, Sorted) :- call(P, Order, X, Y), !, merge_by_(Order, X, Xs, Y, Ys, P, Sorted).
merge_by_(<, X, Xs, Y, Ys, P, [X|Sorted]) :- merge_(Xs, [Y|Ys], P, Sorted).
merge_by_(=, X, Xs, _, Ys, P, [X|Sorted]) :- merge_(Xs, Ys, P, Sorted).
merge_by_(>, X, Xs, Y, Ys, P, [Y|Sorted]) :- merge_([X|Xs], Ys, P, Sorted).

maplist(G, L) :- maplist_(L, G).
maplist_([], _).
maplist_([A|As], G) :- call(G, A), maplist_(As, G).
maplist(G, L, M) :- maplist_(L, M, G).
maplist_([], [], _).
maplist_([A|As], [B|Bs], G) :- call(G, A, B), maplist_(As, Bs, G).
maplist(G, L, M, N) :- maplist_(L, M, N, G).
maplist_([], [], [], _).
maplist_([A|As], [B|Bs], [C|Cs], G) :- call(G, A, B, C), maplist_(As, Bs, Cs, G).
maplist(G, L, M, N, O) :- maplist_(L, M, N, O, G).
maplist_([], [], [], [], _).
maplist_([A|As], [B|Bs], [C|Cs], [D|Ds], G) :- call(G, A, B, C, D), maplist_(As, Bs, Cs, Ds, G).
maplist(G, L, M, N, O, P) :- maplist_(L, M, N, O, P, G).
maplist_([], [], [], [], [], _).
maplist_([A|As], [B|Bs], [C|Cs], [D|Ds], [E|Es], G) :- call(G, A, B, C, D, E), maplist_(As, Bs, Cs, Ds, Es, G).
maplist(G, L, M, N, O, P, Q) :- maplist_(L, M, N, O, P, Q, G).
maplist_([], [], [], [], [], [], _).
maplist_([A|As], [B|Bs], [C|Cs], [D|Ds], [E|Es], [F|Fs], G) :-
    call(G, A, B, C, D, E, F),
    maplist_(As, Bs, Cs, Ds, Es, Fs, G).

foldl(G, L, V0, V) :- foldl_(L, G, V0, V).
foldl_([], _, V, V).
foldl_([X|Xs], G, V0, V) :- call(G, X, V0, V1), foldl_(Xs, G, V1, V).
foldl(G, L, M, V0, V) :- foldl_(L, M, G, V0, V).
foldl_([], [], _, V, V).
foldl_([X|Xs], [Y|Ys], G, V0, V) :- call(G, X, Y, V0, V1), foldl_(Xs, Ys, G, V1, V).
foldl(G, L, M, N, V0, V) :- foldl_(L, M, N, G, V0, V).
foldl_([], [], [], _, V, V).
foldl_([X|Xs], [Y|Ys], [Z|Zs], G, V0, V) :- call(G, X, Y, Z, V0, V1), foldl_(Xs, Ys, Zs, G, V1, V).

include(G, L, Included) :- include_(L, G, Included).
include_([], _, []).
include_([X|Xs], G, Included) :- call(G, X), !, Included = [X|Rest], include_(Xs, G, Rest).
include_([_|Xs], G, Included) :- include_(Xs, G, Included).

exclude(G, L, Included) :- exclude_(L, G, Included).
exclude_([], _, []).
exclude_([X|Xs], G, Included) :- call(G, X), !, exclude_(Xs, G, Included).
exclude_([X|Xs], G, [X|Included]) :- exclude_(Xs, G, Included).

partition(G, L, In, Out) :- partition_(L, G, In, Out).
partition_([], _, [], []).
partition_([X|Xs], G, In, Out) :- call(G, X), !, In = [X|Rest], partition_(Xs, G, Rest, Out).
partition_([X|Xs], G, In, [X|Out]) :- partition_(Xs, G, In, Out).

convlist(G, L, M) :- convlist_(L, M, G).
convlist_([], [], _).
convlist_([X|Xs], Ys, G) :- call(G, X, Y), !, Ys = [Y|Rest], convlist_(Xs, Rest, G).
convlist_([_|Xs], Ys, G) :- convlist_(Xs, Ys, G).
"""


@cache
def library() -> Database:
    return read_program(TEXT, Budget(seconds=60.0, steps=50_000_000))
