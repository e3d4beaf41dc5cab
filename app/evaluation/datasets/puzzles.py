"""Readers of grid puzzles and of problems that ask for the best of what is possible."""

import itertools
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from app.evaluation.datasets.faults import NotASample, RowFault
from app.evaluation.datasets.fields import ABSENT, lookup, text, texts
from app.evaluation.datasets.rows import Row
from app.problem import Kind, Problem
from app.store.evaluation_types import Answers, Sample

_CLUE = re.compile(r"The person with (.+?) (also has|does not have) (.+)\.")
_MOST_THINGS = 6
"""Of a dimension: all their orders are gone through."""
_MOST_STEPS = 200_000
"""Of the search for a grid; the puzzles of the public set take at most some thousands."""

Place = tuple[int, int]
"""A dimension, and a thing of it."""


def zebra(row: Row) -> Iterator[Sample]:
    """Grid puzzles whose clues say of two properties that one person has both, or not.

    Source: github.com/johnmclain1989ai/zebra_puzzle, `zebra_puzzles_gurobi_100.json`. Licence: Apache-2.0.
    Format: a JSON list, `puzzle_id`, `dimensions`, `entities` (a list for each dimension), `clues`.
    Target: the grid (`Answers.GRID`), for each of the first dimension's things what it goes with. It is worked out from
    the clues, since `solution` counts in another order than `entities` is in. Left out: puzzles in which two dimensions
    have the same name, so that a clue may mean either, or whose clues allow several grids or none.
    """
    dimensions = texts(row.fields, "dimensions")
    entities = _entities(row.fields, len(dimensions))
    clues = texts(row.fields, "clues")
    if len(set(dimensions)) < len(dimensions):
        raise NotASample("two of its dimensions have the same name")
    grids = list(itertools.islice(_grids(entities, [_parsed(clue, dimensions, entities) for clue in clues]), 2))
    if len(grids) != 1:
        raise NotASample("its clues allow several grids" if grids else "its clues contradict each other")
    target = {
        thing: {name: entities[d][grids[0][d].index(person)] for d, name in enumerate(dimensions) if d}
        for person, thing in enumerate(entities[0])
    }
    yield Sample(
        f"zebra:{text(row.fields, 'puzzle_id')}",
        Problem(_posed(dimensions, entities, clues), Kind.CONSTRAINT),
        json.dumps(target, ensure_ascii=False),
        Answers.GRID,
    )


def _posed(dimensions: Sequence[str], entities: Sequence[Sequence[str]], clues: Sequence[str]) -> str:
    lines = [f"There are {len(entities[0])} persons. Each has one of each of the following, and no two have the same."]
    lines += [f"- {name}: {', '.join(things)}" for name, things in zip(dimensions, entities, strict=True)]
    first, *others = dimensions
    asked = f"For each {first}, which {', which '.join(others)} does the person have?"
    return "\n".join([*lines, "", *clues, "", asked])


def _entities(fields: Any, dimensions: int) -> list[list[str]]:
    found = lookup(fields, "entities")
    if not isinstance(found, list) or len(found) != dimensions:
        raise RowFault("'entities' has no list for each of the dimensions")
    entities = [texts({"entities": things}, "entities") for things in found]
    if len({len(things) for things in entities}) != 1 or len(entities[0]) > _MOST_THINGS or dimensions < 2:
        raise RowFault(f"'entities' are not equally many things of each dimension, at most {_MOST_THINGS}")
    if any(len(set(things)) < len(things) for things in entities):
        raise RowFault("'entities' has the same thing twice in a dimension")
    return entities


def _parsed(clue: str, dimensions: Sequence[str], entities: Sequence[Sequence[str]]) -> tuple[Place, Place, bool]:
    """Two properties, and whether one person has both."""
    places = {
        f"{name} {thing}": (d, place)
        for d, (name, things) in enumerate(zip(dimensions, entities, strict=True))
        for place, thing in enumerate(things)
    }
    match = _CLUE.fullmatch(clue)
    if match is None or match[1] not in places or match[3] not in places:
        raise RowFault(f"a clue cannot be read: {clue[:100]!r}")
    return places[match[1]], places[match[3]], match[2] == "also has"


def _grids(
    entities: Sequence[Sequence[str]], clues: Sequence[tuple[Place, Place, bool]]
) -> Iterator[tuple[tuple[int, ...], ...]]:
    """Each grid that the clues allow: of each dimension, the persons of its things; those of the first are 0, 1, ..."""
    orders = list(itertools.permutations(range(len(entities[0]))))
    steps = itertools.count()

    def extend(grid: tuple[tuple[int, ...], ...]) -> Iterator[tuple[tuple[int, ...], ...]]:
        known = len(grid)
        if next(steps) > _MOST_STEPS:
            raise RowFault("its clues leave too many grids to be searched")
        for (d, place), (other, other_place), same in clues:
            if max(d, other) == known - 1 and (grid[d][place] == grid[other][other_place]) != same:
                return
        if known == len(entities):
            yield grid
            return
        for order in orders:
            yield from extend((*grid, order))

    return extend((orders[0],))


def nl4opt(row: Row) -> Iterator[Sample]:
    """Linear programmes in words, the test set of NL4Opt (Ramamonjison et al. 2022) with optimal values.

    Source: huggingface.co/datasets/CardinalOperations/NL4OPT (Tang et al. 2024), revision 98da4f57. Licence: CC BY-NC
    4.0. The files of the competition (github.com/nl4opt/nl4opt-competition) hold annotations and no optimal value, so
    they have no target.
    Format: JSON lines, `en_question` and `en_answer`.
    Target: the optimal value. Left out: problems whose answer is that there is none.
    """
    if lookup(row.fields, "en_question") is ABSENT and any(
        isinstance(value, dict) and "document" in value for value in row.fields.values()
    ):
        raise RowFault("it is of the competition's files, which have no optimal values: see `nl4opt` for those that do")
    target = text(row.fields, "en_answer")
    if not re.search(r"\d", target):
        raise NotASample(f"its answer is no number but {target.strip()[:60]!r}")
    yield Sample(f"nl4opt:{row.number}", Problem(text(row.fields, "en_question"), Kind.OPTIMISATION), target)
