"""The shape of a first-order reading: its symbols, formulas in which they may be replaced, and how they are written."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from typing import NamedTuple

from solvers.checking.smt.theories import NAMES
from solvers.smt.sexpr import symbol_text


class Role(StrEnum):
    SORT = "sort"
    INDIVIDUAL = "individual"
    PREDICATE = "predicate"


class Symbol(NamedTuple):
    """A name that means nothing by itself. `sorts`: of a predicate's arguments; of an individual, its own."""

    role: Role
    name: str
    sorts: tuple[str, ...] = ()


Formula = tuple["str | Symbol", ...]
"""SMT-LIB in pieces. Its variables begin with `?`, which no symbol does."""


class Premise(NamedTuple):
    """`text` names it for people: its label, or line and how that begins."""

    formula: Formula
    text: str


@dataclass(frozen=True, slots=True)
class ClassicalReading:
    """What a formalisation says.

    Args:
        conclusion: what is asked.
        complement: what is said to hold where the conclusion is false; None: its negation.
        distinct_names: two names are two individuals, because the language has it so.
        uses_distinct_names: what follows depends on that.
        gloss: words for a symbol, by its name, or by `name/arity`.
    """

    premises: tuple[Premise, ...]
    conclusion: Formula
    complement: Formula | None = None
    distinct_names: bool = False
    uses_distinct_names: bool = False
    gloss: tuple[tuple[str, str], ...] = ()

    def symbols(self) -> tuple[Symbol, ...]:
        """All that the premises, the conclusion and the complement use, each once, with their sorts."""
        formulas = [*(premise.formula for premise in self.premises), self.conclusion, self.complement or ()]
        found = dict.fromkeys(piece for piece in chain(*formulas) if isinstance(piece, Symbol))
        sorts = dict.fromkeys(Symbol(Role.SORT, sort) for symbol in found for sort in symbol.sorts)
        return tuple({**sorts, **found})


def text_of(formula: Formula, names: Mapping[Symbol, str]) -> str:
    return "".join(names[piece] if isinstance(piece, Symbol) else piece for piece in formula)


def premises_of(reading: ClassicalReading, names: Mapping[Symbol, str]) -> list[str]:
    """The premises as SMT-LIB, without the one that names are distinct."""
    return [text_of(premise.formula, names) for premise in reading.premises]


def distinctness(reading: ClassicalReading, names: Mapping[Symbol, str]) -> list[str]:
    """That the individuals of the reading are distinct, as one formula; none where there are not two."""
    individuals = [names[symbol] for symbol in reading.symbols() if symbol.role is Role.INDIVIDUAL]
    return [f"(distinct {' '.join(individuals)})"] if len(individuals) > 1 else []


def naming(symbols: Iterable[Symbol]) -> dict[Symbol, str]:
    """A name in SMT-LIB for each symbol: `otter/1`, `milo`. No two are the same, and none has a meaning already."""
    taken = set(NAMES) | {"Bool", "Int", "Real", "String"}
    names = {}
    for symbol in symbols:
        name = f"{symbol.name}/{len(symbol.sorts)}" if symbol.role is Role.PREDICATE else symbol.name
        while name in taken:
            name += "_"
        taken.add(name)
        names[symbol] = symbol_text(name)
    return names


def declarations(names: Mapping[Symbol, str]) -> list[str]:
    """The commands that declare the symbols, sorts first."""
    sorts, others = [], []
    for symbol, name in names.items():
        own = [names[Symbol(Role.SORT, sort)] for sort in symbol.sorts]
        match symbol.role:
            case Role.SORT:
                sorts.append(f"(declare-sort {name} 0)")
            case Role.INDIVIDUAL:
                others.append(f"(declare-const {name} {own[0]})")
            case Role.PREDICATE:
                others.append(f"(declare-fun {name} ({' '.join(own)}) Bool)")
    return sorts + others
