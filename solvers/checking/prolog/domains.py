"""The constraints of CLP(FD): domains of integers, and what constraints take out of them.

A constraint only ever takes out what none of its solutions has, and is dropped only once it holds whatever its
variables become. With one variable left it is decided by trying each value; with none, by evaluating it.
"""

from abc import ABC, abstractmethod
from collections import deque

from solvers.checking.budget import Budget, NotCheckableError
from solvers.checking.prolog import formulas, intervals
from solvers.checking.prolog.formulas import Formula, Sum
from solvers.checking.prolog.intervals import EVERYTHING, Domain, Interval
from solvers.checking.prolog.narrowing import BOOLEAN, narrow, truth
from solvers.checking.prolog.terms import Trail, Var, deref

TRIED = 1000
"""Values of the last variable that are tried one by one."""
TURNS = 200
"""How often one constraint narrows domains before somebody binds a variable: bounds may creep on without an end."""


class Constraint(ABC):
    """On integers, some of them unknown."""

    done: bool = False
    """Whether it holds whatever its variables become."""

    def prepare(self, store: "Domains") -> bool:
        """Give domains to variables that have one by standing where they stand, before anything else."""
        return True

    @abstractmethod
    def unknowns(self, budget: Budget) -> list[Var]:
        """The variables that have no value, each once."""

    @abstractmethod
    def narrow(self, store: "Domains") -> bool:
        """Take out of the domains what cannot be; False where nothing can."""

    def is_entailed(self, store: "Domains") -> bool:
        """Whether it is known to hold whatever its variables become."""
        return False

    @abstractmethod
    def holds(self, budget: Budget) -> bool:
        """Whether it is true, where every variable has a value."""


class Truth(Constraint):
    """A formula that is true."""

    def __init__(self, formula: Formula) -> None:
        self.formula = formula

    def unknowns(self, budget: Budget) -> list[Var]:
        found: dict[Var, None] = {}
        formulas.unknowns(self.formula, found, budget)
        return list(found)

    def prepare(self, store: "Domains") -> bool:
        truths: dict[Var, None] = {}
        formulas.booleans(self.formula, truths)
        return all(store.restrict(var, BOOLEAN) for var in truths)

    def narrow(self, store: "Domains") -> bool:
        return narrow(self.formula, True, store)

    def is_entailed(self, store: "Domains") -> bool:
        return truth(self.formula, store) is True

    def holds(self, budget: Budget) -> bool:
        return formulas.holds(self.formula, budget)


class Domains:
    """The store. What is bound and changed is undone through the trail."""

    def __init__(self, trail: Trail, budget: Budget) -> None:
        self.trail = trail
        self.budget = budget
        self._domains: dict[Var, Domain] = {}
        self._watching: dict[Var, list[Constraint]] = {}
        self._constraints: list[Constraint] = []
        self._queue: deque[Constraint] = deque()
        self._queued: set[Constraint] = set()

    @property
    def waits(self) -> bool:
        """Whether a constraint may still turn out to have no solution."""
        self.budget.spend(len(self._constraints))
        return any(not constraint.done for constraint in self._constraints)

    @property
    def is_empty(self) -> bool:
        """Whether no constraint and no domain is left."""
        return not self.waits and not self.unbound()

    def constrains(self, var: Var) -> bool:
        """Whether an unbound variable is in a constraint or has a domain."""
        return var in self._domains or bool(self._watching.get(var))

    def unbound(self) -> list[Var]:
        """The variables that have a domain and no value."""
        self.budget.spend(len(self._domains))
        return [var for var in self._domains if var.value is None]

    def domain(self, var: Var) -> Domain:
        """What an unbound variable can be."""
        return self._domains.get(var, EVERYTHING)

    def bounds(self, var: Var) -> Interval:
        """The lowest and highest value of a variable, bound or not."""
        value = deref(var)
        if isinstance(value, Var):
            return intervals.hull(self.domain(value))
        known = formulas.number(var)
        return known, known

    def bounds_of(self, expression: Sum) -> Interval:
        """Raises `UndefinedError`."""
        return formulas.bound(expression, self.bounds, self.budget)

    def post(self, constraint: Constraint) -> bool:
        """Add a constraint; False: it is found to have no solution."""
        self._constraints.append(constraint)
        self.trail.note(self._take_back)
        for var in constraint.unknowns(self.budget):
            self._watch(var, constraint)
        self._enqueue([constraint])
        if not constraint.prepare(self):
            self._forget_queue()
            return False
        return self.propagate()

    def _take_back(self) -> None:
        self._constraints.pop()

    def _watch(self, var: Var, constraint: Constraint) -> None:
        watching = self._watching.setdefault(var, [])
        watching.append(constraint)

        def forget() -> None:
            watching.pop()

        self.trail.note(forget)

    def _enqueue(self, constraints: list[Constraint]) -> None:
        for constraint in constraints:
            if constraint not in self._queued and not constraint.done:
                self._queued.add(constraint)
                self._queue.append(constraint)

    def restrict(self, var: Var, domain: Domain) -> bool:
        """Keep of a variable, bound or not, only what is in a domain. Whoever calls this propagates."""
        value = deref(var)
        if not isinstance(value, Var):
            return intervals.contains(domain, formulas.number(var))
        before = self.domain(value)
        after = intervals.intersection(before, domain, self.budget)
        if after == before:
            if value not in self._domains:
                self._set(value, before)
            return True
        if not after:
            return False
        self._set(value, after)
        low, high = intervals.hull(after)
        if low == high:
            assert isinstance(low, int)
            self.trail.bind(value, low)
        self._enqueue(self._watching.get(value, []))
        return True

    def _set(self, var: Var, domain: Domain) -> None:
        former = self._domains.get(var)
        self._domains[var] = domain

        def restore() -> None:
            if former is None:
                del self._domains[var]
            else:
                self._domains[var] = former

        self.trail.note(restore)

    def woken(self, var: Var) -> bool:
        """Take notice of a variable that was bound; False: that leaves no solution."""
        if var not in self._domains and not self._watching.get(var):
            return True
        value = deref(var)
        before = self.domain(var)
        if isinstance(value, Var):
            watching = list(self._watching.get(var, []))
            for constraint in watching:
                self._watch(value, constraint)
            if not self.restrict(value, before):
                self._forget_queue()
                return False
            self._enqueue(watching)
            return self.propagate()
        if type(value) is not int:
            raise NotCheckableError("a variable of a constraint over integers is bound to what is none")
        if before == ((value, value),):
            return True  # by this store itself
        if not intervals.contains(before, value):
            return False
        self._set(var, ((value, value),))
        self._enqueue(self._watching.get(var, []))
        return self.propagate()

    def propagate(self) -> bool:
        """Narrow the domains until nothing changes; False: one became empty."""
        turns: dict[Constraint, int] = {}
        try:
            while self._queue:
                constraint = self._queue.popleft()
                self._queued.discard(constraint)
                turns[constraint] = turns.get(constraint, 0) + 1
                if not constraint.done and not self._apply(constraint, turns[constraint] <= TURNS):
                    return False
            return True
        finally:
            self._forget_queue()

    def _forget_queue(self) -> None:
        self._queue.clear()
        self._queued.clear()

    def _apply(self, constraint: Constraint, may_narrow: bool) -> bool:
        self.budget.spend(10)
        unknowns = constraint.unknowns(self.budget)
        if not unknowns:
            self._finish(constraint)
            return constraint.holds(self.budget)
        if len(unknowns) == 1 and intervals.size(self.domain(unknowns[0])) <= TRIED:
            self._finish(constraint)
            return self._try_each(constraint, unknowns[0])
        if not may_narrow:
            return True
        if not constraint.narrow(self):
            return False
        if constraint.is_entailed(self):
            self._finish(constraint)
        return True

    def _finish(self, constraint: Constraint) -> None:
        constraint.done = True

        def resume() -> None:
            constraint.done = False

        self.trail.note(resume)

    def _try_each(self, constraint: Constraint, var: Var) -> bool:
        """Keep the values of its last variable that make a constraint true."""
        kept = []
        for value in intervals.values(self.domain(var)):
            self.budget.spend()
            # Not through the trail: nobody is to notice.
            var.value = value
            try:
                if constraint.holds(self.budget):
                    kept.append(value)
            finally:
                var.value = None
        return self.restrict(var, intervals.of_values(kept))
