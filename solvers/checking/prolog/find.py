"""Puts a goal to the checker's own search: by least model where the program is tabled, else by resolution.

An answer counts when what it leaves of constraints is known to have a solution; where it is not, nothing is concluded.
"""

from collections.abc import Iterable, Iterator

from solvers.checking.budget import Budget, NotCheckableError
from solvers.checking.prolog.constraints import Constraints
from solvers.checking.prolog.datalog import LeastModel
from solvers.checking.prolog.program import Database
from solvers.checking.prolog.search import scope_of, solutions
from solvers.checking.prolog.terms import Term, Trail, Var, deref, variables

GUESSED = "which of the best labellings comes first is up to the engine"


class Finder:
    """Searches one program. A search that ends says that there is no other answer.

    `reals`: the program uses clpr, whose floats stand for exact numbers here.
    """

    def __init__(self, database: Database, budget: Budget) -> None:
        if {"clpq", "clpr"} <= database.libraries:
            raise NotCheckableError("a program with both clpq and clpr")
        self.reals = "clpr" in database.libraries
        self.way = "least model" if database.tabled else "search"
        self._database = database
        self._budget = budget
        self._scope = scope_of(database)
        self._model: LeastModel | None = None

    def answers(self, goal: Term, budget: Budget) -> Iterator["Answer"]:
        """Each answer of `goal`, with its bindings in place until the next.

        Raises:
            NotCheckableError: it takes too much, or something in it is not known here.
        """
        trail = Trail()
        try:
            if self._database.tabled:
                for _ in self._least_model().solutions(goal, trail):
                    yield Answer(None)
                return
            constraints = Constraints(trail, budget, self.reals)
            for _ in solutions(self._database, goal, trail, constraints, budget, self._scope):
                mark = trail.mark()
                if constraints.settle():
                    if constraints.undecided():
                        raise NotCheckableError("an answer rests on constraints that the checker cannot decide")
                    yield Answer(constraints)
                trail.undo(mark)
        finally:
            trail.undo(0)

    def _least_model(self) -> LeastModel:
        if self._model is None:
            self._model = LeastModel(self._database, self._budget)
        return self._model

    def fails(self, goal: Term, budget: Budget) -> bool:
        """Whether `goal` has no answer."""
        answer = next(self.answers(goal, budget), None)
        if answer is not None and answer.guessed:
            raise NotCheckableError(GUESSED)
        return answer is None

    def holds(self, goal: Term, budget: Budget) -> bool:
        """Whether `goal` is true as it stands: with an answer that leaves its variables as they are."""
        own = variables(goal, budget)
        for answer in self.answers(goal, budget):
            left = [deref(variable) for variable in own]
            if answer.guessed:
                raise NotCheckableError(GUESSED)
            if all(type(value) is Var for value in left) and len(set(left)) == len(left) and answer.leaves_free(left):
                return True
        return False


class Answer:
    """What an answer leaves behind besides its bindings."""

    __slots__ = ("_constraints",)

    def __init__(self, constraints: Constraints | None) -> None:
        self._constraints = constraints

    @property
    def guessed(self) -> bool:
        """Whether it may be another of several that the engine takes."""
        return self._constraints is not None and self._constraints.guessed

    def leaves_free(self, terms: Iterable[Term]) -> bool:
        """Whether no constraint is left on a variable of `terms`."""
        return self._constraints is None or not any(
            self._constraints.constrains(variable) for term in terms for variable in variables(term)
        )
