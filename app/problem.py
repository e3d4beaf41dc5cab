"""What a person asked. A gold answer has no place here."""

from dataclasses import dataclass
from enum import StrEnum

from solvers.types import Language


class Kind(StrEnum):
    ARITHMETIC = "arithmetic"
    ENTAILMENT = "entailment"
    CONSTRAINT = "constraint"
    OPTIMISATION = "optimisation"


class World(StrEnum):
    """What is not derivable: false (closed), or simply not known (open)."""

    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Problem:
    """What a person asked. `kind` and `language` None: the pipeline decides."""

    text: str
    kind: Kind | None = None
    language: Language | None = None
    world: World = World.OPEN
