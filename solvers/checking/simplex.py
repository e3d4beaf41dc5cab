"""The simplex method with exact rationals: a solution of linear constraints, multipliers that refute them, an optimum.

Nobody has to trust it: a point is put into every constraint, and multipliers go through `check_farkas` or `bounds`,
before either is handed out.
"""

from collections.abc import Mapping, Sequence

from solvers.checking.budget import Budget, NotCheckableError
from solvers.checking.linear import (
    Constraint,
    Linear,
    Number,
    Point,
    Relation,
    Unknown,
    add_to,
    bounds,
    quotient,
    refutes,
    satisfied,
)


def infeasible(constraints: Sequence[Constraint], budget: Budget) -> list[Number] | None:
    """Multipliers that refute the constraints; None where they have a solution."""
    found = solve(constraints, budget)
    return found if isinstance(found, list) else None


def feasible_point(constraints: Sequence[Constraint], budget: Budget) -> Point | None:
    """A point that satisfies the constraints; None where there is none."""
    found = solve(constraints, budget)
    return found if isinstance(found, dict) else None


def solve(constraints: Sequence[Constraint], budget: Budget) -> Point | list[Number]:
    """A point that satisfies the constraints, or multipliers that refute them. Disequalities have no place here."""
    tableau = _Tableau(constraints, budget)
    multipliers = tableau.find_feasible()
    if multipliers is None:
        multipliers = tableau.find_strict()
    if multipliers is not None:
        if not refutes(constraints, multipliers, budget):
            raise NotCheckableError("the simplex went wrong: its multipliers refute nothing")
        return multipliers
    point = tableau.point()
    if not satisfied(constraints, point, budget):
        raise NotCheckableError("the simplex went wrong: its point is no solution")
    return point


def optimum(
    expression: Linear, constraints: Sequence[Constraint], budget: Budget
) -> tuple[Number, list[Number]] | None:
    """The least upper bound of an expression, with multipliers that prove it; None where there is no bound.

    It is attained where no strict inequality keeps away from it: ask `feasible_point` for a point that has this value.
    The constraints have a solution.
    """
    tableau = _Tableau(constraints, budget)
    if tableau.find_feasible() is not None:
        raise NotCheckableError("there is no optimum where there is no solution")
    found = tableau.maximise_expression(expression)
    if found is None:
        return None
    value, multipliers = found
    if not bounds(value, expression, constraints, multipliers, budget):
        raise NotCheckableError("the simplex went wrong: its multipliers prove no bound")
    return value, multipliers


_TOLERANCE = "tolerance"
"""Added to every inequality while a first point is sought; then kept at 0."""
_DISTANCE = "distance"
"""How far a point is from the border of each strict inequality; at most 1."""
_LIMIT = "limit"
"""The slack of that bound."""

Row = dict[Unknown, Number]
"""A linear expression in the variables outside the basis; its constant is the coefficient of None."""


class _Tableau:
    """A dictionary of the simplex method: every variable of the basis as an expression in the others.

    Variables: `("x", unknown)`, free; `("s", i)`, the value of constraint i; and the three above. One outside the
    basis is 0. Bland's rule: of several variables that may enter or leave, the first in one order, so that it ends.
    """

    def __init__(self, constraints: Sequence[Constraint], budget: Budget) -> None:
        self.constraints = constraints
        self.budget = budget
        self.rows: dict[Unknown, Row] = {}
        self.order: dict[Unknown, int] = {_TOLERANCE: 0, _DISTANCE: 1, _LIMIT: 2}
        self.fixed: set[Unknown] = set()
        """Variables that stay 0: equalities, and what has served its turn."""
        self.free: set[Unknown] = set()
        strict = False
        for index, constraint in enumerate(constraints):
            if constraint.relation is Relation.DIFFERENT:
                raise NotCheckableError("a disequality has no place in the simplex method")
            slack = ("s", index)
            self.order[slack] = len(self.order)
            row: Row = {("x", unknown): value for unknown, value in constraint.linear.coefficients.items()}
            self.free.update(row)
            row[None] = constraint.linear.constant
            if constraint.relation is Relation.EQUAL:
                self.fixed.add(slack)
            elif constraint.relation is Relation.ABOVE:
                strict = True
                row[_DISTANCE] = -1
            self.rows[slack] = row
        if strict:
            self.rows[_LIMIT] = {None: 1, _DISTANCE: -1}
        self.strict = strict
        self.conflict: list[Number] | None = None
        self._eliminate()

    def _eliminate(self) -> None:
        """Bring every free variable into the basis, with the equalities first, and every equality out of it."""
        slacks = [name for name in self.rows if name in self.fixed] + [
            name for name in self.rows if name not in self.fixed
        ]
        for slack in slacks:
            row = self.rows[slack]
            entering = next((name for name in row if name in self.free), None)
            if entering is not None:
                self.pivot(slack, entering)
            elif slack in self.fixed:
                # The equality has become one between numbers and other equalities: it follows, or it is false.
                if row.get(None, 0):
                    self.conflict = self._multipliers({**_negated(row), slack: 1})
                    return
                del self.rows[slack]

    def find_feasible(self) -> list[Number] | None:
        """Reach a point that satisfies every constraint, strict ones but for equality; or multipliers that refute."""
        if self.conflict is not None:
            return self.conflict
        bounded = [name for name in self.rows if name not in self.free]
        worst = min(bounded, key=lambda name: self.rows[name].get(None, 0), default=None)
        if worst is None or self.rows[worst].get(None, 0) >= 0:
            self.fixed.add(_TOLERANCE)
            return None
        for name in bounded:
            self.rows[name][_TOLERANCE] = 1
        self.pivot(worst, _TOLERANCE)
        objective = self.maximise({_TOLERANCE: -1})
        assert objective is not None  # the tolerance is at least 0
        if objective.get(None, 0) < 0:
            return self._multipliers(_negated(objective))
        if _TOLERANCE in self.rows:
            # It is 0 there; any pivot keeps the point.
            row = self.rows[_TOLERANCE]
            entering = next((name for name in row if name is not None and name not in self.fixed), None)
            if entering is None:
                del self.rows[_TOLERANCE]
            else:
                self.pivot(_TOLERANCE, entering)
        self.fixed.add(_TOLERANCE)
        return None

    def find_strict(self) -> list[Number] | None:
        """Move on to a point that satisfies the strict inequalities as well; or multipliers that refute."""
        if not self.strict:
            return None
        objective = self.maximise({_DISTANCE: 1})
        assert objective is not None  # the distance is at most 1
        if objective.get(None, 0) > 0:
            return None
        return self._multipliers(_negated(objective))

    def maximise_expression(self, expression: Linear) -> tuple[Number, list[Number]] | None:
        row: Row = {("x", unknown): value for unknown, value in expression.coefficients.items()}
        row[None] = expression.constant
        objective = self.maximise(row)
        if objective is None:
            return None
        return objective.get(None, 0), self._multipliers(_negated(objective))

    def maximise(self, objective: Row) -> Row | None:
        """Go to where the objective is largest; it, as an expression outside the basis. None: it has no bound."""
        for name in list(objective):
            if name in self.rows:
                self._substitute(objective, name, self.rows[name])
        while True:
            self.budget.spend(len(objective))
            if any(name is not None and name not in self.order for name in objective):
                return None  # no constraint keeps this unknown
            candidates = [name for name, value in objective.items() if name is not None and value > 0]
            candidates = [name for name in candidates if name not in self.fixed]
            if not candidates:
                return objective
            entering = min(candidates, key=self.order.__getitem__)
            leaving = self._leaving(entering)
            if leaving is None:
                return None
            self.pivot(leaving, entering)
            self._substitute(objective, entering, self.rows[entering])

    def _leaving(self, entering: Unknown) -> Unknown | None:
        """The variable of the basis that becomes 0 first when `entering` grows."""
        best: tuple[Number, int] | None = None
        found = None
        for name, row in self.rows.items():
            self.budget.spend()
            coefficient = row.get(entering)
            if coefficient is None or coefficient >= 0 or name in self.free:
                continue
            ratio = (quotient(row.get(None, 0), -coefficient), self.order[name])
            if best is None or ratio < best:
                best, found = ratio, name
        return found

    def pivot(self, leaving: Unknown, entering: Unknown) -> None:
        row = self.rows.pop(leaving)
        coefficient = row.pop(entering)
        solved = {name: quotient(value, -coefficient) for name, value in row.items()}
        solved[leaving] = quotient(1, coefficient)
        for other in self.rows.values():
            self._substitute(other, entering, solved)
        self.rows[entering] = solved

    def _substitute(self, row: Row, name: Unknown, by: Row) -> None:
        coefficient = row.pop(name, None)
        if coefficient is not None:
            add_to(row, by, coefficient, self.budget)

    def _multipliers(self, row: Mapping[Unknown, Number]) -> list[Number]:
        return [row.get(("s", index), 0) for index in range(len(self.constraints))]

    def point(self) -> Point:
        """The unknowns where every variable outside the basis is 0."""
        found = {}
        for name in self.free:
            assert isinstance(name, tuple)
            found[name[1]] = self.rows[name].get(None, 0) if name in self.rows else 0
        return found


def _negated(row: Row) -> Row:
    return {name: -value for name, value in row.items()}
