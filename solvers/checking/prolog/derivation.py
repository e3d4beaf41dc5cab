"""Checks a derivation against the program, step by step, by matching.

A variable in the text of a derivation stands for a term that nobody knows: it is never bound here. A `CLAUSE` step is
right if its goal and those of its premises are an instance of the clause that begins at its line, so nothing is
searched for and the checker needs no unification. Leaves are put to the checker's own search (`find.py`) as they
stand, and must be true without another binding; one that this cannot decide is left open.

What a derivation shows, and what not. A step holds of the final values, and the engine took it when some of them were
not yet known. For clauses, constraints and arithmetic that makes no difference: what is derived follows from the
program. But a cut, the condition of an if-then-else, `once/1`, a negation, or a predicate such as `var/1` looks at what
is known then. A later clause may have been cut off, and `\\+ p(X)` may hold of the X that was found although it
failed before X was known. So a derivation with such a step says how an answer comes about, and that it is one takes a
search as the engine does it: `Derived.operational` tells `check.py` to ask for that.
"""

from collections.abc import Callable
from dataclasses import dataclass

from solvers.checking.budget import Budget, NotCheckableError, RefutedError
from solvers.checking.prolog.constraints import BEST, holds, is_constraint, is_loaded
from solvers.checking.prolog.control import engine_names
from solvers.checking.prolog.find import Finder
from solvers.checking.prolog.program import CONTROL, Clause, Database
from solvers.checking.prolog.reader import NEEDED_WHOLE, read_term
from solvers.checking.prolog.terms import (
    Atom,
    Struct,
    Term,
    Trail,
    Var,
    deref,
    indicator,
    is_callable,
    same,
    same_constant,
)
from solvers.types import Derivation, Rule, Step

LEAVES = (Rule.BUILTIN, Rule.CONSTRAINT, Rule.FAILURE, Rule.ALL)
LEAF_STEPS = 200_000
"""What the search for one leaf may take of the budget."""

_IF = ("->", "*->")
_NEGATIONS = frozenset({("\\+", 1), ("not", 1), ("tnot", 1)})
_ALL = frozenset(
    {
        ("findall", 3),
        ("findall", 4),
        ("findnsols", 4),
        ("bagof", 3),
        ("setof", 3),
        ("forall", 2),
        ("foreach", 2),
        ("aggregate_all", 3),
        ("aggregate_all", 4),
        ("aggregate", 3),
        ("aggregate", 4),
    }
)
_DELAYS = frozenset({("freeze", 2), ("frozen", 2), ("when", 2), ("copy_term", 3)})
"""Of the engine, and not of a library of constraints."""

_TIMELESS = frozenset(
    """
    =/2 is/2 =:=/2 =\\=/2 </2 >/2 =</2 >=/2 member/2 append/2 append/3 length/2 nth0/3 nth1/3 between/3 select/3
    permutation/2 reverse/2 sum_list/2 sumlist/2 max_list/2 min_list/2 numlist/3 last/2 succ/2 plus/3 transpose/2
    """.split()
)
"""Predicates that mean the same whenever they are called, if they can be called at all."""


@dataclass(frozen=True, slots=True)
class Query:
    """A query as it was read, as the engine compiles it, and its variables by name."""

    term: Term
    body: Term
    names: dict[str, Var]


@dataclass(frozen=True, slots=True)
class Derived:
    """A derivation that is right, with the number of its steps.

    Args:
        values: of the variables of the query, in terms of the derivation's own variables.
        left_open: why a leaf could not be decided by itself, for each such leaf: an optimum, say, without the
            constraints that it is one of.
        operational: a step depends on when it was taken, or is left open: a search is needed as well.
    """

    steps: int
    values: dict[str, Term]
    left_open: tuple[str, ...]
    operational: bool


def check_derivation(
    database: Database, query: Query, derivation: Derivation, finder: Finder, budget: Budget
) -> Derived:
    """Check every step of a derivation of an answer to `query`.

    Raises:
        RefutedError: a step is wrong, or stands there for nothing.
        NotCheckableError: a step is of a kind that is not known here, or takes too much.
    """
    return _Check(database, derivation, finder, budget).run(query)


class _Check:
    def __init__(self, database: Database, derivation: Derivation, finder: Finder, budget: Budget) -> None:
        self.database = database
        self.steps = derivation.steps
        self.finder = finder
        self.budget = budget
        self.operational = False
        self.left_open: list[str] = []
        own: dict[str, Var] = {}
        self.goals = [deref(read_term(step.goal, database, budget, own)) for step in derivation.steps]

    def run(self, query: Query) -> Derived:
        self._check_shape()
        values = self._query(query)
        for place, step in enumerate(self.steps[1:], 1):
            self.budget.spend(5)
            if not self._step(place, step):
                raise RefutedError(f"step {place} of the derivation, `{_short(step.goal)}`, does not hold by its rule")
        operational = self.operational or bool(self.left_open)
        return Derived(len(self.steps), values, tuple(self.left_open), operational)

    def _check_shape(self) -> None:
        """The steps make up one proof: each but the first is a premise of an earlier one."""
        if not self.steps:
            raise RefutedError("a derivation without a step")
        used = {0}
        for place, step in enumerate(self.steps):
            self.budget.spend(1 + len(step.premises))
            if (step.rule is Rule.QUERY) != (place == 0):
                raise RefutedError(f"step {place} of the derivation: the query is the first step and no other")
            if (step.rule is Rule.CLAUSE) != (step.line is not None):
                raise RefutedError(f"step {place} of the derivation: a clause, and nothing else, has a line")
            if place not in used:
                raise RefutedError(f"step {place} of the derivation stands there for nothing")
            if step.rule in LEAVES and step.premises:
                raise RefutedError(f"step {place} of the derivation: a goal of this kind has no premises")
            for premise in step.premises:
                if not place < premise < len(self.steps):
                    raise RefutedError(f"step {place} of the derivation rests on step {premise}")
                used.add(premise)

    def _query(self, query: Query) -> dict[str, Term]:
        """What step 0 gives the variables of the query."""
        trail = Trail()
        wanted = [query.term, *_goals(query.body, self.budget)]
        if not self._instance(wanted, [self.goals[0], *self._premises(0)], trail):
            raise RefutedError("the derivation begins with another query, or its premises are not the query's goals")
        values = {name: deref(variable) for name, variable in query.names.items()}
        trail.undo(0)
        self.operational = _cuts(query.term, self.budget)
        return values

    def _premises(self, place: int) -> list[Term]:
        return [self.goals[premise] for premise in self.steps[place].premises]

    def _step(self, place: int, step: Step) -> bool:
        goal = self.goals[place]
        if not is_callable(goal):
            return False
        name, arity = indicator(goal)
        match step.rule:
            case Rule.CLAUSE:
                return self._clause(place, (name, arity), step.line)
            case Rule.LEFT | Rule.RIGHT | Rule.THEN | Rule.ELSE | Rule.CALL:
                return self._control(goal, step.rule, self._premises(place))
            case Rule.FAILURE:
                self.operational = True
                if (name, arity) not in _NEGATIONS or self._own(name, arity):
                    return False
                return self._held_then(self._fails(_arguments(goal)[0]))
            case Rule.ALL:
                self.operational = True
                if (name, arity) not in _ALL or self._own(name, arity):
                    return False
                return self._held_then(self._holds(goal))
            case Rule.CONSTRAINT:
                if self._own(name, arity):
                    return False
                if not is_constraint(name, arity):
                    return self._unknown(name, arity)
                return self._constraint(goal, (name, arity))
            case Rule.BUILTIN:
                if self._own(name, arity) or _has_rule_of_its_own((name, arity)):
                    return False
                if (name, arity) in BEST:
                    return self._constraint(goal, (name, arity))
                if f"{name}/{arity}" in _TIMELESS:
                    return self._holds(goal)
                self.operational = True
                return self._held_then(self._holds(goal))
            case _:
                return False

    def _own(self, name: str, arity: int) -> bool:
        return self.database.defines(name, arity)

    def _clause(self, place: int, predicate: tuple[str, int], line: int | None) -> bool:
        clauses = self.database.clauses.get(predicate, [])
        self.operational = self.operational or any(clause.has_cut for clause in clauses)
        shown = [self.goals[place], *self._premises(place)]
        return any(clause.line == line and self._is_instance(clause, shown) for clause in clauses)

    def _is_instance(self, clause: Clause, shown: list[Term]) -> bool:
        trail = Trail()
        try:
            return self._instance([clause.head, *_goals(clause.body, self.budget)], shown, trail)
        finally:
            trail.undo(0)

    def _instance(self, general: list[Term], special: list[Term], trail: Trail) -> bool:
        """Whether one substitution makes each of `general` equal to its counterpart, of which nothing is bound.

        The two sides have no variable in common.
        """
        if len(general) != len(special):
            return False
        todo = list(zip(general, special, strict=True))
        todo.reverse()
        while todo:
            self.budget.spend()
            left, right = todo.pop()
            if type(left) is Var and left.value is None:
                trail.bind(left, right)
            elif type(left) is Var:
                if not same(left, right, self.budget):
                    return False
            elif type(left) is Struct:
                if type(right) is not Struct or left.name != right.name or len(left.args) != len(right.args):
                    return False
                todo.extend(zip(left.args[::-1], right.args[::-1], strict=True))
            elif type(right) is Var or not same_constant(left, right):
                return False
        return True

    def _control(self, goal: Term, rule: Rule, premises: list[Term]) -> bool:
        match rule, goal:
            case Rule.LEFT, Struct(";", (Struct(name, (_, _)), _)) if name in _IF:
                return False
            case Rule.LEFT, Struct(";", (left, _)):
                return self._are(premises, left)
            case Rule.RIGHT, Struct(";", (Struct(name, (_, _)), _)) if name in _IF:
                return False
            case Rule.RIGHT, Struct(";", (_, right)):
                return self._are(premises, right)
            case Rule.THEN, Struct(";", (Struct(name, (condition, then)), _)) if name in _IF:
                self.operational = self.operational or name == "->"
                return self._are(premises, condition, then)
            case Rule.THEN, Struct(name, (condition, then)) if name in _IF:
                self.operational = self.operational or name == "->"
                return self._are(premises, condition, then)
            case Rule.ELSE, Struct(";", (Struct(name, (condition, _)), otherwise)) if name in _IF:
                self.operational = True
                return self._are(premises, otherwise) and self._held_then(self._fails(condition))
            case Rule.ELSE, Struct("ignore", (ignored,)) if not self._own("ignore", 1):
                self.operational = True
                return not premises and self._held_then(self._fails(ignored))
            case Rule.CALL, Struct("once" | "ignore" as name, (called,)) if not self._own(name, 1):
                self.operational = True
                return self._are(premises, called)
            case Rule.CALL, Struct(":", (Atom("user"), called)):
                return self._are(premises, called)
            case Rule.CALL, Struct("call", (closure, *more)):
                return self._are(premises, _extended(closure, more))
        return False

    def _are(self, premises: list[Term], *bodies: Term) -> bool:
        """Whether the premises are the goals of `bodies` as they stand."""
        self.operational = self.operational or any(_cuts(body, self.budget) for body in bodies)
        goals = [goal for body in bodies for goal in _goals(body, self.budget)]
        return len(goals) == len(premises) and all(
            same(goal, premise, self.budget) for goal, premise in zip(goals, premises, strict=True)
        )

    def _holds(self, goal: Term) -> bool:
        return self._decided(lambda budget: self.finder.holds(goal, budget))

    def _fails(self, goal: Term) -> bool:
        return self._decided(lambda budget: self.finder.fails(goal, budget))

    def _held_then(self, holds_now: bool) -> bool:
        """What looks at what is known may have been true when it was called, and be false of the final values."""
        if not holds_now:
            self.left_open.append("a step is not true of the final values")
        return True

    def _unknown(self, name: str, arity: int) -> bool:
        """Of a constraint that the checker does not know: whether there may be one."""
        if name in engine_names() and self.database.libraries & NEEDED_WHOLE:
            raise NotCheckableError(f"{name}/{arity} is unknown to the checker")
        return False

    def _constraint(self, goal: Term, predicate: tuple[str, int]) -> bool:
        if not is_loaded(*predicate, self.database.libraries):
            self.left_open.append("a constraint of a library that the program does not load")
            return True
        return self._decided(lambda budget: holds(goal, budget, self.finder.reals))

    def _decided(self, decide: Callable[[Budget], bool]) -> bool:
        """Whether a leaf is true, or left to the search for the answers of the query."""
        budget = self.budget.part(LEAF_STEPS)
        before = budget.steps
        try:
            return decide(budget)
        except NotCheckableError as error:
            self.left_open.append(str(error))
            return True
        finally:
            self.budget.spend(before - budget.steps)


def _goals(body: Term, budget: Budget) -> list[Term]:
    """The goals of a body: `A, B` in order, without `true` and `!`, with `call/1` around variables."""
    goals: list[Term] = []
    todo = [body]
    while todo:
        budget.spend()
        goal = deref(todo.pop())
        if type(goal) is Struct and goal.name == "," and len(goal.args) == 2:
            todo += (goal.args[1], goal.args[0])
        elif type(goal) is Var:
            goals.append(Struct("call", (goal,)))
        elif not (type(goal) is Atom and goal.name in ("true", "!")):
            goals.append(goal)
    return goals


def _has_rule_of_its_own(predicate: tuple[str, int]) -> bool:
    return (
        predicate in CONTROL
        or predicate in _NEGATIONS
        or predicate in _ALL
        or predicate in {("once", 1), ("ignore", 1)}
        or (is_constraint(*predicate) and predicate not in _DELAYS | BEST)
    )


def _cuts(goal: Term, budget: Budget) -> bool:
    """Whether a cut is written anywhere in a goal."""
    todo = [goal]
    while todo:
        budget.spend()
        part = deref(todo.pop())
        if type(part) is Struct:
            todo.extend(part.args)
        elif type(part) is Atom and part.name == "!":
            return True
    return False


def _extended(closure: Term, more: tuple[Term, ...] | list[Term]) -> Term:
    closure = deref(closure)
    if not more:
        return closure
    if type(closure) is Atom:
        return Struct(closure.name, tuple(more))
    if type(closure) is Struct:
        return Struct(closure.name, (*closure.args, *more))
    raise RefutedError("a call of what is no goal")


def _arguments(goal: Term) -> tuple[Term, ...]:
    return goal.args if type(goal) is Struct else ()


def _short(text: str) -> str:
    return text if len(text) <= 80 else text[:80] + "…"
