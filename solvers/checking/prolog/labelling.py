"""`label/1` and `labeling/2`: every way to give variables values that their constraints allow, or the best ones."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from solvers.checking.budget import Budget, NotCheckableError
from solvers.checking.prolog import formulas, intervals
from solvers.checking.prolog.domains import Domains, Truth
from solvers.checking.prolog.formulas import Comparison, Sum, UndefinedError, evaluate, read_expression
from solvers.checking.prolog.terms import Atom, Struct, Term, Trail, Var, deref, list_of

_SELECTIONS = {"leftmost", "ff", "ffc", "min", "max"}
_DIRECTIONS = {"up", "down"}
_BRANCHINGS = {"step", "enum", "bisect"}


@dataclass(slots=True)
class Options:
    """Of `labeling/2`.

    Args:
        wanted: what is to be small: the expressions of `min`, and those of `max` with the other sign.
    """

    selection: str = "leftmost"
    down: bool = False
    wanted: list[Sum] = field(default_factory=list)

    @property
    def ordered(self) -> bool:
        """Whether solutions come in the engine's order: with another selection it depends on the domains there."""
        return self.selection == "leftmost"


def read_options(term: Term, budget: Budget) -> Options:
    items = list_of(term, budget)
    if items is None:
        raise NotCheckableError("the options of labeling/2 are no list")
    options = Options()
    given = set()
    for item in items:
        item = deref(item)
        if isinstance(item, Struct) and item.name in ("min", "max") and len(item.args) == 1:
            expression = read_expression(item.args[0], budget)
            sign = 1 if item.name == "min" else -1
            options.wanted.append(formulas.plus(Sum(0, ()), expression, sign, budget))
            continue
        name = item.name if isinstance(item, Atom) else ""
        group = next((group for group in (_SELECTIONS, _DIRECTIONS, _BRANCHINGS) if name in group), None)
        if group is None or id(group) in given:
            raise NotCheckableError("an option of labeling/2 that is unknown, or given twice")
        given.add(id(group))
        if group is _SELECTIONS:
            options.selection = name
        elif group is _DIRECTIONS:
            options.down = name == "down"
    return options


class Labelling:
    """One call: its variables, its options, and how to take notice of a value (`wake`)."""

    def __init__(
        self, variables: Sequence[Term], options: Options, store: Domains, trail: Trail, wake: Callable[[], bool]
    ) -> None:
        self.terms = [deref(variable) for variable in variables]
        self.options = options
        self.store = store
        self.trail = trail
        self.wake = wake
        self.budget = store.budget
        for term in self.terms:
            if isinstance(term, Var):
                if intervals.size(store.domain(term)) == math.inf:
                    raise NotCheckableError("a variable without bounds is labelled, which the engine refuses")
            elif type(term) is not int:
                raise NotCheckableError("what is labelled is neither a variable nor an integer")

    def every(self) -> Iterator[None]:
        """Each solution, with its values in place; those that are wanted come first."""
        wanted = self.options.wanted
        if not wanted:
            yield from self._solutions([])
            return
        found = []
        for _ in self._solutions([]):
            self.budget.spend(len(self.terms))
            values = [formulas.number(term) for term in self.terms if isinstance(term, Var)]
            found.append(([self._value(expression) for expression in wanted], values))
        found.sort(key=lambda solution: solution[0])
        unknown = [term for term in self.terms if isinstance(term, Var)]
        mark = self.trail.mark()
        for _, values in found:
            self.trail.undo(mark)
            if self._establish([], list(zip(unknown, values, strict=True))) is not None:
                yield
        self.trail.undo(mark)

    def best(self) -> Iterator[None]:
        """Each solution that no other is better than: as small as can be in the first expression that is wanted, then
        in the second, and so on.
        """
        known: list[Truth] = []
        for expression in self.options.wanted:
            least = self._least(expression, known)
            if least is None:
                return
            known.append(Truth(Comparison(formulas.plus(expression, Sum(least, ()), -1, self.budget), "=")))
        yield from self._solutions(known)

    def _least(self, expression: Sum, known: list[Truth]) -> int | None:
        """The least value of an expression in any solution: by branch and bound, so that nothing is left out."""
        least: int | None = None

        def hopeless() -> bool:
            return least is not None and self._at_least(expression) >= least

        for _ in self._solutions(known, hopeless):
            value = self._value(expression)
            least = value if least is None else min(least, value)
        return least

    def _value(self, expression: Sum) -> int:
        found: dict[Var, None] = {}
        formulas.unknowns(expression, found, self.budget)
        if found:
            raise NotCheckableError("labelling leaves what is to be best without a value")
        try:
            return evaluate(expression, self.budget)
        except UndefinedError:
            raise NotCheckableError("what is to be best has no value") from None

    def _at_least(self, expression: Sum) -> intervals.Bound:
        try:
            return self.store.bounds_of(expression)[0]
        except UndefinedError:
            return -math.inf

    def _solutions(self, known: list[Truth], hopeless: Callable[[], bool] | None = None) -> Iterator[None]:
        """Each solution under the constraints in `known`, where `hopeless` does not cut it off."""
        start = self.trail.mark()
        path: list[_Level] = []
        going = self._establish(known, []) is not None
        while True:
            var = self._select() if going else None
            if going and var is None:
                yield
                # Whoever took it may have gone back further than to here.
                self.trail.undo(start)
                marks = self._establish(known, [(level.var, level.value) for level in path])
                if marks is None:
                    raise NotCheckableError("labelling went wrong: a solution was not found again")
                for level, mark in zip(path, marks, strict=True):
                    level.mark = mark
            elif var is not None:
                domain = self.store.domain(var)
                values = intervals.values_down(domain) if self.options.down else intervals.values(domain)
                path.append(_Level(var, values, self.trail.mark()))
            going = False
            while path and not going:
                level = path[-1]
                self.trail.undo(level.mark)
                value = next(level.values, None)
                if value is None:
                    path.pop()
                    continue
                level.value = value
                going = self._give(level.var, value) and not (hopeless is not None and hopeless())
            if not path:
                self.trail.undo(start)
                return

    def _establish(self, known: list[Truth], values: list[tuple[Var, int]]) -> list[int] | None:
        """Post the constraints and give the values; where the trail was before each. None: it cannot be."""
        if not all(self.store.post(each) and self.wake() for each in known):
            return None
        marks = []
        for var, value in values:
            marks.append(self.trail.mark())
            bound = deref(var)
            if bound != value and not (isinstance(bound, Var) and self._give(bound, value)):
                return None
        return marks

    def _give(self, var: Var, value: int) -> bool:
        self.budget.spend(10)
        self.trail.bind(var, value)
        return self.wake()

    def _select(self) -> Var | None:
        """The variable to give a value next; None where all have one."""
        unknown = [term for term in map(deref, self.terms) if isinstance(term, Var)]
        self.budget.spend(len(self.terms))
        if not unknown:
            return None
        match self.options.selection:
            case "ff" | "ffc":
                return min(unknown, key=lambda var: intervals.size(self.store.domain(var)))
            case "min":
                return min(unknown, key=lambda var: self.store.bounds(var)[0])
            case "max":
                return max(unknown, key=lambda var: self.store.bounds(var)[1])
        return unknown[0]


@dataclass(slots=True)
class _Level:
    """A variable that was given a value: those left, and where the trail was before."""

    var: Var
    values: Iterator[int]
    mark: int
    value: int = 0
