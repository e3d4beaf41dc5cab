"""Which rows stand in which update: an exact mix of tasks, drawn by a seed.

The SOLVE rows of an update depend on the SOLVE rows there are, on how many an update has and on the seed, and on
nothing else. So a recipe with KB and ALIGN beside SOLVE and one without see the same SOLVE rows in the same updates.
"""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.training.job import TrainingError
from app.training.recipe import TaskRows
from app.training.rows import Row, Task


@dataclass(frozen=True, slots=True)
class Split:
    """Rows to train on, SOLVE rows held out for evaluation, and how many rows of other tasks had to go with them."""

    training: tuple[Row, ...]
    evaluation: tuple[Row, ...]
    dropped: int


def hold_out(rows: Sequence[Row], wanted: int, seed: int) -> Split:
    """Hold out SOLVE rows: whole problems, so that no row of another task, or of another source, shows one of them.

    Args:
        wanted: rows; fewer where that would be more than a tenth of the SOLVE rows.
    """
    solve = [row for row in rows if row.task is Task.SOLVE]
    texts = list(dict.fromkeys(row.problem.text for row in solve))
    random.Random(f"{seed}:held out").shuffle(texts)
    chosen = set(texts[: min(wanted, len(texts) // 10)])
    evaluation = tuple(row for row in solve if row.problem.text in chosen)
    training = tuple(row for row in rows if row.problem.text not in chosen)
    return Split(training, evaluation, len(rows) - len(training) - len(evaluation))


def count_updates(rows: Sequence[Row], per_update: TaskRows, epochs: int) -> int:
    """Updates in which every SOLVE row is seen `epochs` times; the last one is filled up."""
    solve = sum(row.task is Task.SOLVE for row in rows)
    return -(-epochs * solve // per_update.solve)


def mix(rows: Sequence[Row], per_update: TaskRows, updates: int, seed: int) -> list[int]:
    """Indices into `rows`: those of the first update, of the second, and so on.

    Of each task every row comes once before any comes twice, each time in another order.

    Raises:
        TrainingError: a task has no rows.
    """
    orders = {}
    for task in Task:
        indices = [index for index, row in enumerate(rows) if row.task is task]
        if per_update.of(task) and not indices:
            raise TrainingError(
                f"the recipe wants {per_update.of(task)} rows of the task {task.value} in each update, and no source "
                "gives any"
            )
        orders[task] = _rounds(indices, random.Random(f"{seed}:{task.value}"))
    return [next(orders[task]) for _update in range(updates) for task in Task for _row in range(per_update.of(task))]


def count_shown(rows: Sequence[Row], order: Sequence[int]) -> tuple[tuple[str, int], ...]:
    """How many rows of each task `order` shows, repetitions included."""
    counts = Counter(rows[index].task for index in order)
    return tuple((task.value, counts[task]) for task in Task if counts[task])


def _rounds(indices: Sequence[int], rng: random.Random) -> Iterator[int]:
    while True:
        order = list(indices)
        rng.shuffle(order)
        yield from order
