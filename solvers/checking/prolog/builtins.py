"""Built-in predicates of the search that hold in at most one way, or in ways that an iterator gives.

A function here is given the machine and the arguments. What the engine answers with an error is `NotCheckableError`;
where it is not sure whether the engine raises one, too.
"""

from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cmp_to_key

from solvers.checking.budget import NotCheckableError
from solvers.checking.prolog.arithmetic import compare_numbers, evaluate
from solvers.checking.prolog.collect import list_or_partial, ordered
from solvers.checking.prolog.machine import Frame, Handler, Scope, Search
from solvers.checking.prolog.rationals import Real
from solvers.checking.prolog.terms import (
    LIST,
    NIL,
    Atom,
    Struct,
    Term,
    Text,
    Var,
    compare,
    copy,
    deref,
    list_of,
    make_list,
    same,
    unify,
    variables,
)

Args = tuple[Term, ...]
Test = Callable[[Search, Args], bool]
Ways = Callable[[Search, Args], Iterator[None]]


def handler_of_test(test: Test) -> Handler:
    def handler(search: Search, args: Args, barrier: int, scope: Scope, rest: Frame) -> Frame | None:
        if test(search, args) and (not search.trail.bound or search.woken()):
            return rest
        return None

    return handler


def handler_of_ways(ways: Ways) -> Handler:
    def handler(search: Search, args: Args, barrier: int, scope: Scope, rest: Frame) -> Frame | None:
        return search.iterate(ways(search, args), rest)

    return handler


# What arguments must be


def integer(term: Term) -> int:
    term = deref(term)
    if type(term) is not int:
        raise NotCheckableError("an integer is expected")
    return term


def proper_list(search: Search, term: Term) -> list[Term]:
    items = list_of(term, search.budget)
    if items is None:
        raise NotCheckableError("a list is expected")
    return items


def unlocked(search: Search, *terms: Term) -> None:
    """Make sure that the engine has the same variables bound: a test that is true of a variable and false of its value
    depends on how early a constraint solver finds the value. Between constraints over integers and the next
    labelling, every integer may be such a value.
    """
    if not search.posted:
        return
    for term in terms:
        found, numbers = _parts(search, term)
        if search.constrained(found) or (search.propagated and numbers):
            raise NotCheckableError("whether a variable has a value yet is asked while constraints are undecided")


def _parts(search: Search, term: Term) -> tuple[list[Var], bool]:
    """The variables of a term, and whether there is an integer in it."""
    found, numbers, todo = [], False, [term]
    while todo:
        search.budget.spend()
        part = deref(todo.pop())
        if isinstance(part, Struct):
            todo.extend(part.args)
        elif isinstance(part, Var):
            found.append(part)
        elif type(part) is int:
            numbers = True
    return found, numbers


# Unification and comparison


def _unify(search: Search, args: Args) -> bool:
    return unify(args[0], args[1], search.trail, search.budget)


def _differ(search: Search, args: Args) -> bool:
    """`\\=`/2"""
    unlocked(search, *args)
    mark = search.trail.mark()
    unified = search.unify(*args) and (not search.trail.bound or search.woken())
    search.trail.undo(mark)
    return not unified


def _occurs_check(search: Search, args: Args) -> bool:
    if not search.unify(*args):
        return False
    copy(args[0], {}, search.budget)  # raises for a term that contains itself
    return True


def _same(search: Search, args: Args) -> bool:
    unlocked(search, *args)
    return same(args[0], args[1], search.budget)


def _not_same(search: Search, args: Args) -> bool:
    return not _same(search, args)


def _ordered(accept: Callable[[int], bool]) -> Test:
    def test(search: Search, args: Args) -> bool:
        unlocked(search, *args)
        return accept(compare(args[0], args[1], search.budget))

    return test


def _compare(search: Search, args: Args) -> bool:
    unlocked(search, args[1], args[2])
    order = deref(args[0])
    if not isinstance(order, Var) and order not in (Atom("<"), Atom("="), Atom(">")):
        raise NotCheckableError("no order")
    return search.unify(order, Atom("<=>"[compare(args[1], args[2], search.budget) + 1]))


# Arithmetic


def _is(search: Search, args: Args) -> bool:
    return search.unify(args[0], evaluate(args[1], search.budget))


def _arithmetic(accept: Callable[[int], bool]) -> Test:
    def test(search: Search, args: Args) -> bool:
        return accept(compare_numbers(evaluate(args[0], search.budget), evaluate(args[1], search.budget)))

    return test


def _succ(search: Search, args: Args) -> bool:
    before, after = deref(args[0]), deref(args[1])
    if isinstance(before, Var):
        if integer(after) < 0:
            raise NotCheckableError("succ of a negative number")
        return integer(after) > 0 and search.unify(before, integer(after) - 1)
    if integer(before) < 0 or not (isinstance(after, Var) or integer(after) >= 0):
        raise NotCheckableError("succ of a negative number")
    return search.unify(after, integer(before) + 1)


def _plus(search: Search, args: Args) -> bool:
    left, right, total = map(deref, args)
    if isinstance(total, Var):
        return search.unify(total, integer(left) + integer(right))
    if isinstance(right, Var):
        return search.unify(right, integer(total) - integer(left))
    return search.unify(left, integer(total) - integer(right))


def _between(search: Search, args: Args) -> Iterator[None]:
    low, high, value = integer(args[0]), deref(args[1]), deref(args[2])
    endless = high in (Atom("inf"), Atom("infinite"))
    last = low if endless else integer(high)
    if not isinstance(value, Var):
        if low <= integer(value) and (endless or integer(value) <= last):
            yield
        return
    while endless or low <= last:
        search.budget.spend()
        search.trail.bind(value, low)
        yield
        low += 1


# Kinds of terms


def _kind(accept: Callable[[Term], bool]) -> Test:
    def test(search: Search, args: Args) -> bool:
        unlocked(search, args[0])
        return accept(deref(args[0]))

    return test


def _is_number(term: Term) -> bool:
    return isinstance(term, int | Fraction | float)


def _is_list(search: Search, args: Args) -> bool:
    unlocked(search, args[0])
    return list_of(args[0], search.budget) is not None


def _ground(search: Search, args: Args) -> bool:
    unlocked(search, args[0])
    return not variables(args[0], search.budget)


# Terms taken apart


def _functor(search: Search, args: Args) -> bool:
    term = deref(args[0])
    if isinstance(term, Struct):
        return search.unify(args[1], Atom(term.name)) and search.unify(args[2], len(term.args))
    if not isinstance(term, Var):
        return search.unify(args[1], term) and search.unify(args[2], 0)
    name, arity = deref(args[1]), integer(args[2])
    if arity == 0 and not isinstance(name, Var | Struct):
        return search.unify(term, name)
    if arity < 1 or not isinstance(name, Atom) or name == NIL:
        raise NotCheckableError("functor/3 of what makes no term")
    search.budget.spend(arity)
    return search.unify(term, Struct(name.name, tuple(Var() for _ in range(arity))))


def _arg(search: Search, args: Args) -> Iterator[None]:
    place, term = deref(args[0]), deref(args[1])
    if not isinstance(term, Struct):
        raise NotCheckableError("arg/3 of what is not compound")
    if not isinstance(place, Var):
        if integer(place) < 0:
            raise NotCheckableError("arg/3 with a negative place")
        if 1 <= integer(place) <= len(term.args) and search.unify(args[2], term.args[integer(place) - 1]):
            yield
        return
    mark = search.trail.mark()
    for index, argument in enumerate(term.args, 1):
        search.budget.spend()
        if search.unify(place, index) and search.unify(args[2], argument):
            yield
        else:
            search.trail.undo(mark)


def _univ(search: Search, args: Args) -> bool:
    term = deref(args[0])
    list_or_partial(search, args[1])
    if not isinstance(term, Var):
        parts = [Atom(term.name), *term.args] if isinstance(term, Struct) else [term]
        if search.unify(args[1], make_list(parts)):
            return True
        if list_of(args[1], search.budget) is None:
            raise NotCheckableError("=../2 with what is perhaps no list")
        return False
    items = proper_list(search, args[1])
    name = deref(items[0]) if items else Var()
    if isinstance(name, Struct | Var) or (len(items) > 1 and (not isinstance(name, Atom) or name == NIL)):
        raise NotCheckableError("=../2 of what makes no term")
    if len(items) == 1:
        return search.unify(term, name)
    return isinstance(name, Atom) and search.unify(term, Struct(name.name, tuple(items[1:])))


def _copy_term(search: Search, args: Args) -> bool:
    renaming: dict[Var, Term] = {}
    copied = copy(args[0], renaming, search.budget)
    if search.constrained(renaming):
        raise NotCheckableError("a term with variables is copied while constraints are undecided")
    return search.unify(args[1], copied)


def _term_variables(search: Search, args: Args) -> bool:
    unlocked(search, args[0])
    return search.unify(args[1], make_list(variables(args[0], search.budget)))


# Lists


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
            search.budget.spend(integer(wanted) - count)
            search.trail.bind(tail, make_list(Var() for _ in range(integer(wanted) - count)))
            yield
        return
    more = 0
    while True:
        search.budget.spend(more + 1)
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
        if start is None and len(items) == 1 and not _is_number(deref(items[0])):
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
    search.budget.spend(min(high - low, 1 << 40))
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


# Output, which nobody reads


def _written(search: Search, args: Args) -> bool:
    return True


def _tab(search: Search, args: Args) -> bool:
    integer(evaluate(args[0], search.budget))
    return True


def _format(search: Search, args: Args) -> bool:
    """Only what cannot raise an error."""
    text = deref(args[0])
    if not isinstance(text, Atom | Text):
        raise NotCheckableError("format/2 without a text")
    given = list_of(args[1], search.budget) if len(args) == 2 else []
    values = [args[1]] if given is None else given
    parts = (text.name if isinstance(text, Atom) else text.value).split("~")[1:]
    for part in parts:
        search.budget.spend()
        if part[:1] in ("w", "p", "q", "d", "a"):
            value = deref(values.pop(0)) if values else Var()
            if (part[0] == "d" and type(value) is not int) or (part[0] == "a" and not isinstance(value, Atom | Text)):
                raise NotCheckableError("format/2 with an argument that does not fit")
            if isinstance(value, Var):
                raise NotCheckableError("format/2 with too few arguments, or a variable")
        elif part[:1] != "n":
            raise NotCheckableError("a directive of format/2 that is unknown to the checker")
    if values:
        raise NotCheckableError("format/2 with too many arguments")
    return True


TESTS: dict[tuple[str, int], Test] = {
    ("=", 2): _unify,
    ("\\=", 2): _differ,
    ("unify_with_occurs_check", 2): _occurs_check,
    ("==", 2): _same,
    ("\\==", 2): _not_same,
    ("@<", 2): _ordered(lambda order: order < 0),
    ("@>", 2): _ordered(lambda order: order > 0),
    ("@=<", 2): _ordered(lambda order: order <= 0),
    ("@>=", 2): _ordered(lambda order: order >= 0),
    ("compare", 3): _compare,
    ("is", 2): _is,
    ("=:=", 2): _arithmetic(lambda order: order == 0),
    ("=\\=", 2): _arithmetic(lambda order: order != 0),
    ("<", 2): _arithmetic(lambda order: order < 0),
    (">", 2): _arithmetic(lambda order: order > 0),
    ("=<", 2): _arithmetic(lambda order: order <= 0),
    (">=", 2): _arithmetic(lambda order: order >= 0),
    ("succ", 2): _succ,
    ("plus", 3): _plus,
    ("var", 1): _kind(lambda term: isinstance(term, Var)),
    ("nonvar", 1): _kind(lambda term: not isinstance(term, Var)),
    ("atom", 1): _kind(lambda term: isinstance(term, Atom) and term != NIL),
    ("number", 1): _kind(_is_number),
    ("integer", 1): _kind(lambda term: type(term) is int),
    ("float", 1): _kind(lambda term: type(term) is float or type(term) is Real),
    ("rational", 1): _kind(lambda term: type(term) is int or type(term) is Fraction),
    ("atomic", 1): _kind(lambda term: not isinstance(term, Var | Struct)),
    ("compound", 1): _kind(lambda term: isinstance(term, Struct)),
    ("callable", 1): _kind(lambda term: isinstance(term, Struct) or (isinstance(term, Atom) and term != NIL)),
    ("string", 1): _kind(lambda term: isinstance(term, Text)),
    ("is_list", 1): _is_list,
    ("ground", 1): _ground,
    ("functor", 3): _functor,
    ("=..", 2): _univ,
    ("copy_term", 2): _copy_term,
    ("term_variables", 2): _term_variables,
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
    ("nl", 0): _written,
    ("write", 1): _written,
    ("writeln", 1): _written,
    ("print", 1): _written,
    ("writeq", 1): _written,
    ("write_canonical", 1): _written,
    ("flush_output", 0): _written,
    ("tab", 1): _tab,
    ("format", 1): _format,
    ("format", 2): _format,
}

WAYS: dict[tuple[str, int], Ways] = {
    ("between", 3): _between,
    ("arg", 3): _arg,
    ("length", 2): _length,
}
