"""The least model of a program without cuts whose rules speak of individuals: all that follows, and nothing else.

Where every search of the engine ends, as with tabling, its answers are those of the model: the facts, and what the
rules make of them until nothing new comes up. `\\+` is evaluated when all that it asks about is complete, so a program
where a predicate depends on its own negation has no such model.

Source: semi-naive evaluation of stratified Datalog. A rule that depends on itself is looked at again for new facts
only.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from solvers.checking.budget import Budget, NotCheckableError
from solvers.checking.prolog.arithmetic import compare_numbers, evaluate
from solvers.checking.prolog.program import Database
from solvers.checking.prolog.rules import Body, Kind, Literal, Node, Rule, Rules
from solvers.checking.prolog.terms import (
    Atom,
    Struct,
    Term,
    Trail,
    Var,
    copy,
    deref,
    indicator,
    list_of,
    same,
    unify,
    variables,
)

MAX_DEPTH = 40
"""Of a term in a fact."""

ORDERS = {"=:=": (0,), "=\\=": (-1, 1), "<": (-1,), ">": (1,), "=<": (-1, 0), ">=": (0, 1)}
"""What `compare_numbers` may find where a comparison holds."""

_Key = object
"""Of a term without variables: equal for terms that are the same, and hashable."""


def is_datalog(database: Database) -> str | None:
    """Why the program has no least model for the checker; None: it has one, unless that is too large or what a rule
    says turns out not to be about individuals.
    """
    try:
        Rules(database, Budget(steps=500_000))
    except NotCheckableError as error:
        return str(error)
    return None


class LeastModel:
    """Raises `NotCheckableError` for a program without one, see `rules.py`, and where it is too large."""

    def __init__(self, database: Database, budget: Budget) -> None:
        self._budget = budget
        self._rules = Rules(database, budget)
        self._relations = {node: _Relation() for node in self._rules.nodes}
        for rules in self._rules.strata:
            self._complete(rules)

    def solutions(self, goal: Term, trail: Trail) -> Iterator[None]:
        """Yields at each answer, with its bindings in place; the same answer may come up more than once."""
        for body in self._rules.bodies(goal, in_query=True):
            yield from self._holds(body, 0, trail, None)

    def _complete(self, rules: Sequence[Rule]) -> None:
        """Add all that the rules of one stratum make of the facts."""
        for rule in rules:
            if not rule.recursive:
                self._apply(rule, None)
        recursive = [rule for rule in rules if rule.recursive]
        start = dict.fromkeys((rule.node for rule in rules), 0)
        while recursive:
            end = {node: len(self._relations[node].rows) for node in start}
            if start == end:
                return
            for rule in recursive:
                for place in rule.recursive:
                    self._apply(rule, _Window(start, end, place))
            start = end

    def _apply(self, rule: Rule, window: "_Window | None") -> None:
        relation = self._relations[rule.node]
        trail = Trail()
        try:
            for _ in self._holds(rule.body, 0, trail, window):
                self._budget.spend(5)
                row = tuple([copy(arg, {}, self._budget) for arg in _arguments(rule.head, rule.node) or ()])
                keys = tuple([_key(arg, self._budget) for arg in row])
                if None in keys:
                    raise NotCheckableError(f"line {rule.line}: a rule that says something of everything")
                relation.add(keys, row)
        finally:
            # The variables are those of the clause itself: what it is matched with next must find them unbound.
            trail.undo(0)

    def _holds(self, body: Body, place: int, trail: Trail, window: "_Window | None") -> Iterator[None]:
        """Yields for each way in which the literals from `place` on hold."""
        if place == len(body):
            yield
            return
        for _ in self._literal(body[place], place, trail, window):
            yield from self._holds(body, place + 1, trail, window)

    def _literal(self, literal: Literal, place: int, trail: Trail, window: "_Window | None") -> Iterator[None]:
        self._budget.spend(5)
        match literal.kind:
            case Kind.FACT:
                return self._facts(literal.goal, place, trail, window)
            case Kind.TEST:
                return self._test(literal.goal, trail)
            case Kind.NOT:
                return iter(()) if self._any(literal.inner, trail) else iter((None,))
            case Kind.CALL:
                return self.solutions(_called(literal.goal), trail)

    def _any(self, bodies: Sequence[Body], trail: Trail) -> bool:
        """Whether one of the alternatives holds; binds nothing."""
        mark = trail.mark()
        found = any(True for body in bodies for _ in self._holds(body, 0, trail, None))
        trail.undo(mark)
        return found

    def _facts(self, goal: Term, place: int, trail: Trail, window: "_Window | None") -> Iterator[None]:
        for node in self._rules.nodes_of(goal):
            relation = self._relations[node]
            args = _arguments(goal, node)
            low, high = (0, len(relation.rows)) if window is None else window.range(place, node, len(relation.rows))
            for number in relation.candidates(args or (), low, high, self._budget):
                self._budget.spend(3)
                mark = trail.mark()
                row = relation.rows[number]
                left = args if args is not None else (_denied(goal),)
                right = row if args is not None else (_denial(node, row),)
                if all(unify(asked, given, trail, self._budget) for asked, given in zip(left, right, strict=True)):
                    yield
                trail.undo(mark)

    def _test(self, goal: Term, trail: Trail) -> Iterator[None]:
        assert isinstance(goal, Struct), "every test has arguments"
        budget = self._budget
        mark = trail.mark()
        match goal.name, goal.args:
            case "=", (left, right):
                if unify(left, right, trail, budget):
                    yield
            case "==" | "\\==" | "\\=" | "dif", (left, right):
                if variables(goal, budget):
                    raise NotCheckableError(f"`{goal.name}` of what is not known")
                if same(left, right, budget) == (goal.name == "=="):
                    yield
            case "is", (result, expression):
                if unify(result, evaluate(expression, budget), trail, budget):
                    yield
            case "member", (item, items):
                elements = list_of(items, budget)
                if elements is None:
                    raise NotCheckableError("the members of a list that is not known")
                for element in elements:
                    if unify(item, element, trail, budget):
                        yield
                    trail.undo(mark)
            case "functor", (term, name, arity):
                found = indicator(term)
                if unify(name, Atom(found[0]), trail, budget) and unify(arity, found[1], trail, budget):
                    yield
            case operator, (left, right):
                if compare_numbers(evaluate(left, budget), evaluate(right, budget)) in ORDERS[operator]:
                    yield
        trail.undo(mark)


class _Window:
    """Which facts a rule looks at in one round: in `place` those that are new, before it those that are not, after it
    all. So each combination with a new fact comes up once.
    """

    __slots__ = ("_end", "_place", "_start")

    def __init__(self, start: dict[Node, int], end: dict[Node, int], place: int) -> None:
        self._start = start
        self._end = end
        self._place = place

    def range(self, place: int, node: Node, count: int) -> tuple[int, int]:
        if node not in self._start:  # of a lower stratum
            return 0, count
        if place < self._place:
            return 0, self._start[node]
        return (self._start[node] if place == self._place else 0), self._end[node]


class _Relation:
    """The facts of one node, each a tuple of arguments, in the order of their discovery."""

    __slots__ = ("_indexes", "_numbers", "rows")

    def __init__(self) -> None:
        self.rows: list[tuple[Term, ...]] = []
        self._numbers: dict[tuple[_Key, ...], int] = {}
        self._indexes: dict[int, dict[_Key, list[int]]] = {}
        """For each argument that was asked for, and each value of it, where its facts are."""

    def add(self, keys: tuple[_Key, ...], row: tuple[Term, ...]) -> None:
        if keys in self._numbers:
            return
        number = self._numbers[keys] = len(self.rows)
        self.rows.append(row)
        for place, index in self._indexes.items():
            index.setdefault(keys[place], []).append(number)

    def candidates(self, args: Sequence[Term], low: int, high: int, budget: Budget) -> Sequence[int]:
        """Where, from `low` to below `high`, facts are that may match: all where no argument is known."""
        keys = tuple([_key(arg, budget) for arg in args])
        if keys and None not in keys:
            number = self._numbers.get(keys, -1)
            return (number,) if low <= number < high else ()
        known = [place for place, key in enumerate(keys) if key is not None]
        if not known:
            return range(low, high)
        buckets = [self._index(place, budget).get(keys[place], []) for place in known]
        bucket = min(buckets, key=len)
        budget.spend(len(bucket) // 50)
        return bucket[bisect_left(bucket, low) : bisect_left(bucket, high)]

    def _index(self, place: int, budget: Budget) -> dict[_Key, list[int]]:
        if place not in self._indexes:
            budget.spend(len(self.rows))
            index: dict[_Key, list[int]] = {}
            for keys, number in self._numbers.items():
                index.setdefault(keys[place], []).append(number)
            self._indexes[place] = index
        return self._indexes[place]


def _key(term: Term, budget: Budget, depth: int = 0) -> _Key | None:
    """None for a term with variables."""
    budget.spend()
    term = deref(term)
    if isinstance(term, Var):
        return None
    if isinstance(term, float):
        return "float", repr(term)
    if not isinstance(term, Struct):
        return term
    if depth > MAX_DEPTH:
        raise NotCheckableError(f"a term nested more than {MAX_DEPTH} deep in a fact")
    keys = tuple([_key(arg, budget, depth + 1) for arg in term.args])
    return None if None in keys else (term.name, *keys)


def _arguments(goal: Term, node: Node) -> tuple[Term, ...] | None:
    """Those that a fact of the node has; of a denial the arguments of what is denied, None where that is not known."""
    if node[1] is not None:
        goal = _denied(goal)
        if isinstance(goal, Var):
            return None
    goal = deref(goal)
    return goal.args if isinstance(goal, Struct) else ()


def _denied(goal: Term) -> Term:
    goal = deref(goal)
    assert isinstance(goal, Struct), "neg/1 has an argument"
    return deref(goal.args[0])


def _denial(node: Node, row: tuple[Term, ...]) -> Term:
    assert node[1] is not None, "a node of neg/1"
    name, arity = node[1]
    return Struct(name, row) if arity else Atom(name)


def _called(goal: Term) -> Term:
    """The goal to be called. Of `catch/3` only one form is known, which takes a predicate that is missing for one
    that fails; as every predicate here is the program's own, that changes nothing.
    """
    goal = deref(goal)
    if isinstance(goal, Struct) and goal.name == "catch" and len(goal.args) == 3:
        called, error, recovery = goal.args
        goal = deref(called)
        missing = deref(error)
        if not (
            deref(recovery) == Atom("fail")
            and isinstance(missing, Struct)
            and (missing.name, len(missing.args)) == ("error", 2)
            and indicator(missing.args[0]) == ("existence_error", 2)
        ):
            raise NotCheckableError("catch/3")
    if isinstance(goal, Var):
        raise NotCheckableError("a call of what is not known")
    return goal
