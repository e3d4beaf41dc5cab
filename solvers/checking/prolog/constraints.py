"""The checker's own constraint reasoning: one store for CLP(Q) and CLP(R), one for CLP(FD), one for dif/2.

`post` and `wake` answer False only where there is no solution, and never leave out one that there is. What is not
known here ends the check with `NotCheckableError`, and so does what the engine would answer with an error.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction

from solvers.checking.budget import Budget, NotCheckableError
from solvers.checking.prolog import formulas, intervals
from solvers.checking.prolog.combinatorial import READERS, read_numbers, weighted
from solvers.checking.prolog.domains import Constraint, Domains, Truth
from solvers.checking.prolog.formulas import COMPARISONS, CONNECTIVES, Comparison, Connective, Membership
from solvers.checking.prolog.intervals import EVERYTHING, Domain
from solvers.checking.prolog.labelling import Labelling, Options, read_options
from solvers.checking.prolog.narrowing import BOOLEAN
from solvers.checking.prolog.rational_terms import NoValueError, read_linear
from solvers.checking.prolog.rationals import RELATIONS, Rationals
from solvers.checking.prolog.terms import Atom, Struct, Term, Trail, Var, deref, same, unify, variables

LABELS = {("label", 1), ("labeling", 2), ("indomain", 1)}
"""Enumerate: for `Constraints.label`."""
BEST = {("sup", 2), ("inf", 2), ("minimize", 1), ("maximize", 1), ("bb_inf", 3)}
"""Optimise: for `Constraints.best`."""
_FORMULAS = {(name, 2) for name in COMPARISONS | CONNECTIVES.keys()} | {("#\\", 1), ("in", 2)}
_LISTS = {*READERS, ("ins", 2), ("sum", 3), ("scalar_product", 4), ("chain", 2)}
_REFUSED = {
    ("freeze", 2),
    ("when", 2),
    ("frozen", 2),
    ("fd_dom", 2),
    ("fd_inf", 2),
    ("fd_sup", 2),
    ("fd_size", 2),
    ("fd_degree", 2),
    ("fd_var", 1),
    ("dump", 3),
    ("bb_inf", 4),
    ("bb_inf", 5),
    ("cumulative", 1),
    ("cumulative", 2),
    ("disjoint2", 1),
    ("automaton", 3),
    ("automaton", 8),
    ("global_cardinality", 3),
    ("zcompare", 3),
    ("copy_term", 3),
}
_POSTED = {("{}", 1), ("entailed", 1), ("dif", 2)} | _FORMULAS | _LISTS

_NEGATIONS = {"<": [">="], "=<": [">"], ">": ["=<"], ">=": ["<"], "=": ["<", ">"], "=:=": ["<", ">"], "=\\=": ["="]}

TOLERANCE = Fraction(1, 10**9)
"""Of the floats of CLP(R): relative, and absolute near 0."""


def is_constraint(name: str, arity: int) -> bool:
    """Whether a predicate of this name belongs to constraint solving; some of these are not checkable."""
    key = (name, arity)
    return key in _POSTED or key in LABELS or key in BEST or key in _REFUSED


def is_loaded(name: str, arity: int, libraries: frozenset[str]) -> bool:
    """Whether one library among these, and no other, has the constraint."""
    rational = (name, arity) in {("{}", 1), ("entailed", 1)} or (name, arity) in BEST
    return name == "dif" or len(libraries & ({"clpq", "clpr"} if rational else {"clpfd"})) == 1


class Constraints:
    """Everything that is posted on one branch of a search. Undone through the trail.

    Args:
        reals: the program uses CLP(R): what CLP(Q) would bind to a rational is bound to a `Real`.
    """

    def __init__(self, trail: Trail, budget: Budget, reals: bool = False) -> None:
        self.trail = trail
        self.budget = budget
        self.rationals = Rationals(trail, budget, reals)
        self.domains = Domains(trail, budget)
        self._apart: tuple[tuple[Term, Term], ...] = ()
        self.guessed = False
        """Several labellings stand for the one that the engine takes: the first of the best."""

    def post(self, goal: Term) -> bool:
        """Add a constraint; False: there is no solution with it."""
        goal = deref(goal)
        if not isinstance(goal, Struct):
            raise NotCheckableError("a constraint that the checker does not know")
        if not self.wake():
            return False
        match (goal.name, len(goal.args)):
            case ("{}", 1):
                ways = alternatives(goal.args[0], self.budget)
                if len(ways) > 1:
                    raise NotCheckableError("a disjunction in {}/1")
                return all(self.rationals.post(*relation) and self.wake() for relation in ways[0])
            case ("entailed", 1):
                return self._entails(goal.args[0])
            case ("dif", 2):
                self._set_apart((*self._apart, (goal.args[0], goal.args[1])))
                return self._still_apart()
            case _:
                return all(self._post(each) for each in _read(goal, self.budget))

    def _post(self, constraint: Constraint) -> bool:
        """Add one over integers. Two variables that are said to be equal become one, as in the engine."""
        if isinstance(constraint, Truth):
            match constraint.formula:
                case Comparison(formulas.Sum(0, ((1, Var() as left), (-1, Var() as right))), "="):
                    return self._join(left, right, EVERYTHING)
                case Connective("iff", (Var() as left, Var() as right)):
                    return self._join(left, right, BOOLEAN)
        return self.domains.post(constraint) and self.wake()

    def _join(self, left: Var, right: Var, domain: Domain) -> bool:
        """Make two variables one, whose values are in a domain."""
        return (
            self.domains.restrict(left, domain)
            and self.domains.restrict(right, domain)
            and self.domains.propagate()
            and self.wake()
            and self._equate(left, right)
        )

    def _equate(self, left: Term, right: Term) -> bool:
        return unify(left, right, self.trail, self.budget) and self.wake()

    def wake(self) -> bool:
        """Take notice of the variables that were bound; False: that leaves no solution."""
        bound = self.trail.bound
        if not bound:
            return True
        while bound:
            self.budget.spend()
            var = bound.pop(0)
            if not self.rationals.woken(var) or not self.domains.woken(var):
                bound.clear()
                return False
        return self._still_apart()

    def settle(self) -> bool:
        """Draw what conclusions are left, at the end of a branch; False: there is no solution."""
        return self.wake()

    def open(self) -> bool:
        """Whether anything is left that is not true whatever the unbound variables become."""
        return bool(self._apart) or not self.rationals.is_empty or not self.domains.is_empty

    def undecided(self) -> bool:
        """Whether anything is left that is not known to have a solution."""
        if self._apart or self.rationals.waits or self.domains.waits:
            return True
        # Either store alone has a solution; whether they have one together nobody has looked.
        return any(map(self.rationals.constrains, self.domains.unbound()))

    def constrains(self, var: Var) -> bool:
        """Whether an unbound variable is in a constraint."""
        return self.rationals.constrains(var) or self.domains.constrains(var) or bool(self._apart)

    def domain(self, var: Var) -> tuple[int, ...] | None:
        """The integers that a variable can be, where they are few enough to be written down."""
        domain = self.domains.domain(var)
        if intervals.size(domain) > 10_000:
            return None
        return tuple(intervals.values(domain))

    def options(self, term: Term) -> Options:
        """Of `labeling/2`."""
        return read_options(term, self.budget)

    def label(self, numbers: Sequence[Term], options: Options | None = None, best_only: bool = False) -> Iterator[None]:
        """Each way to give the variables values, in place until the next is asked for; in the engine's order where
        `options.ordered`.

        Args:
            best_only: those alone that no other is better than, by `min(E)` and `max(E)` of the options. All of them,
                where several are equally good.
        """
        if not self.wake():
            return
        labelling = Labelling(numbers, options or Options(), self.domains, self.trail, self.wake)
        yield from labelling.best() if best_only else labelling.every()

    def solve(self, goal: Term, best_only: bool = False) -> Iterator[None]:
        """The solutions of a goal of `LABELS` or `BEST`, each with its bindings in place until the next."""
        goal = deref(goal)
        assert isinstance(goal, Struct)
        match (goal.name, len(goal.args)):
            case ("label", 1):
                yield from self.label(read_numbers(goal.args[0], self.budget), None, best_only)
            case ("indomain", 1):
                yield from self.label([goal.args[0]], None, best_only)
            case ("labeling", 2):
                numbers = read_numbers(goal.args[1], self.budget)
                yield from self.label(numbers, self.options(goal.args[0]), best_only)
            case _:
                yield from self.best(goal)

    def best(self, goal: Term) -> Iterator[None]:
        """The one solution of a goal of `BEST`, if there is one."""
        goal = deref(goal)
        assert isinstance(goal, Struct)
        if not self.wake():
            return
        mark = self.trail.mark()
        name, first = goal.name, goal.args[0]
        if name == "bb_inf":
            value = self.rationals.least_with_integers(read_numbers(first, self.budget), goal.args[1])
        elif name in ("inf", "minimize"):
            value = self.rationals.infimum(first)
        else:
            value = self.rationals.supremum(first)
        if value is None:
            return
        number = self.rationals.number(value)
        if len(goal.args) > 1:
            reached = self._equate(goal.args[-1], number)
        else:
            reached = self.rationals.post("=", first, number) and self.wake()
        if reached:
            yield
        self.trail.undo(mark)

    def _entails(self, goal: Term) -> bool:
        """Whether its negation has no solution."""
        ways = alternatives(goal, self.budget)
        if len(ways) > 1 or len(ways[0]) > 1:
            raise NotCheckableError("entailed/1 of more than one constraint")
        relation, left, right = ways[0][0]
        for negation in _NEGATIONS[relation]:
            mark = self.trail.mark()
            possible = self.rationals.post(negation, left, right) and self.wake()
            if possible and self.rationals.waits:
                raise NotCheckableError("entailed/1 among constraints that are not linear")
            self.trail.undo(mark)
            if possible:
                return False
        return True

    def _set_apart(self, apart: tuple[tuple[Term, Term], ...]) -> None:
        former = self._apart

        def restore() -> None:
            self._apart = former

        self.trail.note(restore)
        self._apart = apart

    def _still_apart(self) -> bool:
        """Whether no two terms of a dif/2 are equal; those that can no longer be are forgotten."""
        if not self._apart:
            return True
        left_over = []
        for left, right in self._apart:
            mark = self.trail.mark()
            can_be_equal = unify(left, right, self.trail, self.budget)
            are_equal = can_be_equal and self.trail.mark() == mark
            self.trail.undo(mark)
            if are_equal:
                return False
            if can_be_equal:
                left_over.append((left, right))
        if len(left_over) < len(self._apart):
            self._set_apart(tuple(left_over))
        return True


Relation = tuple[str, Term, Term]


def alternatives(goal: Term, budget: Budget) -> list[list[Relation]]:
    """The goal of a `{}`/1: one of these lists of relations, in this order."""
    done: list[list[Relation]] = []
    todo: list[tuple[list[Relation], list[Term]]] = [([], [goal])]
    while todo:
        relations, goals = todo.pop()
        budget.spend(1 + len(relations) + len(goals))
        if not goals:
            done.append(relations)
            continue
        *rest, first = goals
        first = deref(first)
        if not isinstance(first, Struct) or len(first.args) != 2:
            raise NotCheckableError("a constraint that the checker does not know")
        left, right = first.args
        if first.name == ",":
            todo.append((relations, [*rest, right, left]))
        elif first.name == ";":
            todo += [(relations, [*rest, right]), (relations, [*rest, left])]
        elif first.name in RELATIONS:
            todo.append(([*relations, (first.name, left, right)], rest))
        else:
            raise NotCheckableError("a constraint that the checker does not know")
    return done


def branches(goal: Term, budget: Budget) -> list[Term]:
    """The goals `{}`/1 without `;` that a goal `{}`/1 is the disjunction of: each is tried in its turn."""
    goal = deref(goal)
    if not isinstance(goal, Struct) or (goal.name, len(goal.args)) != ("{}", 1):
        return [goal]
    ways = alternatives(goal.args[0], budget)
    if len(ways) == 1:
        return [goal]
    return [Struct("{}", (_conjunction([Struct(name, (left, right)) for name, left, right in way]),)) for way in ways]


def _conjunction(goals: Sequence[Term]) -> Term:
    *rest, found = goals
    for goal in reversed(rest):
        found = Struct(",", (goal, found))
    return found


def _read(goal: Struct, budget: Budget) -> Iterator[Constraint]:
    """The constraints over integers that a goal is made of."""
    key, args = (goal.name, len(goal.args)), goal.args
    if key in READERS:
        yield from READERS[key](args, budget)
    elif key in _FORMULAS:
        yield Truth(formulas.read_formula(goal, budget))
    elif key == ("ins", 2):
        domain = formulas.read_domain(args[1], budget)
        for number in read_numbers(args[0], budget):
            yield Truth(Membership(formulas.read_number(number, budget), domain))
    elif key == ("sum", 3):
        numbers = read_numbers(args[0], budget)
        yield Truth(weighted([1] * len(numbers), numbers, args[1], args[2], budget))
    elif key == ("scalar_product", 4):
        coefficients, numbers = read_numbers(args[0], budget), read_numbers(args[1], budget)
        yield Truth(weighted(coefficients, numbers, args[2], args[3], budget))
    elif key == ("chain", 2):
        relation = deref(args[1])
        if not isinstance(relation, Atom) or relation.name not in COMPARISONS - {"#\\="}:
            raise NotCheckableError("chain/2 takes a relation")
        numbers = read_numbers(args[0], budget)
        for index in range(1, len(numbers)):
            left, right = numbers[index - 1], numbers[index]
            yield Truth(formulas.read_comparison(relation.name, left, right, budget))
    else:
        raise NotCheckableError(f"{goal.name}/{len(goal.args)} is beyond the check")


def holds(goal: Term, budget: Budget, reals: bool = False) -> bool:
    """Whether a constraint without variables is true.

    Args:
        reals: the program uses CLP(R): floats need only be near.
    """
    goal = deref(goal)
    if not isinstance(goal, Struct):
        raise NotCheckableError("a constraint that the checker does not know")
    if goal.name == "dif" and len(goal.args) == 2:
        return _differ(goal, budget)
    if variables(goal, budget):
        raise NotCheckableError("a constraint on a variable without a value")
    key, args = (goal.name, len(goal.args)), goal.args
    if key == ("{}", 1):
        return any(
            all(_relation_holds(*relation, budget, reals) for relation in way) for way in alternatives(args[0], budget)
        )
    if key in LABELS:
        numbers = [args[0]] if key == ("indomain", 1) else read_numbers(args[-1], budget)
        if key == ("labeling", 2) and read_options(args[0], budget).wanted:
            raise NotCheckableError("whether a labelling is the best one takes a search")
        if not all(type(deref(number)) is int for number in numbers):
            raise NotCheckableError("what is labelled is no integer")
        return True
    if key in BEST or key == ("entailed", 1):
        raise NotCheckableError("an optimum, or what is entailed, takes the constraints of that moment")
    return all(constraint.holds(budget) for constraint in _read(goal, budget))


def _differ(goal: Struct, budget: Budget) -> bool:
    left, right = goal.args
    trail = Trail()
    try:
        possible = unify(left, right, trail, budget)
    finally:
        trail.undo(0)
    if possible and not same(left, right, budget):
        raise NotCheckableError("dif/2 of terms that may become equal")
    return not possible


def _relation_holds(name: str, left: Term, right: Term, budget: Budget, reals: bool) -> bool:
    try:
        sides = [read_linear(side, {}, budget, as_written=not reals) for side in (left, right)]
    except NoValueError:
        return False
    if sides[0] is None or sides[1] is None:
        raise NotCheckableError("a constraint that cannot be evaluated")
    difference = sides[0].constant - sides[1].constant
    if reals and abs(Fraction(difference)) <= TOLERANCE * max(Fraction(1), abs(Fraction(sides[0].constant))):
        if name in ("<", ">", "=\\="):
            raise NotCheckableError("floats too near to each other to be told apart")
        return True
    match name:
        case "=" | "=:=":
            return difference == 0
        case "=\\=":
            return difference != 0
        case "<":
            return difference < 0
        case ">":
            return difference > 0
        case "=<":
            return difference <= 0
    return difference >= 0
