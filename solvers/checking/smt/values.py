"""Values of sorts, made so that two are the same value exactly when they are equal in Python.

A Bool is a `bool`, an Int and a BitVec an `int`, a Real a `Fraction`, a String a `str`, an element of a declared sort
its name. Values of datatypes and arrays are made once, here, and compared by identity.
"""

from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction
from itertools import product
from typing import Union

from solvers.checking.budget import Budget, NotCheckableError
from solvers.checking.smt.signature import Signature
from solvers.checking.smt.terms import BOOL, INT, REAL, STRING, Constructor, Sort

LARGEST_DOMAIN = 4096
"""Values of a sort that are listed."""
_MANY = 2**64
"""Sizes are counted up to here."""
_DEEPEST = 50


class Data:
    """A value of a datatype, by identity."""

    __slots__ = ("args", "constructor")

    def __init__(self, constructor: Constructor, args: tuple["Value", ...]) -> None:
        self.constructor = constructor
        self.args = args


class Array:
    """A value of an array sort, by identity: `default` everywhere but at the keys of `entries`."""

    __slots__ = ("default", "entries")

    def __init__(self, default: "Value", entries: Mapping["Value", "Value"]) -> None:
        self.default = default
        self.entries = entries

    def at(self, index: "Value") -> "Value":
        return self.entries.get(index, self.default)


Value = Union[bool, int, Fraction, str, Data, Array]  # noqa: UP007  # refers to itself


class Values:
    """Makes values, and lists those of finite sorts.

    Args:
        universes: the elements of declared sorts. One that is not there gets a single element; see `completed`.
        open_sorts: those of them that the model names elements of without saying that there are no others.
    """

    def __init__(
        self,
        signature: Signature,
        universes: Mapping[Sort, Sequence[str]],
        open_sorts: Collection[Sort],
        budget: Budget,
    ) -> None:
        self._open = frozenset(open_sorts)
        self._signature = signature
        self._universes = {sort: tuple(names) for sort, names in universes.items()}
        self._budget = budget
        self._made: dict[object, Data | Array] = {}
        self._sizes: dict[Sort, int | None] = {}
        self._domains: dict[Sort, tuple[Value, ...] | None] = {}
        self._defaults: dict[Sort, Value] = {}
        self.completed: set[str] = set()
        """What the model leaves open and was settled here, in words."""

    def data(self, constructor: Constructor, args: tuple[Value, ...]) -> Data:
        key = (constructor, args)
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = Data(constructor, args)
        assert isinstance(found, Data)
        return found

    def array(self, sort: Sort, default: Value, entries: Mapping[Value, Value]) -> Array:
        """The array of that sort, brought to the one form that all arrays equal to it have."""
        self._budget.spend(1 + len(entries))  # in time, and in memory
        index = sort.args[0]
        size = self.size(index)
        domain = self.domain(index) if size is not None and size <= LARGEST_DOMAIN else None
        if domain is not None:
            self._budget.spend(len(domain))
            table = {key: entries.get(key, default) for key in domain}
            default = table[domain[0]]
            entries = table
        kept = {key: value for key, value in entries.items() if value != default}
        if domain is None and size is not None and 2 * len(kept) >= size:
            # Otherwise some index is in neither of two such arrays, so that different defaults are different arrays.
            raise NotCheckableError("an array over a large finite sort has too many entries to compare")
        made_key = (sort, default, frozenset(kept.items()))
        found = self._made.get(made_key)
        if found is None:
            found = self._made[made_key] = Array(default, kept)
        assert isinstance(found, Array)
        return found

    def elements(self, sort: Sort) -> tuple[str, ...]:
        """Those of a declared sort. One that the model says nothing about may as well have a single element."""
        if sort not in self._universes:
            self.completed.add(f"the elements of {sort!r}")
            self._universes[sort] = (f"{sort!r}!only",)
        elif sort in self._open:
            self.completed.add(f"the elements of {sort!r}")
        return self._universes[sort]

    def size(self, sort: Sort, around: frozenset[Sort] = frozenset()) -> int | None:
        """How many values there are, at most `_MANY`; None: infinitely many."""
        if sort not in self._sizes:
            self._sizes[sort] = self._size(sort, around)
        return self._sizes[sort]

    def _size(self, sort: Sort, around: frozenset[Sort]) -> int | None:
        self._budget.spend()
        if len(around) > _DEEPEST:
            raise NotCheckableError("a sort is nested deeper than the checker follows")
        if sort in {INT, REAL, STRING}:
            return None
        if sort is BOOL:
            return 2
        if sort.name == "BitVec":
            return int(min(_MANY, 2 ** min(sort.indices[0], 64)))
        if sort.name == "Array":
            index, element = (self.size(part, around | {sort}) for part in sort.args)
            if element == 1:
                return 1
            if index is None or element is None:
                return None
            return _MANY if index >= 64 else min(_MANY, element**index)
        constructors = self._signature.constructors(sort)
        if constructors is None:
            return len(self.elements(sort))
        if sort in around:
            return None  # built from values of itself: there is always a larger one
        total = 0
        for constructor in constructors:
            count = 1
            for field in constructor.fields:
                size = None if field in around else self.size(field, around | {sort})
                if size is None:
                    return None
                count = min(_MANY, count * size)
            total += count
        return min(_MANY, total)

    def domain(self, sort: Sort) -> tuple[Value, ...] | None:
        """All values, where they are few enough to be listed."""
        if sort not in self._domains:
            size = self.size(sort)
            few = size is not None and size <= LARGEST_DOMAIN and sort.name != "Array"
            self._domains[sort] = self._listed(sort) if few else None
        return self._domains[sort]

    def _listed(self, sort: Sort) -> tuple[Value, ...] | None:
        if sort is BOOL:
            return (False, True)
        if sort.name == "BitVec":
            return tuple(range(2 ** sort.indices[0]))
        constructors = self._signature.constructors(sort)
        if constructors is None:
            return self.elements(sort)
        found: list[Value] = []
        for constructor in constructors:
            domains = [self.domain(field) for field in constructor.fields]
            if any(domain is None for domain in domains):
                return None
            for args in product(*(domain for domain in domains if domain is not None)):
                self._budget.spend()
                found.append(self.data(constructor, args))
        return tuple(found)

    def default(self, sort: Sort, around: frozenset[Sort] = frozenset()) -> Value:
        """Some value of the sort, always the same."""
        if sort in self._defaults:
            return self._defaults[sort]
        found = self._default(sort, around)
        if found is None:
            raise NotCheckableError(f"the checker finds no value of sort {sort!r}")
        self._defaults[sort] = found
        return found

    def _default(self, sort: Sort, around: frozenset[Sort]) -> Value | None:
        self._budget.spend()
        plain: dict[Sort, Value] = {BOOL: False, INT: 0, REAL: Fraction(0), STRING: ""}
        if sort in plain:
            return plain[sort]
        if sort.name == "BitVec":
            return 0
        if sort in around or len(around) > _DEEPEST:
            return None
        inside = around | {sort}
        if sort.name == "Array":
            element = self._default(sort.args[1], inside)
            return None if element is None else self.array(sort, element, {})
        constructors = self._signature.constructors(sort)
        if constructors is None:
            return self.elements(sort)[0]
        for constructor in constructors:
            args = [self._default(field, inside) for field in constructor.fields]
            if all(arg is not None for arg in args):
                return self.data(constructor, tuple(arg for arg in args if arg is not None))
        return None
