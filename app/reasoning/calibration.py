"""How often each rung of trust was right on labelled problems, with an interval. No figure stands on few samples.

The table is made by evaluations with known answers: those of the service's own database that are complete
(`app.store.calibrating`), and a file of JSON (`make bench` makes such entries), a list of
`{"set", "lm", "kind", "trust", "trust_rule", "right", "n"}`.
"""

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from statistics import NormalDist

from app.reasoning.trust import TRUST_RULE
from app.reasoning.types import Kind, Trust
from app.settings import SettingsError

LEAST = 100
"""Samples below which nothing is said."""

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Calibration:
    """Of `n` labelled problems of `set` that reached this trust, the share `p` was right, between `low` and `high`."""

    p: float
    low: float
    high: float
    n: int
    set: str


@dataclass(frozen=True, slots=True)
class Entry:
    """How many of `n` problems of one kind, by one language model, were right at one rung under one rule."""

    set: str
    lm: str
    kind: Kind
    trust: Trust
    trust_rule: int
    right: int
    n: int


class CalibrationTable:
    """Looks up what is known of a rung. Several sets of the same kind and language model are added up."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries = tuple(entries)

    def of(self, trust: Trust | None, kind: Kind, lm: str, trust_rule: int = TRUST_RULE) -> Calibration | None:
        """None where fewer than `LEAST` samples stand behind it, or it was measured under another rule."""
        found = [
            entry
            for entry in self.entries
            if (entry.trust, entry.kind, entry.lm, entry.trust_rule) == (trust, kind, lm, trust_rule)
        ]
        n, right = sum(entry.n for entry in found), sum(entry.right for entry in found)
        if n < LEAST:
            return None
        low, high = wilson(right, n)
        return Calibration(round(right / n, 4), round(low, 4), round(high, 4), n, " + ".join(e.set for e in found))


def wilson(right: float, n: float, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """The score interval of a share (Wilson 1927), which stays within 0 and 1; of nothing it is everything.

    `right` and `n` need not be whole: of problems that were solved several times each, they count problems.
    """
    if n == 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share = right / n
    centre = share + z * z / (2 * n)
    spread = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    low, high = (centre - spread) / (1 + z * z / n), (centre + spread) / (1 + z * z / n)
    return low if right > 0 else 0.0, high if right < n else 1.0  # without the rounding at the ends


def load_calibration(path: Path | None = None) -> CalibrationTable:
    """The table of `path`, or the one that ships.

    Raises:
        SettingsError: it cannot be read, or is no table; the message names the entry.
    """
    source = files("app.reasoning").joinpath("calibration.json") if path is None else path
    try:
        body = json.loads(source.read_text("utf-8"))
        if not isinstance(body, list):
            raise ValueError("a calibration table is a list of entries")
        return CalibrationTable(tuple(_entry(each, number) for number, each in enumerate(body, 1)))
    except (OSError, ValueError, RecursionError) as error:
        raise SettingsError(f"QUOD_CALIBRATION, {path}: {error}") from error


def _entry(body: object, number: int) -> Entry:
    names = {"set", "lm", "kind", "trust", "trust_rule", "right", "n"}
    if not isinstance(body, dict) or body.keys() != names:
        raise ValueError(f"entry {number} of the calibration table has not exactly {sorted(names)}")
    counts = [body[name] for name in ("trust_rule", "right", "n")]
    if not all(type(count) is int and count >= 0 for count in counts) or body["right"] > body["n"]:
        raise ValueError(f"entry {number} of the calibration table: counts are whole numbers, and right is at most n")
    return Entry(
        set=str(body["set"]),
        lm=str(body["lm"]),
        kind=Kind(body["kind"]),
        trust=Trust(body["trust"]),
        trust_rule=body["trust_rule"],
        right=body["right"],
        n=body["n"],
    )
