"""Prolog terms as the checker has them, and what is done with them: dereference, bind, unify, compare, copy.

An integer is an `int`, a rational a `Fraction` that is not whole, a float a `float`, a string a `Text`.
Nothing recurses: a term may be nested as deep as a program likes. Unification makes no occurs check, as in the
engine, so a term may contain itself; whoever walks over one that a program made hands a `Budget` along.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Union

from solvers.checking.budget import Budget, NotCheckableError


@dataclass(slots=True, unsafe_hash=True)
class Atom:
    """Nobody changes one; not frozen for the same reason as `Struct`."""

    name: str


@dataclass(frozen=True, slots=True)
class Text:
    """A string: text between double quotes, which is no atom."""

    value: str


@dataclass(slots=True, eq=False, repr=False)
class Struct:
    """A compound term; nobody changes one. Compared with `same`, never with `==`, which asks whether it is the same
    object. Not frozen, because a frozen one takes four times as long to make, and the search makes millions.
    """

    name: str
    args: tuple["Term", ...]

    def __repr__(self) -> str:
        return f"Struct({self.name!r}/{len(self.args)})"


class Real(Fraction):
    """The exact value of what CLP(R) has as a float. Outside of constraints it is neither: see `same_constant`."""


class Var:
    """A variable, by identity. `value` None: unbound. Bound and unbound through a `Trail` alone."""

    __slots__ = ("name", "value")

    def __init__(self, name: str = "_") -> None:
        self.name = name
        self.value: Term | None = None


Term = Union[Atom, Text, Struct, Var, int, Fraction, float]  # noqa: UP007  # refers to itself

NIL = Atom("[]")
TRUE = Atom("true")
CURLY = Atom("{}")
LIST = "[|]"
"""Name of a list cell, as in SWI-Prolog 7 and later."""

PIECE = 500
"""Steps that are taken before the budget hears of them."""


def deref(term: Term) -> Term:
    """The term that a chain of bound variables ends in."""
    while type(term) is Var and term.value is not None:
        term = term.value
    return term


class Trail:
    """What to undo on the way back: bindings, and whatever else is noted."""

    __slots__ = ("_entries", "bound")

    def __init__(self) -> None:
        self._entries: list[Var | Callable[[], None]] = []
        self.bound: list[Var] = []
        """Variables bound since somebody last emptied this list: for constraints that wait on them."""

    def bind(self, var: Var, value: Term) -> None:
        """Bind an unbound variable. `value` is dereferenced and not `var` itself."""
        var.value = value
        self._entries.append(var)
        self.bound.append(var)

    def note(self, undo: Callable[[], None]) -> None:
        """Have `undo` called on the way back."""
        self._entries.append(undo)

    def mark(self) -> int:
        return len(self._entries)

    def undo(self, mark: int) -> None:
        """Take back everything since `mark`, the last first."""
        entries = self._entries
        while len(entries) > mark:
            entry = entries.pop()
            if type(entry) is Var:
                entry.value = None
            else:
                entry()  # type: ignore[operator]  # a Var is no other class
        self.bound.clear()


def unify(left: Term, right: Term, trail: Trail, budget: Budget) -> bool:
    """`=`/2. What it has bound when it fails, the caller undoes."""
    todo = [(left, right)]
    steps = 0
    while todo:
        left, right = todo.pop()
        while type(left) is Var and left.value is not None:
            left = left.value
        while type(right) is Var and right.value is not None:
            right = right.value
        if left is right:
            continue
        steps += 1
        if steps >= PIECE:
            budget.spend(steps)
            steps = 0
        if type(left) is Var:
            trail.bind(left, right)
        elif type(right) is Var:
            trail.bind(right, left)
        elif type(left) is Struct:
            if type(right) is not Struct or left.name != right.name or len(left.args) != len(right.args):
                return False
            todo.extend(zip(left.args[::-1], right.args[::-1], strict=True))
        elif not same_constant(left, right):
            return False
    budget.spend(steps)
    return True


def same_constant(left: Term, right: Term) -> bool:
    """Whether two terms are the same atom, number or string: 1 is not 1.0, and 0.0 is not -0.0.

    Raises `NotCheckableError` where the engine compares a float that CLP(R) has computed with another float.
    """
    if (type(left) is Real and type(right) in (Real, float)) or (type(right) is Real and type(left) is float):
        raise NotCheckableError("whether two floats are the same, of which CLP(R) has computed one")
    if type(left) is not type(right):
        if (isinstance(left, float) and _is_rounded(right)) or (isinstance(right, float) and _is_rounded(left)):
            raise NotCheckableError("whether a rounded number equals a float is up to the engine")
        return False
    if _is_rounded(left):
        raise NotCheckableError("whether two rounded numbers are equal is up to the engine")
    return left == right if type(left) is not float else repr(left) == repr(right)


def _is_rounded(term: Term) -> bool:
    """Whether it is the exact value of what the engine has as a float: a class of its own, for CLP(R)."""
    return type(term) is Real


def same(left: Term, right: Term, budget: Budget) -> bool:
    """`==`/2."""
    todo = [(left, right)]
    while todo:
        budget.spend()
        left, right = todo.pop()
        left, right = deref(left), deref(right)
        if left is right:
            continue
        if type(left) is Struct:
            if type(right) is not Struct or left.name != right.name or len(left.args) != len(right.args):
                return False
            todo.extend(zip(left.args[::-1], right.args[::-1], strict=True))
        elif type(left) is Var or not same_constant(left, right):
            return False
    return True


def compare(left: Term, right: Term, budget: Budget) -> int:
    """-1, 0 or 1 in the standard order of terms.

    Raises `NotCheckableError` for two variables: they are ordered by age, which only the engine knows.
    """
    todo = [(left, right)]
    while todo:
        budget.spend()
        left, right = todo.pop()
        left, right = deref(left), deref(right)
        if left is right:
            continue
        found = _order(_rank(left), _rank(right)) or _order_of_like(left, right)
        if found:
            return found
        if type(left) is Struct and type(right) is Struct:
            todo.extend(zip(left.args[::-1], right.args[::-1], strict=True))
    return 0


def _rank(term: Term) -> int:
    if isinstance(term, Var):
        return 0
    if isinstance(term, int | Fraction | float):
        return 1
    return 2 if isinstance(term, Text) else 3 if isinstance(term, Atom) else 4


def _order_of_like(left: Term, right: Term) -> int:
    """Of two terms of one rank; of compound ones only by arity and name."""
    if isinstance(left, Struct) and isinstance(right, Struct):
        return _order(len(left.args), len(right.args)) or _order(left.name, right.name)
    if isinstance(left, Atom) and isinstance(right, Atom):
        # `[]` is no ordinary atom: it comes before them all.
        return _order(left != NIL, right != NIL) or _order(left.name, right.name)
    if isinstance(left, Text) and isinstance(right, Text):
        return _order(left.value, right.value)
    if isinstance(left, int | Fraction | float) and isinstance(right, int | Fraction | float):
        # By value; of two that are equal the float comes first.
        found = _order(left, right) or _order(type(left) is not float, type(right) is not float)
        if not found and not same_constant(left, right):
            raise NotCheckableError("the order of 0.0 and -0.0, or of what is no number")
        return found
    raise NotCheckableError("the order of two variables is up to the engine")


def _order(left: Any, right: Any) -> int:
    return int(left > right) - int(left < right)


def copy(term: Term, renaming: dict[Var, Term], budget: Budget | None = None) -> Term:
    """The term with each unbound variable replaced by what `renaming` has for it; one that it lacks gets a fresh
    variable, which is added to it. Bindings are applied, and parts without variables are shared.
    """
    made: dict[int, Term] = {}
    opened: set[int] = set()
    todo = [term]
    while todo:
        if budget is not None:
            budget.spend()
        found = deref(todo[-1])
        if type(found) is Var:
            if found not in renaming:
                renaming[found] = Var(found.name)
            made[id(found)] = renaming[found]
        elif type(found) is not Struct:
            made[id(found)] = found
        elif id(found) not in opened:
            opened.add(id(found))
            for part in reversed(found.args):
                part = deref(part)
                if id(part) not in made:
                    if id(part) in opened:
                        raise NotCheckableError("a term that contains itself")
                    todo.append(part)
            continue
        elif id(found) not in made:
            args = tuple([made[id(deref(part))] for part in found.args])
            unchanged = all(new is old for new, old in zip(args, found.args, strict=True))
            made[id(found)] = found if unchanged else Struct(found.name, args)
        todo.pop()
    return made[id(deref(term))]


def variables(term: Term, budget: Budget | None = None) -> list[Var]:
    """The unbound variables, each once, in the order of the text."""
    found: dict[Var, None] = {}
    seen: set[int] = set()
    todo = [term]
    steps = 0
    while todo:
        steps += 1
        if steps >= PIECE and budget is not None:
            budget.spend(steps)
            steps = 0
        part = todo.pop()
        while type(part) is Var and part.value is not None:
            part = part.value
        if type(part) is Var:
            found[part] = None
        elif type(part) is Struct and id(part) not in seen:
            seen.add(id(part))
            todo += part.args[::-1]
    if budget is not None:
        budget.spend(steps)
    return list(found)


def list_of(term: Term, budget: Budget | None = None) -> list[Term] | None:
    """The elements of a list, not dereferenced; None for anything else, a partial list included."""
    items: list[Term] = []
    seen: set[int] = set()
    term = deref(term)
    while type(term) is Struct and term.name == LIST and len(term.args) == 2:
        if budget is not None:
            budget.spend()
        if id(term) in seen:
            raise NotCheckableError("a term that contains itself")
        seen.add(id(term))
        items.append(term.args[0])
        term = deref(term.args[1])
    return items if term == NIL else None


def make_list(items: Iterable[Term], tail: Term = NIL) -> Term:
    for item in reversed(list(items)):
        tail = Struct(LIST, (item, tail))
    return tail


def is_callable(term: Term) -> bool:
    """Whether it is an atom or a compound term."""
    return isinstance(deref(term), Atom | Struct)


def indicator(term: Term) -> tuple[str, int]:
    """Name and number of arguments of an atom or a compound term.

    Raises `NotCheckableError` for anything else.
    """
    term = deref(term)
    if type(term) is Struct:
        return term.name, len(term.args)
    if type(term) is Atom:
        return term.name, 0
    raise NotCheckableError("a goal that is neither an atom nor a compound term")
