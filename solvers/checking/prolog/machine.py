"""A small Prolog interpreter of the checker's own: every answer of a goal, in the engine's order, within a budget.

What it is for is "there is no other answer", so whatever the engine would answer with an error, delay, or do in a way
that is not known here ends the search with `NotCheckableError`; it never counts as a failure. Only where a constraint
is undecided may there be more answers here than the engine gives, and an answer is checked in other ways.

The machine has no recursion. What remains to be done is a chain of frames (goal, cut barrier, scope, next frame); what
can be tried otherwise is a stack of choices. A cut drops the choices above its barrier.
"""

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from typing import Any

from solvers.checking.budget import Budget, NotCheckableError
from solvers.checking.prolog.constraints import Constraints
from solvers.checking.prolog.program import CONTROL, Clause, Database
from solvers.checking.prolog.terms import Atom, Struct, Term, Text, Trail, Var, deref, unify, variables

Frame = tuple[Any, int, "Scope", Any]
"""A goal, the height of the stack of choices that a cut in it goes back to, where its predicates are looked up, and
the frame that comes next. Instead of a frame, None is failure.
"""

Handler = Callable[["Search", tuple[Term, ...], int, "Scope", Frame], Frame | None]
"""What a predicate does: given its arguments and the rest of its frame, the frame to go on with."""

GOAL_STEPS = 2
CLAUSE_STEPS = 5
"""What trying one goal and one clause costs of the budget."""


class Mark:
    """A goal that the machine leaves for itself."""

    __slots__ = ()

    def run(self, search: "Search", rest: Frame) -> Frame | None:
        raise NotImplementedError


class Scope:
    """Where the predicates of a goal are looked up: those of a program, or those of the library, each before what is
    predefined.
    """

    __slots__ = ("_predefined", "database", "handlers", "of_module")

    def __init__(
        self,
        database: Database,
        predefined: Callable[[str, int, Database], Handler],
        of_module: Callable[[str, str, int], Handler],
    ) -> None:
        self.database = database
        self._predefined = predefined
        self.of_module = of_module
        self.handlers: dict[tuple[str, int], Handler] = {}

    def handler(self, name: str, arity: int, budget: Budget) -> Handler:
        if (name, arity) in self.database.tabled:
            raise NotCheckableError(f"{name}/{arity} is tabled")
        clauses = self.database.clauses.get((name, arity))
        if clauses is not None:
            handler: Handler = Predicate(clauses, self, budget)
        elif self.database.defines(name, arity):
            handler = fail
        else:
            handler = self._predefined(name, arity, self.database)
        self.handlers[name, arity] = handler
        return handler


DONE: Frame = (Mark(), 0, None, None)  # type: ignore[assignment]  # nothing looks beyond it
"""What comes after a goal that is all there is: an answer."""


class Entry(int):
    """The height of the stack of choices where a goal was entered, with the doubts that there were then."""

    doubts: int = 0


class Choice:
    """What can be tried otherwise. `posted`: how many constraints there were when it was made."""

    __slots__ = ("mark", "posted")

    def __init__(self, mark: int, posted: int) -> None:
        self.mark = mark
        self.posted = posted

    def resume(self, search: "Search") -> Frame | None:
        raise NotImplementedError


class FrameChoice(Choice):
    __slots__ = ("frame",)

    def __init__(self, mark: int, posted: int, frame: Frame | None) -> None:
        self.mark = mark
        self.posted = posted
        self.frame = frame

    def resume(self, search: "Search") -> Frame | None:
        return self.frame


class ElseChoice(FrameChoice):
    """What comes if a goal fails, and only then: there must be no doubt that it does."""

    __slots__ = ("doubts",)

    def __init__(self, mark: int, posted: int, frame: Frame | None, doubts: int) -> None:
        super().__init__(mark, posted, frame)
        self.doubts = doubts

    def resume(self, search: "Search") -> Frame | None:
        search.undoubted(self.doubts)
        return self.frame


class ClauseChoice(Choice):
    __slots__ = ("args", "clauses", "doubts", "place", "rest", "scope")

    def __init__(
        self,
        mark: int,
        posted: int,
        args: tuple[Term, ...],
        clauses: list[Clause],
        place: int,
        scope: Scope,
        rest: Frame,
        doubts: int,
    ) -> None:
        self.mark = mark
        self.posted = posted
        self.doubts = doubts
        self.args = args
        self.clauses = clauses
        self.place = place
        self.scope = scope
        self.rest = rest

    def resume(self, search: "Search") -> Frame | None:
        if search.doubts != self.doubts and self.clauses[self.place - 1].has_cut:
            search.undoubted(self.doubts)
        return search.resolve(self.args, self.clauses, self.place, self.scope, self.rest)


class IteratorChoice(Choice):
    __slots__ = ("iterator", "rest")

    def __init__(self, mark: int, posted: int, iterator: Iterator[None], rest: Frame) -> None:
        self.mark = mark
        self.posted = posted
        self.iterator = iterator
        self.rest = rest

    def resume(self, search: "Search") -> Frame | None:
        return search.iterate(self.iterator, self.rest, type(self))


class LabelChoice(IteratorChoice):
    """Of answers that come in an order of their own."""

    __slots__ = ()


class Predicate:
    """Clauses, found by the first argument of a goal. A `Handler`."""

    __slots__ = ("_by_key", "_clauses", "_others", "_scope")

    def __init__(self, clauses: list[Clause], scope: Scope, budget: Budget) -> None:
        self._clauses = clauses
        self._scope = scope
        self._by_key: dict[Any, list[Clause]] = {}
        self._others: list[Clause] = []
        """For a first argument that no clause has."""
        for clause in clauses:
            key = _key(clause.head.args[0]) if type(clause.head) is Struct else None
            if key is None:
                budget.spend(len(self._by_key) + 1)
                for found in self._by_key.values():
                    found.append(clause)
                self._others.append(clause)
            elif key in self._by_key:
                self._by_key[key].append(clause)
            else:
                budget.spend(len(self._others) + 1)
                self._by_key[key] = [*self._others, clause]

    def __call__(
        self, search: "Search", args: tuple[Term, ...], barrier: int, scope: Scope, rest: Frame
    ) -> Frame | None:
        key = _key(args[0]) if args else None
        clauses = self._clauses if key is None else self._by_key.get(key, self._others)
        return search.resolve(args, clauses, 0, self._scope, rest)


def _key(term: Term) -> Any:
    """What a first argument is told apart by; None: nothing."""
    while type(term) is Var and term.value is not None:
        term = term.value
    kind = type(term)
    if kind is Struct:
        return term.name, len(term.args)  # type: ignore[union-attr]
    if kind is Atom:
        return term.name  # type: ignore[union-attr]
    if kind is Var:
        return None
    if kind is float:
        return float  # 1.0 has the hash of 1
    if kind is Text:
        return "", term.value  # type: ignore[union-attr]
    return term if kind is int or kind is Fraction else None  # of CLP(R), which may be any float


class Search:
    """The machine. It may be run once."""

    __slots__ = ("budget", "choices", "constraints", "doubts", "posted", "propagated", "scope", "trail")

    def __init__(self, scope: Scope, trail: Trail, constraints: Constraints, budget: Budget) -> None:
        self.scope = scope
        """Of the goals of the program, and of those that the library is given."""
        self.trail = trail
        self.constraints = constraints
        self.budget = budget
        self.choices: list[Choice] = []
        self.posted = 0
        """Grows whenever constraints change; 0: there are none."""
        self.doubts = 0
        """Failures so far that the engine may notice only later, as it does not draw every conclusion from constraints
        over integers. What a program commits itself to after one, the engine may not come to.
        """
        self.propagated = False
        """Constraints over integers were posted, and no labelling has come since."""

    def answers(self, goal: Term) -> Iterator[None]:
        """One at a time, with its bindings in place."""
        budget, choices, trail = self.budget, self.choices, self.trail
        frame: Any = self.call(goal, DONE)
        while True:
            while frame is None:
                if not choices:
                    return
                choice = choices.pop()
                trail.undo(choice.mark)
                frame = choice.resume(self)
            what, barrier, scope, rest = frame
            budget.spend(GOAL_STEPS)
            kind = type(what)
            if kind is Struct:
                args = what.args
                if what.name == "," and len(args) == 2:
                    frame = (args[0], barrier, scope, (args[1], barrier, scope, rest))
                    continue
                key = what.name, len(args)
                handler = scope.handlers.get(key) or scope.handler(*key, budget)
                frame = handler(self, args, barrier, scope, rest)
            elif kind is Atom:
                handler = scope.handlers.get((what.name, 0)) or scope.handler(what.name, 0, budget)
                frame = handler(self, (), barrier, scope, rest)
            elif kind is Var:
                if what.value is None:
                    raise NotCheckableError("a goal that is a variable without a value")
                frame = (deref(what), barrier, scope, rest)
            elif frame is DONE:
                if not self.posted or self.constraints.settle():
                    yield
                frame = None
            elif isinstance(what, Mark):
                frame = what.run(self, rest)
            else:
                raise NotCheckableError("a goal that is neither an atom nor a compound term")

    def call(self, goal: Term, rest: Frame) -> Frame:
        """As `call/1`: a cut in the goal is local to it."""
        goal = deref(goal)
        todo = [goal]
        while todo:
            part = deref(todo.pop())
            if type(part) is Struct:
                if (part.name, len(part.args)) in CONTROL:
                    self.budget.spend()
                    todo.extend(part.args)
            elif type(part) is not Atom:
                # At the start an error of the engine, of instantiation or type; deeper, a variable that is called
                # in its turn, with a cut of its own.
                raise NotCheckableError("what is called has a part that is no goal")
        return goal, self.entry(), self.scope, rest

    def resolve(
        self, args: tuple[Term, ...], clauses: list[Clause], place: int, scope: Scope, rest: Frame
    ) -> Frame | None:
        """Go on with the body of the first clause from `place` on whose head unifies."""
        trail, budget = self.trail, self.budget
        mark = trail.mark()
        count = len(clauses)
        while place < count:
            clause = clauses[place]
            place += 1
            budget.spend(CLAUSE_STEPS)
            head, body = clause.rename()
            if (not args or self._enter(head, args)) and (not trail.bound or self.woken()):
                barrier = self.entry() if clause.has_cut and self.doubts else len(self.choices)
                if place < count:
                    choice = ClauseChoice(mark, self.posted, args, clauses, place, scope, rest, self.doubts)
                    self.choices.append(choice)
                if type(body) is Atom and body.name == "true":
                    return rest
                return body, barrier, scope, rest
            trail.undo(mark)
        return None

    def _enter(self, head: Any, args: tuple[Term, ...]) -> bool:
        for parameter, argument in zip(head.args, args, strict=True):
            if type(parameter) is Var and parameter.value is None and parameter is not (argument := deref(argument)):
                # Nobody has seen the parameter yet, so it needs no place on the trail.
                parameter.value = argument
            elif not unify(parameter, argument, self.trail, self.budget):
                return False
        return True

    def iterate(
        self, iterator: Iterator[None], rest: Frame, kind: type[IteratorChoice] = IteratorChoice
    ) -> Frame | None:
        """Go on with the next of several ways in which a built-in predicate holds."""
        mark, posted = self.trail.mark(), self.posted
        for _ in iterator:
            self.budget.spend()
            if not self.trail.bound or self.woken():
                self.choices.append(kind(mark, posted, iterator, rest))
                return rest
            self.trail.undo(mark)
        return None

    def unify(self, left: Term, right: Term) -> bool:
        return unify(left, right, self.trail, self.budget)

    def otherwise(self, frame: Frame | None) -> None:
        """Go on with `frame` when what follows has failed."""
        self.choices.append(FrameChoice(self.trail.mark(), self.posted, frame))

    def on_failure(self, frame: Frame | None) -> None:
        """Go on with `frame` when what follows has failed beyond doubt."""
        self.choices.append(ElseChoice(self.trail.mark(), self.posted, frame, self.doubts))

    def entry(self) -> Entry:
        entry = Entry(len(self.choices))
        entry.doubts = self.doubts
        return entry

    def undoubted(self, doubts: int) -> None:
        """Make sure that nothing has failed, since there were so many doubts, that the engine may go on with."""
        if self.doubts != doubts:
            raise NotCheckableError("the program commits itself after a failure that the engine may not notice")

    def doubt(self) -> None:
        """Something has failed for constraints."""
        if "clpfd" in self.scope.database.libraries:
            self.doubts += 1

    def woken(self) -> bool:
        """Whether the constraints allow what has been bound."""
        if not self.posted:
            self.trail.bound.clear()
            return True
        self.posted += 1
        if self.constraints.wake():
            return True
        self.doubt()
        return False

    def commit(self, height: int) -> None:
        """Drop the choices above, as a cut does."""
        if len(self.choices) > height:
            self.certain(self.choices[height].posted)
            self.in_order(height)
            del self.choices[height:]

    def forget(self, height: int) -> None:
        """Drop the choice at this height alone."""
        choice = self.choices[height]
        if not isinstance(choice, FrameChoice) or choice.frame is not None:
            self.certain(choice.posted)
            self.choices[height] = FrameChoice(choice.mark, choice.posted, None)

    def labelled(self) -> None:
        """Values are about to be enumerated; until that is taken back, the engine has them too."""
        if self.propagated:
            self.propagated = False
            self.trail.note(self._propagated_again)

    def leaves_unlabelled(self, labelled: Term) -> None:
        """What fails among values that are enumerated fails in the engine too, where every variable has one then."""
        known = set(variables(labelled, self.budget))
        if any(variable not in known for variable in self.constraints.domains.unbound()):
            self.doubt()

    def _propagated_again(self) -> None:
        self.propagated = True

    def in_order(self, height: int) -> None:
        """Make sure that the answers above come in the order that the engine has them in."""
        if self.posted and any(isinstance(choice, LabelChoice) for choice in self.choices[height:]):
            raise NotCheckableError("which answer comes first is up to how the engine labels")

    def labels_for_best(self, goal: Term) -> bool:
        """Whether it is a `labeling/2` of CLP(FD) that asks for the least or the largest of something."""
        return (
            type(goal) is Struct
            and goal.name == "labeling"
            and len(goal.args) == 2
            and "clpfd" in self.scope.database.libraries
            and not self.scope.database.defines("labeling", 2)
            and bool(self.constraints.options(goal.args[0]).wanted)
        )

    def constrained(self, found: Iterable[Var]) -> bool:
        """Whether there are constraints on one of these variables."""
        return self.posted > 0 and any(map(self.constraints.constrains, found))

    def certain(self, posted: int) -> None:
        """Make sure that the engine succeeds here too, if constraints were added since `posted`: a store that has a
        solution does not fail there either.
        """
        if self.posted != posted and self.constraints.undecided():
            raise NotCheckableError("the program commits itself while constraints are undecided")


def fail(search: Search, args: tuple[Term, ...], barrier: int, scope: Scope, rest: Frame) -> Frame | None:
    return None
