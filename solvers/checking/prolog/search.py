"""Checked finite search: all answers of a goal, by a Prolog interpreter of the checker's own, within a budget.

What it is for is "there is no other answer", so whatever the engine would answer with an error, delay, or do in a way
that is not known here ends the search with `NotCheckableError`; it never counts as a failure. Where a constraint is
undecided there may be more answers here than the engine gives, never fewer. Answers come in the engine's order.

The parts: `machine` (the stacks), `control` (conditions, negation, calls), `collect` (all-solutions predicates),
`builtins`, `lists` and `text`, `library` (list predicates, in Prolog), `arithmetic`, and `constraints`, a store of its
own.
"""

from collections.abc import Iterator
from functools import cache

from solvers.checking.budget import Budget, NotCheckableError
from solvers.checking.prolog.builtins import TESTS, WAYS, handler_of_test, handler_of_ways, proper_list
from solvers.checking.prolog.collect import COLLECT
from solvers.checking.prolog.constraints import BEST, LABELS, Constraints, branches, is_constraint, is_loaded
from solvers.checking.prolog.control import CONTROL, unknown
from solvers.checking.prolog.library import EXPORTED, library
from solvers.checking.prolog.lists import LIST_TESTS, LIST_WAYS
from solvers.checking.prolog.machine import Frame, Handler, IteratorChoice, LabelChoice, Scope, Search
from solvers.checking.prolog.program import Database
from solvers.checking.prolog.terms import Struct, Term, Trail, Var, deref, variables
from solvers.checking.prolog.text import TEXT_TESTS, TEXT_WAYS

Args = tuple[Term, ...]


def solutions(
    database: Database, goal: Term, trail: Trail, constraints: Constraints, budget: Budget, scope: Scope | None = None
) -> Iterator[None]:
    """Every answer of the goal, one at a time with its bindings in place; what is bound is unbound again before the
    next, and at the end.

    Args:
        scope: of `scope_of(database)`, for who puts many goals to one program.

    Raises:
        NotCheckableError: at any time. Nothing is concluded from the answers so far being all there are.
    """
    mark = trail.mark()
    yield from Search(scope or scope_of(database), trail, constraints, budget).answers(goal)
    trail.undo(mark)


def scope_of(database: Database) -> Scope:
    """Where the predicates of a program's goals are looked up."""
    return Scope(database, _predefined, _of_module)


def _predefined(name: str, arity: int, database: Database) -> Handler:
    handler = _BUILTIN.get((name, arity))
    if handler is not None:
        return handler
    if (name, arity) in EXPORTED:
        return _library_scope().handler(name, arity, Budget())
    if is_constraint(name, arity):
        return _constraint(name, arity, database)
    return unknown(name, arity)


@cache
def _library_scope() -> Scope:
    return Scope(library(), _predefined_in_library, _of_module)


def _predefined_in_library(name: str, arity: int, database: Database) -> Handler:
    return _INTERNAL.get((name, arity)) or _BUILTIN[name, arity]


def _constraint(name: str, arity: int, database: Database) -> Handler:
    """A constraint of the libraries that the program loads."""
    key = (name, arity)
    rational = key == ("{}", 1) or key == ("entailed", 1) or key in BEST
    if not is_loaded(name, arity, database.libraries):
        return unknown(name, arity)

    def post(search: Search, args: Args, barrier: int, scope: Scope, rest: Frame) -> Frame | None:
        search.posted += 1
        goal = Struct(name, args)
        # A value may be one that the engine has not found yet.
        uncertain = search.propagated or bool(variables(goal, search.budget))
        search.propagated = search.propagated or not rational
        ways = branches(goal, search.budget)
        if len(ways) == 1:
            if search.constraints.post(ways[0]):
                return rest
            if not rational and name != "dif" and uncertain:
                search.doubt()
            return None
        return search.iterate(_one_of(search, ways), rest)

    def solve(search: Search, args: Args, barrier: int, scope: Scope, rest: Frame) -> Frame | None:
        search.posted += 1
        if not rational:
            search.labelled()
            search.leaves_unlabelled(args[-1])
        kind = IteratorChoice
        if key == ("labeling", 2):
            options = search.constraints.options(args[0])
            kind = LabelChoice if options.wanted or not options.ordered else IteratorChoice
        return search.iterate(search.constraints.solve(Struct(name, args)), rest, kind)

    return solve if key in LABELS or key in BEST else post


def _one_of(search: Search, ways: list[Term]) -> Iterator[None]:
    """`;` in a `{}`/1: each way in its turn."""
    mark = search.trail.mark()
    for way in ways:
        if search.constraints.post(way):
            yield
        search.trail.undo(mark)


def _of_module(module: str, name: str, arity: int) -> Handler:
    if module == "lists" and (name, arity) in EXPORTED and not name.startswith(_META):
        return _library_scope().handler(name, arity, Budget())
    raise NotCheckableError(f"{module}:{name}/{arity} is unknown to the checker")


_META = ("maplist", "foldl", "include", "exclude", "partition", "predsort", "convlist")
"""Would look for the goals they are given in their own module."""


def _proper_list(search: Search, args: Args) -> bool:
    proper_list(search, args[0])
    return True


def _unbound(search: Search, args: Args) -> bool:
    if not isinstance(deref(args[0]), Var):
        raise NotCheckableError("an index that is no integer")
    return True


_BUILTIN: dict[tuple[str, int], Handler] = {
    **CONTROL,
    **COLLECT,
    **{indicator: handler_of_test(test) for indicator, test in (TESTS | LIST_TESTS | TEXT_TESTS).items()},
    **{indicator: handler_of_ways(ways) for indicator, ways in (WAYS | LIST_WAYS | TEXT_WAYS).items()},
}
_INTERNAL: dict[tuple[str, int], Handler] = {
    ("proper_list_", 1): handler_of_test(_proper_list),
    ("unbound_", 1): handler_of_test(_unbound),
}
