"""The card of a trained model: what it is, what it was trained on, how, how well it does, and what it is not for."""

import importlib.metadata
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.reasoning.calibration import wilson
from app.training.recipe import Recipe, write_recipe

_PACKAGES = ("quod", "torch", "transformers", "tokenizers", "trl", "peft", "datasets", "accelerate", "safetensors")


@dataclass(frozen=True, slots=True)
class SourceCount:
    """What a source of a recipe gave.

    Args:
        licence: of the data, as far as it is known.
        rows: that were used; `dropped`: how many were not, by reason.
        sha256: over the rows that were used, in their order.
        file: name of its file, empty if it has none; `file_sha256`: of its content.
    """

    name: str
    builder: str
    licence: str
    rows: int
    sha256: str
    dropped: tuple[tuple[str, int], ...] = ()
    file: str = ""
    file_sha256: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """What was measured on a set that was not trained on: `right` of `of` problems."""

    set: str
    right: int
    of: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """What the card says besides the recipe.

    Args:
        about: what the model does, one or two sentences.
        base: what was fine-tuned, with its revision; empty: trained from nothing.
        left_out: rows of all sources together that were not trained on, by reason.
        shown: rows of each task, or examples of each group, in all updates, with repetitions.
        seconds: wall time.
        machine: in words, `machine()`.
        limits: of use, a sentence each.
    """

    title: str
    about: str
    recipe: Recipe
    base: str
    sources: Sequence[SourceCount]
    shown: Sequence[tuple[str, int]]
    updates: int
    loss: float
    evaluation_loss: float | None
    seconds: float
    machine: str
    left_out: Sequence[tuple[str, int]] = ()
    results: Sequence[Result] = ()
    limits: Sequence[str] = ()


LIMITS = (
    "It writes programs; it does not answer. What it writes is trusted as far as the evidence that Quod shows for it.",
    "It was trained on English texts.",
    "A program that runs and whose answer is certified can still say something else than the problem says.",
)


def write_card(card: Card) -> str:
    """The card in Markdown."""
    minutes = card.seconds / 60
    took = (
        f"{card.seconds:.0f} s" if minutes < 2 else f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:.1f} h"
    )
    lines = [f"# {card.title}", "", card.about, "", "## Data", ""]
    lines += [
        "| source | built by | file | licence | rows | SHA-256 of the rows |",
        "| --- | --- | --- | --- | ---: | --- |",
    ]
    for source in card.sources:
        file = f"`{source.file}` ({source.file_sha256[:12]})" if source.file else ""
        lines.append(
            f"| {_cell(source.name)} | {source.builder} | {_cell(file)} | {_cell(source.licence)} | {source.rows:,} | "
            f"`{source.sha256[:16]}` |"
        )
    dropped = [(source.name, why, number) for source in card.sources for why, number in source.dropped]
    dropped += [("of these", why, number) for why, number in card.left_out]
    if any(number for _, _, number in dropped):
        lines += ["", "Left out:", ""]
        lines += [f"- {name}: {number:,}, {why}" for name, why, number in dropped if number]
    if card.shown:
        shown = ", ".join(f"{number:,} of {what}" for what, number in card.shown)
        lines += ["", f"Shown in training, repetitions included: {shown}."]
    lines += ["", "## Training", ""]
    lines += [f"- From: {card.base}" if card.base else "- From nothing: no other model's weights took part."]
    lines += [f"- Updates: {card.updates:,}; seed {card.recipe.seed}; wall time {took} on {card.machine}."]
    evaluated = f"; of the rows held out {card.evaluation_loss:.4f}" if card.evaluation_loss is not None else ""
    lines += [f"- Loss at the end: {card.loss:.4f}{evaluated}. `losses.jsonl` and `curves.svg` have its course."]
    lines += [f"- Versions: {versions()}.", "", "The recipe, with every default:", ""]
    lines += ["```toml", write_recipe(card.recipe).rstrip(), "```", "", "## Results", ""]
    if card.results:
        lines += ["| set | right | of | share | 95 % interval (Wilson) | |", "| --- | ---: | ---: | ---: | --- | --- |"]
        for result in card.results:
            low, high = wilson(result.right, result.of)
            share = f"{result.right / result.of:.1%}" if result.of else "-"
            lines.append(
                f"| {_cell(result.set)} | {result.right:,} | {result.of:,} | {share} | {low:.1%} to {high:.1%} | "
                f"{_cell(result.note)} |"
            )
    else:
        lines.append("Nothing was measured beyond the losses.")
    lines += ["", "## Limits of use", "", *(f"- {limit}" for limit in card.limits or LIMITS)]
    return "\n".join(lines) + "\n"


def machine(gpu: str | None) -> str:
    """The machine in words; `gpu` is the name of the one that was used, None if none was."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        info = Path("/proc/cpuinfo").read_text("utf-8", errors="replace")
        named = next(line.partition(":")[2].strip() for line in info.splitlines() if line.startswith("model name"))
    except (OSError, StopIteration):
        named = platform.machine()
    processors = f"{cores} core{'' if cores == 1 else 's'} of {named}"
    return f"{gpu} and {processors}" if gpu else f"{processors}, no GPU"


def versions() -> str:
    """Python and the packages that took part, as far as they are installed."""
    found = [f"Python {platform.python_version()}"]
    for package in _PACKAGES:
        try:
            found.append(f"{package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            continue
    return ", ".join(found)


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
