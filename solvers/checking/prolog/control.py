"""Control constructs of the search: conjunctions of other kinds, conditions, negation, calls, catch and throw."""

from functools import cache
from pathlib import Path

from solvers.checking.budget import NotCheckableError
from solvers.checking.prolog.machine import Entry, Frame, Handler, LabelChoice, Mark, Scope, Search
from solvers.checking.prolog.terms import (
    Atom,
    Struct,
    Term,
    Var,
    copy,
    deref,
    indicator,
    is_callable,
    list_of,
    variables,
)

Args = tuple[Term, ...]


@cache
def engine_names() -> frozenset[str]:
    """Of the predicates that SWI-Prolog and its libraries define, with any number of arguments."""
    return frozenset(Path(__file__).with_name("engine_names.txt").read_text(encoding="utf-8").split())


class Commit(Mark):
    """Forget the choices made since."""

    __slots__ = ("doubts", "height")

    def __init__(self, height: int, doubts: int) -> None:
        self.height = height
        self.doubts = doubts

    def run(self, search: Search, rest: Frame) -> Frame | None:
        search.undoubted(self.doubts)
        search.commit(self.height)
        return rest


class SoftCommit(Mark):
    """Forget one choice alone: the other branch of `*->`."""

    __slots__ = ("height",)

    def __init__(self, height: int) -> None:
        self.height = height

    def run(self, search: Search, rest: Frame) -> Frame | None:
        search.forget(self.height)
        return rest


class Refute(Mark):
    """The goal of a negation has an answer: fail, and not into what it left."""

    __slots__ = ("height",)

    def __init__(self, height: int) -> None:
        self.height = height

    def run(self, search: Search, rest: Frame) -> Frame | None:
        search.commit(self.height)
        return None


def _unifiable(search: Search, left: Term, right: Term) -> bool:
    mark = search.trail.mark()
    unified = search.unify(left, right)
    search.trail.undo(mark)
    return unified


class CatchExit(Mark):
    """The goal of a `catch/3` has been left; while this is ahead, the goal is being run."""

    __slots__ = ("before", "catcher", "height", "mark", "recovery", "rest")

    def __init__(self, search: Search, catcher: Term, recovery: Term, rest: Frame) -> None:
        self.catcher = catcher
        self.before = copy(catcher, {}, search.budget)
        self.recovery = recovery
        self.height = len(search.choices)
        self.mark = search.trail.mark()
        self.rest = rest

    def catches(self, search: Search, ball: Term) -> bool:
        """Whether the catcher unifies. The engine asks before it takes back what the goal has bound."""
        found = _unifiable(search, self.catcher, ball)
        if found != _unifiable(search, self.before, ball):
            raise NotCheckableError("what a goal binds keeps its exception from being caught")
        return found

    def run(self, search: Search, rest: Frame) -> Frame | None:
        return rest


def _true(search: Search, args: Args, barrier: int, scope: Scope, rest: Frame) -> Frame | None:
    return rest


def _fail(search: Search, args: Args, barrier: int, scope: Scope, rest: Frame) -> Frame | None:
    return None


def _cut(search: Search, args: Args, barrier: int, scope: Scope, rest: Frame) -> Frame | None:
    if search.doubts:
        search.undoubted(barrier.doubts if isinstance(barrier, Entry) else 0)
    search.commit(barrier)
    return rest


def _or(search: Search, args: Args, barrier: int, scope: Scope, rest: Frame) -> Frame | None:
    left = deref(args[0])
    if isinstance(left, Struct) and len(left.args) == 2 and left.name in ("->", "*->"):
        height = len(search.choices)
        search.on_failure((args[1], barrier, scope, rest))
        leave = Commit(height, search.doubts) if left.name == "->" else SoftCommit(height)
        return left.args[0], search.entry(), scope, (leave, 0, scope, (left.args[1], barrier, scope, rest))
    search.otherwise((args[1], barrier, scope, rest))
    return left, barrier, scope, rest


def _if_then(search: Search, args: Args, barrier: int, scope: Scope, rest: Frame) -> Frame | None:
    height = len(search.choices)
    leave = Commit(height, search.doubts)
    return args[0], search.entry(), scope, (leave, 0, scope, (args[1], barrier, scope, rest))


def _soft_if_then(search: Search, args: Args, barrier: int, scope: Scope, rest: Frame) -> Frame | None:
    return args[0], search.entry(), scope, (args[1], barrier, scope, rest)


def _not(search: Search, args: Args, barrier: int, scope: Scope, rest: Frame) -> Frame | None:
    height = len(search.choices)
    search.on_failure(rest)
    return args[0], search.entry(), scope, (Refute(height), 0, scope, rest)


def _called_not(search: Search, args: Args, barrier: int, scope: Scope, rest: Frame) -> Frame | None:
    height = len(search.choices)
    search.on_failure(rest)
    return search.call(args[0], (Refute(height), 0, scope, rest))


def _forall(search: Search, args: Args, barrier: int, scope: Scope, rest: Frame) -> Frame | None:
    # \+ (Condition, \+ Action)
    height = len(search.choices)
    search.on_failure(rest)
    refuted: Frame = (Refute(height), 0, scope, rest)
    return search.call(args[0], (_FORALL_ACTION, 0, scope, (args[1], 0, scope, refuted)))


class _ForallAction(Mark):
    """The action stands in the next frame."""

    __slots__ = ()

    def run(self, search: Search, rest: Frame) -> Frame | None:
        action, _, scope, after = rest
        return _called_not(search, (action,), 0, scope, after)


_FORALL_ACTION = _ForallAction()


class OnceBest(Mark):
    """The end of a `once/1` that is a labelling for the best: any of the best answers may be the engine's first, so all
    of them are kept, and nothing else.
    """

    __slots__ = ("doubts", "goal", "height")

    def __init__(self, goal: Term, height: int, doubts: int) -> None:
        self.goal = goal
        self.height = height
        self.doubts = doubts

    def run(self, search: Search, rest: Frame) -> Frame | None:
        search.leaves_unlabelled(self.goal)
        search.undoubted(self.doubts)
        search.constraints.guessed = True
        search.posted += 1
        search.labelled()
        frame = search.iterate(search.constraints.solve(self.goal, best_only=True), rest, LabelChoice)
        if frame is not None:
            choice = search.choices.pop()
            search.commit(self.height)
            search.choices.append(choice)
        return frame


def _once(search: Search, args: Args, barrier: int, scope: Scope, rest: Frame) -> Frame | None:
    goals, last = [], deref(args[0])
    while isinstance(last, Struct) and last.name == "," and len(last.args) == 2:
        search.budget.spend()
        goals.append(last.args[0])
        last = deref(last.args[1])
    if search.labels_for_best(last):
        height = len(search.choices)
        after: Frame = (OnceBest(last, height, search.doubts), 0, scope, rest)
        for goal in reversed(goals):
            after = (goal, search.entry(), search.scope, after)
        return after
    return search.call(args[0], (Commit(len(search.choices), search.doubts), 0, scope, rest))


def _ignore(search: Search, args: Args, barrier: int, scope: Scope, rest: Frame) -> Frame | None:
    height = len(search.choices)
    search.on_failure(rest)
    return search.call(args[0], (Commit(height, search.doubts), 0, scope, rest))


def _call(search: Search, args: Args, barrier: int, scope: Scope, rest: Frame) -> Frame | None:
    goal = deref(args[0])
    return search.call(extended(goal, args[1:]) if len(args) > 1 else goal, rest)


def extended(goal: Term, more: Args) -> Term:
    """The goal with arguments added at its end."""
    goal = deref(goal)
    if isinstance(goal, Atom):
        return Struct(goal.name, more)
    if isinstance(goal, Struct):
        if goal.name == ":" and len(goal.args) == 2:
            return Struct(":", (goal.args[0], extended(goal.args[1], more)))
        return Struct(goal.name, goal.args + more)
    raise NotCheckableError("what is called is no goal")


def _lambda(search: Search, args: Args, barrier: int, scope: Scope, rest: Frame) -> Frame | None:
    """`Free/Parameters>>Body` called: variables that are not in `Free` are renamed for each call."""
    renaming: dict[Var, Term] = {}
    parameters = deref(args[0])
    if isinstance(parameters, Struct) and parameters.name == "/" and len(parameters.args) == 2:
        renaming = {variable: variable for variable in variables(parameters.args[0], search.budget)}
    shared = len(renaming)
    found = copy(Struct(">>", args[:2]), renaming, search.budget)
    if search.constrained(list(renaming)[shared:]):
        raise NotCheckableError("a lambda is copied while constraints are undecided")
    if not isinstance(found, Struct):
        raise NotCheckableError("a lambda without a body")
    parameters = deref(found.args[0])
    if isinstance(parameters, Struct) and parameters.name == "/" and len(parameters.args) == 2:
        parameters = deref(parameters.args[1])
    expected = list_of(parameters, search.budget)
    if expected is None:
        raise NotCheckableError("the parameters of a lambda are no list")
    given = args[2:]
    for parameter, argument in zip(expected, given, strict=False):
        if not search.unify(parameter, argument):
            return None
    if search.trail.bound and not search.woken():
        return None
    more = given[len(expected) :]
    return search.call(extended(found.args[1], more) if more else found.args[1], rest)


def _qualified(search: Search, args: Args, barrier: int, scope: Scope, rest: Frame) -> Frame | None:
    module, goal = deref(args[0]), deref(args[1])
    if not isinstance(module, Atom) or not is_callable(goal):
        raise NotCheckableError("a goal of a module that is not given")
    if module.name == "user":
        return search.call(goal, rest)
    handler = search.scope.of_module(module.name, *indicator(goal))
    return handler(search, goal.args if isinstance(goal, Struct) else (), 0, search.scope, rest)


def _catch(search: Search, args: Args, barrier: int, scope: Scope, rest: Frame) -> Frame | None:
    leave = CatchExit(search, args[1], args[2], rest)
    if "clpfd" in search.scope.database.libraries:
        search.on_failure(None)  # where the engine goes on it may come to an error
    return search.call(args[0], (leave, 0, scope, rest))


def _throw(search: Search, args: Args, barrier: int, scope: Scope, rest: Frame) -> Frame | None:
    renaming: dict[Var, Term] = {}
    ball = copy(args[0], renaming, search.budget)
    if search.constrained(renaming):
        raise NotCheckableError("an exception with variables, under constraints")
    if isinstance(ball, Var):
        raise NotCheckableError("an exception that is a variable")
    return thrown(search, ball, rest)


def thrown(search: Search, ball: Term, frame: Frame) -> Frame | None:
    """Go on in the innermost `catch/3` whose goal is being run and whose catcher unifies."""
    while frame is not None:
        search.budget.spend()
        goal, _, _, frame = frame
        if isinstance(goal, CatchExit) and goal.catches(search, ball):
            # Everything that the goal has done is taken back, what constraints it has posted included.
            del search.choices[goal.height :]
            search.trail.undo(goal.mark)
            if not search.unify(goal.catcher, ball) or (search.trail.bound and not search.woken()):
                raise NotCheckableError("an exception that constraints keep from being caught")
            return search.call(goal.recovery, goal.rest)
    raise NotCheckableError("an exception that nothing catches")


def unknown(name: str, arity: int) -> Handler:
    """A procedure that neither the program nor the checker has."""

    def missing(search: Search, args: Args, barrier: int, scope: Scope, rest: Frame) -> Frame | None:
        frame = rest
        while frame is not None:
            search.budget.spend()
            goal, _, _, frame = frame
            if isinstance(goal, CatchExit):
                return _caught(search, goal, name, arity)
        raise NotCheckableError(f"{name}/{arity} is not defined by the program and is unknown to the checker")

    return missing


def _caught(search: Search, leave: CatchExit, name: str, arity: int) -> Frame | None:
    """`catch(G, error(existence_error(procedure, Name/Arity), _), fail)` fails if there is no such procedure; it is
    the one thing that is done about errors of the engine.
    """
    catcher, recovery = deref(leave.catcher), deref(leave.recovery)
    failing = isinstance(recovery, Atom) and recovery.name in ("fail", "false")
    if failing and isinstance(catcher, Struct) and name not in engine_names() and not name.startswith("$"):
        missing = Struct("/", (Atom(name), arity))
        ball = Struct("error", (Struct("existence_error", (Atom("procedure"), missing)), Var()))
        if isinstance(deref(catcher.args[-1]), Var) and leave.catches(search, ball):
            del search.choices[leave.height :]
            return None
    raise NotCheckableError(f"{name}/{arity} is unknown to the checker")


CONTROL: dict[tuple[str, int], Handler] = {
    ("true", 0): _true,
    ("fail", 0): _fail,
    ("false", 0): _fail,
    ("!", 0): _cut,
    (";", 2): _or,
    ("->", 2): _if_then,
    ("*->", 2): _soft_if_then,
    ("\\+", 1): _not,
    ("not", 1): _called_not,
    ("forall", 2): _forall,
    ("once", 1): _once,
    ("ignore", 1): _ignore,
    (":", 2): _qualified,
    ("catch", 3): _catch,
    ("throw", 1): _throw,
    **{("call", arity): _call for arity in range(1, 9)},
    **{(">>", arity): _lambda for arity in range(2, 10)},
}
