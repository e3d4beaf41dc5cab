"""Which symbol of one reading stands for the same as which of another: by name, else by the words that explain them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.reasoning.first_order import ClassicalReading, Role, Symbol

_WORD = re.compile(r"[^\W_]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_LEADING = frozenset("is are was were be has have had".split())
_ARTICLES = frozenset("a an the".split())


@dataclass(frozen=True, slots=True)
class Matching:
    """`pairs`: a symbol of the first with one of the second, one to one. The others: what has no counterpart."""

    pairs: Mapping[Symbol, Symbol]
    first_only: tuple[Symbol, ...]
    second_only: tuple[Symbol, ...]

    def why_not(self) -> str:
        """In words, what has no counterpart; empty where everything has one."""
        sides = (("first", self.first_only), ("second", self.second_only))
        return "; ".join(
            f"only the {side} reading speaks of {', '.join(map(_shown, symbols[:5]))}"
            for side, symbols in sides
            if symbols
        )


def align(first: ClassicalReading, second: ClassicalReading) -> Mapping[Symbol, Symbol] | None:
    """A counterpart in the second reading for each symbol of the first, one to one, and none left over; else None."""
    matching = match(first, second)
    return None if matching.why_not() else matching.pairs


def match(first: ClassicalReading, second: ClassicalReading) -> Matching:
    """Pair symbols of a role and arity that have the same name, nearly the same name, or the same words beside them.

    Only what is unmistakable is paired: where two symbols of a reading have one key, that key says nothing.
    """
    left, right = list(first.symbols()), list(second.symbols())
    pairs: dict[Symbol, Symbol] = {}
    first_sorts = [symbol for symbol in left if symbol.role is Role.SORT]
    second_sorts = [symbol for symbol in right if symbol.role is Role.SORT]
    if len(first_sorts) == len(second_sorts) == 1:
        pairs[first_sorts[0]] = second_sorts[0]
    first_gloss, second_gloss = dict(first.gloss), dict(second.gloss)
    keys: tuple[tuple[Callable[[Symbol], str], Callable[[Symbol], str]], ...] = (
        (lambda symbol: symbol.name, lambda symbol: symbol.name),
        (_normal_name, _normal_name),
        (lambda symbol: _words(symbol, first_gloss), lambda symbol: _words(symbol, second_gloss)),
    )
    # Sorts first: what a symbol is of decides what it can be paired with.
    for sorts in (True, False):
        for first_key, second_key in keys:
            taken = set(pairs.values())
            ours = _by_key([s for s in left if s not in pairs and (s.role is Role.SORT) is sorts], first_key, pairs)
            theirs = _by_key([s for s in right if s not in taken and (s.role is Role.SORT) is sorts], second_key, None)
            for key, symbol in ours.items():
                other = theirs.get(key)
                if symbol is not None and other is not None:
                    pairs[symbol] = other
    taken = set(pairs.values())
    return Matching(pairs, tuple(s for s in left if s not in pairs), tuple(s for s in right if s not in taken))


def _by_key(
    symbols: list[Symbol], key_of: Callable[[Symbol], str], pairs: Mapping[Symbol, Symbol] | None
) -> dict[object, Symbol | None]:
    """The one symbol of each key, None where there are two. `pairs`: what the sorts are in the other reading."""
    found: dict[object, Symbol | None] = {}
    for symbol in symbols:
        sorts = symbol.sorts
        if pairs is not None:
            counterparts = [pairs.get(Symbol(Role.SORT, sort)) for sort in sorts]
            if None in counterparts:
                continue
            sorts = tuple(other.name for other in counterparts if other is not None)
        if words := key_of(symbol):
            key = (symbol.role, sorts, words)
            found[key] = None if key in found else symbol
    return found


def _normal_name(symbol: Symbol) -> str:
    return "".join(_normal(_CAMEL.sub("_", symbol.name)))


def _words(symbol: Symbol, gloss: Mapping[str, str]) -> str:
    words = gloss.get(f"{symbol.name}/{len(symbol.sorts)}") or gloss.get(symbol.name) or ""
    return " ".join(word for word in _normal(words) if word not in _ARTICLES)


def _normal(text: str) -> list[str]:
    """The words in small letters, without an "is" or "has" at the beginning and without the s of a plural."""
    words = _WORD.findall(text.casefold())
    while len(words) > 1 and words[0] in _LEADING:
        words = words[1:]
    return [word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word for word in words]


def _shown(symbol: Symbol) -> str:
    return f"{symbol.name[:40]}/{len(symbol.sorts)}" if symbol.role is Role.PREDICATE else symbol.name[:40]
