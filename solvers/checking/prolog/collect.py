"""All answers of a goal at once: `findall/3`, `aggregate_all/3`, `bagof/3`, `setof/3`.

Each answer is copied while its bindings stand; when there is no other, what was collected is put together.
"""

from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cmp_to_key

from solvers.checking.budget import Budget, NotCheckableError
from solvers.checking.prolog.arithmetic import Number, compare_numbers, evaluate
from solvers.checking.prolog.machine import Frame, Handler, Mark, Scope, Search
from solvers.checking.prolog.terms import (
    Atom,
    Struct,
    Term,
    Var,
    compare,
    copy,
    deref,
    indicator,
    make_list,
    same,
    variables,
)

Args = tuple[Term, ...]
Finish = Callable[[list[Term]], Iterator[None]]


class _Collect(Mark):
    __slots__ = ("found", "height", "posted", "template")

    def __init__(self, template: Term, height: int, posted: int) -> None:
        self.template = template
        self.height = height
        self.found: list[Term] = []
        self.posted = posted

    def run(self, search: Search, rest: Frame) -> Frame | None:
        search.certain(self.posted)
        search.in_order(self.height)
        renaming: dict[Var, Term] = {}
        self.found.append(copy(self.template, renaming, search.budget))
        if search.constrained(renaming):
            raise NotCheckableError("an answer with variables is collected while constraints are undecided")
        return None


class _Finish(Mark):
    __slots__ = ("_collect", "_finish")

    def __init__(self, collect: _Collect, finish: Finish) -> None:
        self._collect = collect
        self._finish = finish

    def run(self, search: Search, rest: Frame) -> Frame | None:
        return search.iterate(self._finish(self._collect.found), rest)


def _collected(search: Search, template: Term, goal: Term, scope: Scope, rest: Frame, finish: Finish) -> Frame:
    collect = _Collect(template, len(search.choices), search.posted)
    search.on_failure((_Finish(collect, finish), 0, scope, rest))
    return search.call(goal, (collect, 0, scope, rest))


def _findall(search: Search, args: Args, barrier: int, scope: Scope, rest: Frame) -> Frame | None:
    def finish(found: list[Term]) -> Iterator[None]:
        if search.unify(args[2], make_list(found, args[3] if len(args) == 4 else Atom("[]"))):
            yield

    return _collected(search, args[0], args[1], scope, rest, finish)


def list_or_partial(search: Search, term: Term) -> None:
    """The engine raises an error where a list is expected and the term can become none."""
    term = deref(term)
    while isinstance(term, Struct) and term.name == "[|]":
        search.budget.spend()
        term = deref(term.args[1])
    if not isinstance(term, Var) and term != Atom("[]"):
        raise NotCheckableError("what shall be a list of answers is no list")


# aggregate_all/3


def _aggregate_all(search: Search, args: Args, barrier: int, scope: Scope, rest: Frame) -> Frame | None:
    name, arity = indicator(args[0])
    combine = _AGGREGATES.get((name, arity))
    if combine is None:
        raise NotCheckableError(f"aggregate_all with {name}/{arity} is unknown to the checker")
    what = deref(args[0])
    template = Atom("x") if not isinstance(what, Struct) else what.args[0] if arity == 1 else Struct("-", what.args)
    if name in ("max", "min") and not isinstance(deref(what.args[0]), Var):  # type: ignore[union-attr]
        raise NotCheckableError(f"aggregate_all with {name} of what is no variable")

    def finish(found: list[Term]) -> Iterator[None]:
        if not found and (name, arity) in _LEAVE_RESULT and not isinstance(deref(args[2]), Var):
            raise NotCheckableError("the best of nothing, where it is given: the engine does not fail")
        result = combine(found, search.budget)
        if result is not None and search.unify(args[2], result):
            yield

    return _collected(search, template, args[1], scope, rest, finish)


def _count(found: list[Term], budget: Budget) -> Term | None:
    return len(found)


def _sum(found: list[Term], budget: Budget) -> Term | None:
    total: Term = 0
    for value in found:
        total = evaluate(Struct("+", (total, value)), budget)
    return total


def _best_value(name: str) -> Callable[[list[Term], Budget], Term | None]:
    def best(found: list[Term], budget: Budget) -> Term | None:
        if not found:
            return None
        value: Term = evaluate(found[0], budget)
        for other in found[1:]:
            value = evaluate(Struct(name, (value, other)), budget)
        return value

    return best


def _best_pair(name: str, direction: int) -> Callable[[list[Term], Budget], Term | None]:
    def best(found: list[Term], budget: Budget) -> Term | None:
        kept: Args | None = None
        for pair in found:
            assert isinstance(pair, Struct)
            if kept is None or compare_numbers(_number(pair.args[0]), _number(kept[0])) * direction > 0:
                _number(pair.args[0])
                kept = pair.args
        return None if kept is None else Struct(name, kept)

    return best


def _number(term: Term) -> Number:
    term = deref(term)
    if type(term) is not int and type(term) is not Fraction and type(term) is not float:
        raise NotCheckableError("the best of what are no numbers")
    return term


def _bag(found: list[Term], budget: Budget) -> Term | None:
    return make_list(found)


def _set(found: list[Term], budget: Budget) -> Term | None:
    return make_list(ordered(found, budget, unique=True))


_AGGREGATES: dict[tuple[str, int], Callable[[list[Term], Budget], Term | None]] = {
    ("count", 0): _count,
    ("sum", 1): _sum,
    ("max", 1): _best_value("max"),
    ("min", 1): _best_value("min"),
    ("max", 2): _best_pair("max", 1),
    ("min", 2): _best_pair("min", -1),
    ("bag", 1): _bag,
    ("set", 1): _set,
}


_LEAVE_RESULT = {("max", 1), ("min", 1)}


def ordered(terms: list[Term], budget: Budget, unique: bool = False) -> list[Term]:
    """In the standard order; of terms that are `==` all, or the first."""

    def order(left: Term, right: Term) -> int:
        return compare(left, right, budget)

    result = sorted(terms, key=cmp_to_key(order))
    if not unique:
        return result
    kept: list[Term] = []
    for term in result:
        if not kept or compare(kept[-1], term, budget) != 0:
            kept.append(term)
    return kept


# bagof/3 and setof/3


def _bagof(search: Search, args: Args, barrier: int, scope: Scope, rest: Frame) -> Frame | None:
    return _grouped(search, args, scope, rest, unique=False)


def _setof(search: Search, args: Args, barrier: int, scope: Scope, rest: Frame) -> Frame | None:
    return _grouped(search, args, scope, rest, unique=True)


def _grouped(search: Search, args: Args, scope: Scope, rest: Frame, unique: bool) -> Frame | None:
    goal, bound = deref(args[1]), variables(args[0], search.budget)
    while isinstance(goal, Struct) and goal.name == "^" and len(goal.args) == 2:
        bound += variables(goal.args[0], search.budget)
        goal = deref(goal.args[1])
    free = [variable for variable in variables(goal, search.budget) if variable not in set(bound)]
    if free and _has_inner_variables(goal, search.budget):
        raise NotCheckableError("bagof with free variables, around goals with variables of their own")
    witness = make_list(free)

    def finish(found: list[Term]) -> Iterator[None]:
        for items in _groups(found, search.budget, bool(free)):
            if search.unify(witness, items[0].args[0]) and search.unify(
                args[2],
                make_list(
                    ordered([item.args[1] for item in items], search.budget, unique=True)
                    if unique
                    else [item.args[1] for item in items]
                ),
            ):
                yield
            else:
                # What the next group is unified with must be as before; the machine does this between answers alone.
                search.trail.undo(start)

    start = search.trail.mark()
    list_or_partial(search, args[2])
    return _collected(search, Struct("-", (witness, args[0])), goal, scope, rest, finish)


_INNER = {"\\+", "findall", "forall", "aggregate_all", "bagof", "setof", ">>", "^", "not", "foreach"}


def _has_inner_variables(goal: Term, budget: Budget) -> bool:
    todo = [goal]
    while todo:
        budget.spend()
        part = deref(todo.pop())
        if isinstance(part, Struct):
            if part.name in _INNER:
                return True
            todo.extend(part.args)
    return False


def _groups(found: list[Term], budget: Budget, by_witness: bool) -> list[list[Struct]]:
    pairs = [pair for pair in found if isinstance(pair, Struct)]
    if not by_witness:
        return [pairs] if pairs else []
    for pair in pairs:
        if variables(pair.args[0], budget):
            raise NotCheckableError("bagof with answers in which a free variable stays free")
    pairs.sort(key=cmp_to_key(lambda left, right: compare(left.args[0], right.args[0], budget)))
    groups: list[list[Struct]] = []
    for pair in pairs:
        if groups and same(groups[-1][0].args[0], pair.args[0], budget):
            groups[-1].append(pair)
        else:
            groups.append([pair])
    return groups


COLLECT: dict[tuple[str, int], Handler] = {
    ("findall", 3): _findall,
    ("findall", 4): _findall,
    ("aggregate_all", 3): _aggregate_all,
    ("bagof", 3): _bagof,
    ("setof", 3): _setof,
}
