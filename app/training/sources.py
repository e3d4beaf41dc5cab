"""Rows for a language model, from the sources of a recipe: read, made or drawn, executed, and counted.

Every program is run before it is trained on. A row whose program does not give its answer is dropped; so is one that is
there already. What was dropped is counted with its reason, for the card.
"""

import hashlib
import importlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

from app.training.card import SourceCount
from app.training.execute import Execution, Failed, Found, Right, Wrong, execution_of
from app.training.job import TrainingError
from app.training.progress import say
from app.training.recipe import FromFile, FromTraces, Generated, Knowledge, Pairs, Recipe, Source
from app.training.row_files import hash_rows, read_rows
from app.training.rows import ArithmeticProblem, Row, Task

Run = Callable[[Sequence[Execution]], Sequence[Found]]
"""Runs programs and says of each, in their order, what it gives: `execute_all`."""

_OURS = "Apache-2.0, made by Quod"
LICENCES = {
    "mawps": "MIT",
    "gsm8k": "MIT",
    "mathqa": "Apache-2.0",
    "proofwriter": "CC BY 4.0",
    "elementary": _OURS,
    "multistep": _OURS,
    "deduction": _OURS,
    "ordering": _OURS,
    "kb": _OURS,
    "align": "as the sources that the pairs are made of",
    "traces": "not stated: what users asked, and language models wrote",
}


@dataclass(frozen=True, slots=True)
class Collected:
    """The rows of a recipe, in the order of its sources, and what each source gave."""

    rows: tuple[Row, ...]
    sources: tuple[SourceCount, ...]


def require_files(recipe: Recipe, data: Path | None) -> Mapping[str, Path]:
    """The file of each source that has one.

    Raises:
        TrainingError: one is missing: which, and what to do.
    """
    files, missing = {}, []
    for name, source in recipe.sources.items():
        if isinstance(source, FromFile):
            path = Path(source.file).expanduser()
            if not path.is_absolute():
                if data is None:
                    missing.append(f"{name}: {source.file}")
                    continue
                path = data / path
            if not path.is_file():
                missing.append(f"{name}: {path}")
            files[name] = path
    if missing:
        what = "\n".join(f"- {each}" for each in missing)
        how = "--data says in which folder they are" if data is None else f"{data} does not have them"
        raise TrainingError(f"the recipe {recipe.name} needs files that are not there:\n{what}\n{how}")
    return files


def collect(recipe: Recipe, data: Path | None, run: Run, database_url: str | None = None) -> Collected:
    """The rows of every source of `recipe`.

    Args:
        database_url: of the database that a source of traces reads, unless it names one.

    Raises:
        TrainingError: a file is missing or is not what its builder reads, or a source gives nothing.
    """
    return _Collector(recipe, require_files(recipe, data), run, database_url).collect()


class _Collector:
    def __init__(self, recipe: Recipe, files: Mapping[str, Path], run: Run, database_url: str | None) -> None:
        self._recipe, self._files, self._run, self._database_url = recipe, files, run, database_url
        self._problems: dict[str, list[ArithmeticProblem]] = {}
        self._dropped: dict[str, Counter[str]] = {name: Counter() for name in recipe.sources}

    def collect(self) -> Collected:
        made: dict[str, list[Row]] = {}
        for name, source in self._recipe.sources.items():
            try:
                made[name] = list(self._rows(name, source))
            # Readers have a ValueError for a file of another kind.
            except (OSError, ValueError) as error:
                raise TrainingError(f"the source {name}: {error}") from error
        # All at once: engines are started once.
        runnable = [row for rows in made.values() for row in rows if _is_run(row)]
        found = iter(self._run([execution_of(row) for row in runnable]) if runnable else ())
        taken: set[tuple[object, ...]] = set()
        used: list[Row] = []
        counts = []
        for name, source in self._recipe.sources.items():
            rows = [row for row in self._right(name, made[name], found) if self._is_new(name, row, taken)]
            if not rows:
                why = "; ".join(f"{number} {reason}" for reason, number in self._dropped[name].most_common())
                raise TrainingError(f"the source {name} gives no row" + (f": {why}" if why else ""))
            left_out = len(made[name]) - len(rows)
            say(f"{name}: {len(rows)} rows" + (f", {left_out} left out" if left_out else ""))
            used += rows
            counts.append(self._count(name, source, rows))
        return Collected(tuple(used), tuple(counts))

    def _rows(self, name: str, source: Source) -> Iterable[Row]:
        match source:
            case FromFile(builder="rows"):
                return self._some(name, list(read_rows(self._files[name])), source.rows)
            case FromFile() | Generated(builder="elementary" | "multistep"):
                row = _made("app.training.solve_rows", "arithmetic_row")
                return (row(problem) for problem in self._arithmetic(name, source))
            case Generated():
                return _drawn(_made("app.training.solve_rows", f"{source.builder}_row"), self._rng(name), source.rows)
            case Knowledge():
                return list(_made("app.training.kb", "rows")())
            case Pairs():
                problems = [
                    problem for each in source.of for problem in self._arithmetic(each, self._recipe.sources[each])
                ]
                return self._pairs(name, source, problems)
            case FromTraces():
                return self._traces(name, source)

    def _arithmetic(self, name: str, source: Source) -> list[ArithmeticProblem]:
        """The problems of a source, the same ones each time."""
        if name not in self._problems:
            if isinstance(source, FromFile) and source.builder in ("mawps", "gsm8k", "mathqa"):
                module = importlib.import_module("app.training.solve")
                dropped = module.Dropped()
                found = list(getattr(module, source.builder)(self._files[name], dropped))
                self._dropped[name].update(dropped.reasons)
                self._problems[name] = self._some(name, found, source.rows)
            elif isinstance(source, Generated) and source.builder in ("elementary", "multistep"):
                make = _made(f"app.training.generators.{source.builder}", source.builder)
                self._problems[name] = list(_drawn(make, self._rng(name), source.rows))
            else:
                raise TrainingError(f"the source {name} ({source.builder}) has no arithmetic problems")
        return self._problems[name]

    def _pairs(self, name: str, source: Pairs, problems: Sequence[ArithmeticProblem]) -> Iterable[Row]:
        # Two rows of each problem, and a third more of them, since some give none.
        chosen = self._rng(name).sample(problems, min(len(problems), -(-source.rows * 2 // 3)))
        module = importlib.import_module("app.training.align")
        counts = module.Counts()
        rows: list[Row] = list(islice(module.pairs(chosen, self._rng(f"{name}:pairs"), self._run, counts), source.rows))
        self._dropped[name].update(counts.dropped)
        return rows

    def _traces(self, name: str, source: FromTraces) -> list[Row]:
        traces = importlib.import_module("app.training.traces")
        problem_files = importlib.import_module("app.training.problem_files")
        store, session = importlib.import_module("app.store.traces"), importlib.import_module("app.store.session")
        types = importlib.import_module("app.reasoning.types")
        url = source.database or self._database_url
        if url is None:
            raise TrainingError(f"the source {name} names no database")
        evaluated = [problem.text for file in source.exclude for problem in problem_files.read_problems(Path(file))]
        counts = traces.Counts()
        with session.Database.open(url) as database:
            database.require_newest()
            rows: list[Row] = list(
                traces.verified_rows(
                    store.TraceStore(database),
                    traces.Selection(min_trust=types.Trust(source.min_trust)),
                    traces.guard_against(evaluated) if evaluated else None,
                    counts,
                )
            )
        self._dropped[name].update({reason.value: number for reason, number in counts.left_out.items()})
        return self._some(name, rows, source.rows)

    def _right(self, name: str, rows: Sequence[Row], found: Iterator[Found]) -> Iterator[Row]:
        """The rows whose program gives their answer; `found`: what each that is run gives, in order."""
        for row in rows:
            match next(found) if _is_run(row) else Right(""):
                case Right():
                    yield row
                case Wrong():
                    self._dropped[name]["their program gives another answer"] += 1
                case Failed():
                    self._dropped[name]["their program gives no answer"] += 1

    def _is_new(self, name: str, row: Row, taken: set[tuple[object, ...]]) -> bool:
        key = (row.task, row.problem, row.prompt, row.completion)
        if key in taken:
            self._dropped[name]["the same row was there before"] += 1
            return False
        taken.add(key)
        return True

    def _some(self, name: str, items: Sequence[Any], most: int | None) -> list[Any]:
        """At most so many of them, drawn by the seed, in their order."""
        if most is None or len(items) <= most:
            return list(items)
        return [items[index] for index in sorted(self._rng(name).sample(range(len(items)), most))]

    def _rng(self, name: str) -> Random:
        # Of its own, so that a source gives the same whatever others there are.
        return Random(f"{self._recipe.seed}:{name}")

    def _count(self, name: str, source: Source, rows: Sequence[Row]) -> SourceCount:
        return count_source(name, source, self._files.get(name), len(rows), hash_rows(rows), self._dropped[name])


def count_source(
    name: str, source: Source, file: Path | None, rows: int, sha256: str, dropped: Counter[str]
) -> SourceCount:
    """What a source gave, for the card. `file` is the one that was read, `sha256` that of the rows."""
    licence = source.licence or "not stated" if isinstance(source, FromFile) and source.builder == "rows" else ""
    return SourceCount(
        name=name,
        builder=source.builder,
        licence=licence or LICENCES[source.builder],
        rows=rows,
        sha256=sha256,
        dropped=tuple(dropped.most_common()),
        # Within the data folder as the recipe has it; a whole path would tell of the machine.
        file=(file.name if Path(source.file).is_absolute() else source.file)
        if file and isinstance(source, FromFile)
        else "",
        file_sha256=file_hash(file) if file else "",
    )


def _is_run(row: Row) -> bool:
    """A row of ALIGN holds no program of its own: its builder ran what it is about."""
    return row.task is not Task.ALIGN


def _made(module: str, name: str) -> Any:
    """A builder, imported only where a recipe asks for it."""
    try:
        return getattr(importlib.import_module(module), name)
    except (ModuleNotFoundError, AttributeError) as error:
        raise TrainingError(f"{module} builds no rows for a language model ({name} is missing)") from error


def _drawn(make: Callable[[Random], Any], rng: Random, number: int) -> Iterator[Any]:
    return (make(rng) for _ in range(number))


def file_hash(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
