"""Built-in predicates of the search on lists."""

from collections.abc import Iterator
from functools import cmp_to_key

from solvers.checking.budget import NotCheckableError
from solvers.checking.prolog.arithmetic import evaluate
from solvers.checking.prolog.builtins import Args, Test, Ways, integer, is_number, make_room, proper_list, unlocked
from solvers.checking.prolog.collect import ordered
from solvers.checking.prolog.machine import Search
from solvers.checking.prolog.terms import (
    LIST,
    NIL,
    Atom,
    Struct,
    Term,
    Var,
    compare,
    deref,
    list_of,
    make_list,
    same,
)


def _length(search: Search, args: Args) -> Iterator[None]:
    count, tail = 0, deref(args[0])
    while isinstance(tail, Struct) and tail.name == LIST and len(tail.args) == 2:
        search.budget.spend()
        count += 1
        tail = deref(tail.args[1])
    wanted = deref(args[1])
    if not isinstance(wanted, Var) and integer(wanted) < 0:
        raise NotCheckableError("a negative length")
    if tail == NIL:
        if search.unify(wanted, count):
            yield
        return
    if not isinstance(tail, Var) or tail is wanted:
        raise NotCheckableError("the length of what is no list")
    if not isinstance(wanted, Var):
        if count <= wanted:  # type: ignore[operator]  # an integer
            make_room(search, integer(wanted) - count)
            search.trail.bind(tail, make_list(Var() for _ in range(integer(wanted) - count)))
            yield
        return
    more = 0
    while True:
        make_room(search, more + 1)
        search.trail.bind(tail, make_list(Var() for _ in range(more)))
        search.trail.bind(wanted, count + more)
        yield
        more += 1


def _msort(search: Search, args: Args) -> bool:
    items = proper_list(search, args[0])
    unlocked(search, *items)
    return search.unify(args[1], make_list(ordered(items, search.budget)))


def _sort(search: Search, args: Args) -> bool:
    items = proper_list(search, args[0])
    unlocked(search, *items)
    return search.unify(args[1], make_list(ordered(items, search.budget, unique=True)))


def _sort_by(search: Search, args: Args) -> bool:
    """`sort/4`"""
    key, order = integer(args[0]), deref(args[1])
    if not isinstance(order, Atom) or order.name not in ("@<", "@=<", "@>", "@>=") or key < 0:
        raise NotCheckableError("sort/4 by no order")
    items = proper_list(search, args[2])
    unlocked(search, *items)
    keyed = [Struct("-", (_part(item, key), item)) for item in items]
    return search.unify(args[3], make_list(_sorted_by_key(search, keyed, order.name)))


def _sorted_by_key(search: Search, keyed: list[Struct], order: str) -> list[Term]:
    budget, sign = search.budget, -1 if order in ("@>", "@>=") else 1

    def by_key(left: Struct, right: Struct) -> int:
        return sign * compare(left.args[0], right.args[0], budget)

    keyed = sorted(keyed, key=cmp_to_key(by_key))
    if order in ("@=<", "@>="):
        return [pair.args[1] for pair in keyed]
    kept: list[Struct] = []
    for pair in keyed:
        if not kept or compare(kept[-1].args[0], pair.args[0], budget) != 0:
            kept.append(pair)
    return [pair.args[1] for pair in kept]


def _part(item: Term, key: int) -> Term:
    if key == 0:
        return item
    item = deref(item)
    if not isinstance(item, Struct) or len(item.args) < key:
        raise NotCheckableError("sort/4 by an argument that is not there")
    return item.args[key - 1]


def _keysort(search: Search, args: Args) -> bool:
    pairs = []
    for item in proper_list(search, args[0]):
        pair = deref(item)
        if not isinstance(pair, Struct) or pair.name != "-" or len(pair.args) != 2:
            raise NotCheckableError("keysort of what is no pair")
        pairs.append(Struct("-", (pair.args[0], pair)))
    unlocked(search, *pairs)
    return search.unify(args[1], make_list(_sorted_by_key(search, pairs, "@=<")))


def _list_to_set(search: Search, args: Args) -> bool:
    items = proper_list(search, args[0])
    unlocked(search, *items)
    kept: list[Term] = []
    for item in items:
        if not any(same(item, other, search.budget) for other in kept):
            kept.append(item)
    return search.unify(args[1], make_list(kept))


def _fold(name: str, start: int | None) -> Test:
    def test(search: Search, args: Args) -> bool:
        items = proper_list(search, args[0])
        if not items and start is None:
            return False
        if start is None and len(items) == 1 and not is_number(deref(items[0])):
            raise NotCheckableError("the best of what are no numbers")
        value: Term = deref(items[0]) if start is None else start
        for item in items[1:] if start is None else items:
            value = evaluate(Struct(name, (value, item)), search.budget)
        return search.unify(args[1], value)

    return test


def _best_member(sign: int) -> Test:
    def test(search: Search, args: Args) -> bool:
        items = proper_list(search, args[1])
        unlocked(search, *items)
        if not items:
            return False
        best = items[0]
        for item in items[1:]:
            if compare(item, best, search.budget) * sign > 0:
                best = item
        return search.unify(args[0], best)

    return test


def _numlist(search: Search, args: Args) -> bool:
    low, high = integer(args[0]), integer(args[1])
    if low > high:
        return False
    make_room(search, high - low)
    return search.unify(args[2], make_list(range(low, high + 1)))


def _flatten(search: Search, args: Args) -> bool:
    unlocked(search, args[0])
    flat: list[Term] = []
    todo = [args[0]]
    while todo:
        search.budget.spend()
        term = deref(todo.pop())
        items = list_of(term, search.budget)
        if items is not None:
            todo.extend(reversed(items))
        elif isinstance(term, Struct) and term.name == LIST:
            raise NotCheckableError("flatten/2 of a partial list")
        else:
            flat.append(term)
    return search.unify(args[1], make_list(flat))


LIST_TESTS: dict[tuple[str, int], Test] = {
    ("msort", 2): _msort,
    ("sort", 2): _sort,
    ("list_to_ord_set", 2): _sort,
    ("sort", 4): _sort_by,
    ("keysort", 2): _keysort,
    ("list_to_set", 2): _list_to_set,
    ("sum_list", 2): _fold("+", 0),
    ("sumlist", 2): _fold("+", 0),
    ("max_list", 2): _fold("max", None),
    ("min_list", 2): _fold("min", None),
    ("max_member", 2): _best_member(1),
    ("min_member", 2): _best_member(-1),
    ("numlist", 3): _numlist,
    ("flatten", 2): _flatten,
}

LIST_WAYS: dict[tuple[str, int], Ways] = {
    ("length", 2): _length,
}
