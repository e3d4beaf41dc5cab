"""The constraints of CLP(Q), and of CLP(R) read exactly: linear ones are decided, others wait until they are linear.

Equations are kept solved, each for an unknown that occurs nowhere else. Inequalities are decided by the simplex method
as they come: the store is never without a solution, and what they leave one value gets it. A disequality is violated
where it has become `0 =\\= 0`. So are the rationals decided: between linear constraints that have a solution, and
disequalities none of which is violated, there is room.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from solvers.checking.budget import Budget, NotCheckableError
from solvers.checking.linear import Constraint, Linear, Number, Point, Relation, quotient, refutes
from solvers.checking.prolog.rational_terms import NoValueError, read_linear
from solvers.checking.prolog.terms import Real as Real  # for whoever takes it from here
from solvers.checking.prolog.terms import Struct, Term, Trail, Var, deref
from solvers.checking.simplex import feasible_point, optimum, solve

RELATIONS = {"=", "=:=", "=\\=", "<", ">", "=<", ">="}


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A constraint that is not linear yet."""

    relation: str
    left: Term
    right: Term


@dataclass(slots=True, eq=False)
class _State:
    """Never changed in place, so that going back is to take the former one. Not frozen: many are made."""

    rows: dict[Var, Linear] = field(default_factory=dict)
    """Each solved unknown, by unknowns that have no row."""
    inequalities: tuple[Constraint, ...] = ()
    disequalities: tuple[Linear, ...] = ()
    waiting: tuple[_Waiting, ...] = ()
    inner: Point = field(default_factory=dict)
    """Satisfies every inequality, and none of them as an equality."""


class Rationals:
    """The store. What is bound and changed is undone through the trail."""

    def __init__(self, trail: Trail, budget: Budget, reals: bool = False) -> None:
        self.trail = trail
        self.budget = budget
        self.reals = reals
        self._state = _State()
        self._seen: set[Var] = set()
        """Every variable that was ever in the store; never fewer than there are."""

    @property
    def waits(self) -> bool:
        """Whether a constraint is not linear, and so not decided."""
        return bool(self._state.waiting)

    def constrains(self, var: Var) -> bool:
        """Whether an unbound variable is in a constraint."""
        if var not in self._seen:
            return False
        state = self._state
        self.budget.spend(len(state.rows) + len(state.inequalities) + len(state.disequalities))
        linears = [*state.rows.values(), *state.disequalities, *(each.linear for each in state.inequalities)]
        return var in state.rows or any(var in linear.coefficients for linear in linears) or self.waits

    def post(self, relation: str, left: Term, right: Term) -> bool:
        """Add a constraint; whether the store has a solution with it, as far as it is linear."""
        return self._add(relation, left, right) and self._review()

    def woken(self, var: Var) -> bool:
        """Take notice of a variable that was bound; whether there still is a solution."""
        if var not in self._seen:
            return True
        value = deref(var)
        if type(value) is Var:
            self._seen.add(value)
        elif type(value) not in (int, Fraction, Real) and not (self.reals and type(value) is float):
            raise NotCheckableError("a variable of a constraint is bound to what is no rational number")
        try:
            right = read_linear(value, self._state.rows, self.budget)
        except NoValueError:
            return False
        assert right is not None  # a variable or a number
        known = self._state.rows.get(var, Linear(0, {var: 1}))
        if not self._equate(known.plus(right, -1, self.budget), var):
            return False
        rows = self._state.rows
        if isinstance(value, Var) and value in rows and var not in rows:
            # The row of the one that stays is now the one that is gone: it is solved the other way round.
            self._change(rows={other: row for other, row in rows.items() if other is not value})
            self._equate(Linear(0, {var: 1, value: -1}), var)
        if not self._reduce():
            return False
        if var in self._state.rows:
            self._change(rows={other: row for other, row in self._state.rows.items() if other is not var})
        return self._review()

    @property
    def is_empty(self) -> bool:
        """Whether no constraint is left."""
        state = self._state
        return not (state.rows or state.inequalities or state.disequalities or state.waiting)

    def infimum(self, expression: Term) -> Number | None:
        """The greatest lower bound of an expression; None where there is none."""
        found = self.supremum(Struct("-", (expression,)))
        return None if found is None else -found

    def supremum(self, expression: Term) -> Number | None:
        """The least upper bound of an expression; None where there is none."""
        found = optimum(self._linear(expression), self._state.inequalities, self.budget)
        return None if found is None else found[0]

    def least_with_integers(self, integers: Sequence[Term], expression: Term) -> Number | None:
        """The least value of an expression where some unknowns are integers, by branch and bound; None where there is
        no solution.
        """
        strict = any(constraint.relation is Relation.ABOVE for constraint in self._state.inequalities)
        if strict or self._state.disequalities:
            raise NotCheckableError("bb_inf/3 among strict inequalities or disequalities")
        objective = self._linear(expression).times(-1, self.budget)
        wholes = [self._linear(term) for term in integers]
        best: Number | None = None
        todo: list[list[Constraint]] = [list(self._state.inequalities)]
        while todo:
            self.budget.spend()
            constraints = todo.pop()
            if isinstance(solve(constraints, self.budget), list):
                continue
            found = optimum(objective, constraints, self.budget)
            if found is None:
                raise NotCheckableError("bb_inf/3 of what has no bound")
            most, _ = found
            if best is not None and most <= best:
                continue
            at_most = Constraint(objective.plus(Linear(most), -1, self.budget), Relation.EQUAL)
            point = feasible_point([*constraints, at_most], self.budget)
            if point is None:
                raise NotCheckableError("bb_inf/3 of what is not attained")
            broken = next((whole for whole in wholes if whole.at(point, self.budget).denominator != 1), None)
            if broken is None:
                best = most
                continue
            floor = math.floor(broken.at(point, self.budget))
            above = broken.plus(Linear(floor + 1), -1, self.budget)
            below = Linear(floor).plus(broken, -1, self.budget)
            todo += [[*constraints, Constraint(part, Relation.AT_LEAST)] for part in (above, below)]
        return None if best is None else -best

    def number(self, value: Number) -> Term:
        """A value as a term."""
        if self.reals:
            return Real(value)
        return value.numerator if value.denominator == 1 else value

    def _linear(self, expression: Term) -> Linear:
        if self._state.waiting:
            raise NotCheckableError("an optimum among constraints that are not linear")
        try:
            linear = read_linear(expression, self._state.rows, self.budget)
        except NoValueError:
            linear = None
        if linear is None:
            raise NotCheckableError("an optimum of what is not linear")
        return linear

    def _change(
        self,
        rows: dict[Var, Linear] | None = None,
        inequalities: tuple[Constraint, ...] | None = None,
        disequalities: tuple[Linear, ...] | None = None,
        waiting: tuple[_Waiting, ...] | None = None,
        inner: Point | None = None,
    ) -> None:
        former = self._state
        self._state = _State(
            former.rows if rows is None else rows,
            former.inequalities if inequalities is None else inequalities,
            former.disequalities if disequalities is None else disequalities,
            former.waiting if waiting is None else waiting,
            former.inner if inner is None else inner,
        )
        self.trail.note(lambda: self._restore(former))

    def _restore(self, state: _State) -> None:
        self._state = state

    def _add(self, relation: str, left: Term, right: Term) -> bool:
        """As `post`, but for the review."""
        try:
            before = read_linear(left, self._state.rows, self.budget, self._seen)
            after = read_linear(right, self._state.rows, self.budget, self._seen)
        except NoValueError:
            return False
        state = self._state
        if before is None or after is None:
            self._change(waiting=(*state.waiting, _Waiting(relation, left, right)))
            return True
        difference = before.plus(after, -1, self.budget)
        match relation:
            case "=" | "=:=":
                return self._equate(difference)
            case "=\\=":
                self._change(disequalities=(*state.disequalities, difference))
            case "<" | "=<":
                kind = Relation.ABOVE if relation == "<" else Relation.AT_LEAST
                self._change(inequalities=(*state.inequalities, Constraint(difference.times(-1, self.budget), kind)))
            case _:
                kind = Relation.ABOVE if relation == ">" else Relation.AT_LEAST
                self._change(inequalities=(*state.inequalities, Constraint(difference, kind)))
        return True

    def _equate(self, linear: Linear, preferred: Var | None = None) -> bool:
        """Add the equation that `linear`, in unknowns without a row, is 0."""
        if not linear.coefficients:
            return linear.constant == 0
        unknown = preferred if preferred in linear.coefficients else next(iter(linear.coefficients))
        assert isinstance(unknown, Var)
        rest = Linear(linear.constant, linear.coefficients)
        factor = rest.coefficients.pop(unknown)
        solved = rest.times(quotient(-1, factor), self.budget)
        rows = {other: row.replace(unknown, solved, self.budget) for other, row in self._state.rows.items()}
        rows[unknown] = solved
        self.budget.spend(len(rows))
        self._change(rows=rows)
        return True

    def _review(self) -> bool:
        """Draw every conclusion; False: there is no solution."""
        while True:
            if not self._reduce():
                return False
            self._bind_determined()
            equations = self._implied()
            if equations is None:
                return False
            if equations:
                for equation in equations:
                    if not self._equate(self._reduced(equation)):
                        return False
                continue
            state = self._state
            if not state.waiting:
                return True
            ready = [each for each in state.waiting if self._is_ready(each)]
            if not ready:
                return True
            self._change(waiting=tuple(each for each in state.waiting if each not in ready))
            for each in ready:
                if not self._add(each.relation, each.left, each.right):
                    return False

    def _is_ready(self, waiting: _Waiting) -> bool:
        try:
            parts = [read_linear(side, self._state.rows, self.budget) for side in (waiting.left, waiting.right)]
        except NoValueError:
            return True
        return None not in parts

    def _bind_determined(self) -> None:
        rows = self._state.rows
        if not rows:
            return
        self.budget.spend(len(rows))
        determined = [var for var, row in rows.items() if not row.coefficients and var.value is None]
        if determined:
            for var in determined:
                self.trail.bind(var, self.number(rows[var].constant))
            self._change(rows={var: row for var, row in rows.items() if var not in determined})

    def _reduce(self) -> bool:
        """Write inequalities and disequalities in unknowns without a row, and drop those that are decided."""
        state = self._state
        if not state.inequalities and not state.disequalities:
            return True
        inequalities: list[Constraint] = []
        for constraint in state.inequalities:
            linear = self._reduced(constraint.linear)
            if linear.coefficients:
                inequalities.append(Constraint(linear, constraint.relation))
            elif not constraint.holds(linear.constant):
                return False
        disequalities = []
        for linear in state.disequalities:
            linear = self._reduced(linear)
            if linear.coefficients:
                disequalities.append(linear)
            elif linear.constant == 0:
                return False
        self._change(inequalities=tuple(inequalities), disequalities=tuple(disequalities))
        return True

    def _reduced(self, linear: Linear) -> Linear:
        for unknown in list(linear.coefficients):
            row = self._state.rows.get(unknown)  # type: ignore[call-overload]  # an unknown is a Var here
            if row is not None:
                linear = linear.replace(unknown, row, self.budget)
        return linear

    def _implied(self) -> list[Linear] | None:
        """Inequalities that can only hold as equations; None where they have no solution."""
        state = self._state
        self.budget.spend(1 + len(state.inequalities))
        if not state.inequalities or all(each.linear.at(state.inner, self.budget) > 0 for each in state.inequalities):
            return []
        strict = [Constraint(each.linear, Relation.ABOVE) for each in state.inequalities]
        found = solve(strict, self.budget)
        if isinstance(found, dict):
            self._change(inner=found)
            return []
        if refutes(state.inequalities, found, self.budget):
            return None
        # They add up to 0, and none is negative: each is 0.
        return [each.linear for each, factor in zip(state.inequalities, found, strict=True) if factor]
