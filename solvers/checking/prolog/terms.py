"""Prolog terms as the checker has them, and what is done with them: dereference, bind, unify, compare, copy.

An integer is an `int`, a rational a `Fraction` that is not whole, a float a `float`, a string a `Text`.
Nothing recurses: a term may be nested as deep as a program likes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Union


@dataclass(frozen=True, slots=True)
class Atom:
    name: str


@dataclass(frozen=True, slots=True)
class Text:
    """A string: text between double quotes, which is no atom."""

    value: str


@dataclass(frozen=True, slots=True, eq=False)
class Struct:
    """A compound term. Compared with `same`, never with `==`: that would recurse."""

    name: str
    args: tuple["Term", ...]


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
