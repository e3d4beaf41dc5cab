"""What a training is asked to do, and what comes of it: the same for every kind of recipe."""

from dataclasses import dataclass
from pathlib import Path

from app.errors import QuodError
from app.training.recipe import Recipe

MODEL, CHECKPOINTS = "model", "checkpoints"
"""Folders within the folder of a run."""


class TrainingError(QuodError):
    """A training cannot begin or go on: data that are missing, a language model that does not fit, a run in the way."""


class TrainingInterrupted(QuodError):
    """Somebody ended it. `updates` were made and kept; `out` says where."""

    def __init__(self, out: Path, updates: int) -> None:
        super().__init__(f"interrupted after {updates} updates, which are kept: go on with --out {out} --resume")
        self.out, self.updates = out, updates


@dataclass(frozen=True, slots=True)
class Job:
    """One training.

    Args:
        out: its folder: recipe, checkpoints, losses, curves, card, and the result.
        data: folder of the files that the recipe names; None: it names none, or by whole paths.
        resume: go on from the newest whole checkpoint in `out`.
        device: `cpu`, `cuda`; None: a GPU if there is one.
        max_updates: ends after so many, in the middle of what the recipe says; None: at its end.
        executions: file that keeps what programs gave, so that the next training does not run them again; None: none.
    """

    recipe: Recipe
    out: Path
    data: Path | None = None
    resume: bool = False
    device: str | None = None
    max_updates: int | None = None
    executions: Path | None = None


@dataclass(frozen=True, slots=True)
class Trained:
    """What came of it.

    Args:
        model: folder of the result, inside `Job.out`.
        updates: made in all, before it was resumed too.
        loss: mean of the last updates that were logged; `evaluation_loss`: the last one.
        seconds: of wall time, of this process alone.
    """

    model: Path
    updates: int
    loss: float
    evaluation_loss: float | None
    seconds: float
