"""Runs many programs with the real engines and says of each whether it gives the expected answer, and no other.

Every row is run before it is trained on. A program is taken out of its completion, run and concluded from as the
service does it, without evidence and checks: certificates would cost ten times as much and are not learned from.

What an engine said is kept in a cache file, so that a second training runs what is new. The file is replaced as a
whole, or not at all. One that is damaged, or of another version, is refused: `ExecutionCacheError`, and whoever runs
this deletes it. Two processes may use one file; the one that ends last decides what is kept.
"""

import asyncio
import hashlib
import json
import logging
import os
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from app.errors import QuodError
from app.lm.types import Completion, FinishReason, LmIdentity
from app.reasoning.conclude import conclude
from app.reasoning.extract import extract
from app.reasoning.kind import decide_kind, decide_language
from app.reasoning.premises import faults
from app.reasoning.runs import run_all
from app.reasoning.targets import is_target
from app.reasoning.types import Formalisation, Kind, NotExtracted, Problem, RunName, Verdict, VerdictKind
from app.training.rows import Row
from solvers.errors import EngineFaultError, ProtocolError, WorkerCrashedError
from solvers.runtime import Runtime, RuntimeConfig
from solvers.types import Engine, Job, Limits, Run, Stopped

_log = logging.getLogger(__name__)


class ExecutionCacheError(QuodError):
    """The cache file is damaged, or not one of ours; deleting it has everything run again."""


@dataclass(frozen=True, slots=True)
class Execution:
    """What is to be run, and what it should give.

    Args:
        completion: the program as a reply that the service reads, in its fenced block.
        problem: its kind and language say how the program is run; where they are None, as the service decides.
        expected: a number, the verdict on a conclusion, or a name; None: any answer that is the only one.
    """

    completion: str
    problem: Problem
    expected: str | None


@dataclass(frozen=True, slots=True)
class Right:
    """It gives the expected answer, and no other."""

    answer: str


@dataclass(frozen=True, slots=True)
class Wrong:
    """It gives another answer."""

    answer: str


@dataclass(frozen=True, slots=True)
class Failed:
    """It gives no answer that could be compared: not read, at fault, stopped, or not the only one; or a fault of ours
    that this program alone meets.
    """

    reason: str


Found = Right | Wrong | Failed

LIMITS = Limits(wall_seconds=5.0, cpu_seconds=3.0, memory_mib=256, output_bytes=200_000)
"""Of one run: a program for a word problem takes a hundredth of a second."""

_CACHE = "quod executions 1"
"""First line of a cache file: counts up when what is kept, or how a program is concluded from, changes."""
_SAVED_EVERY_SECONDS = 120.0
_SHOWN_AFTER_SECONDS = 2.0
_AHEAD = 4
"""Programs begun for each that runs: reading and concluding go on beside the engines."""
_WRITER = LmIdentity("training", "training")


async def execute(
    executions: Iterable[Execution],
    *,
    cache: Path | None = None,
    config: RuntimeConfig | None = None,
    limits: Limits = LIMITS,
    total: int | None = None,
) -> AsyncIterator[tuple[int, Found]]:
    """Run each of `executions`; yields its place with what was found, as they end.

    They are taken as there is room, so that there may be more than memory holds. After two seconds, progress is shown
    on standard error, if that is a terminal.

    Args:
        cache: file of what was found before, written at the end and every two minutes; made if it is not there.
        total: how many there are, for the progress.

    Raises:
        ExecutionCacheError: the cache is damaged.
        SolverError: this machine cannot run programs. What was found until then is in the cache.
    """
    kept = _Cache(cache)
    async with _Engines(config or runtime_config()) as engines:
        numbered = enumerate(executions)
        ended: asyncio.Queue[tuple[int, Found] | BaseException | None] = asyncio.Queue(64)

        async def work() -> None:
            try:
                for index, execution in numbered:
                    await ended.put((index, await _found(execution, engines, limits, kept)))
                await ended.put(None)
            except Exception as error:  # noqa: BLE001  # whoever iterates shall see it
                await ended.put(error)

        workers = [asyncio.create_task(work()) for _ in range(_AHEAD * engines.config.concurrency)]
        counts: Counter[str] = Counter()
        try:
            with _progress(total) as show:
                at_work = len(workers)
                while at_work:
                    item = await ended.get()
                    if item is None:
                        at_work -= 1
                    elif isinstance(item, BaseException):
                        raise item
                    else:
                        counts[type(item[1]).__name__.lower()] += 1
                        show(counts)
                        yield item
                    kept.save_if_due()
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
            kept.save()
            _log.info("executed %d programs, %d of them now: %s", counts.total(), kept.new, dict(counts))


def execute_all(
    executions: Iterable[Execution],
    *,
    cache: Path | None = None,
    config: RuntimeConfig | None = None,
    limits: Limits = LIMITS,
    total: int | None = None,
) -> list[Found]:
    """As `execute`, for callers without an event loop: what was found of each, in their order."""

    async def collect() -> list[Found]:
        found = execute(executions, cache=cache, config=config, limits=limits, total=total)
        ended = {index: result async for index, result in found}
        return [ended[index] for index in range(len(ended))]

    return asyncio.run(collect())


def execution_of(row: Row) -> Execution:
    """What is to be run of a row that has an answer."""
    return Execution(row.completion, row.problem, row.answer)


def runtime_config() -> RuntimeConfig:
    """One program at a time for each core, by the engine of its language."""
    engines = dict(RuntimeConfig().engines)
    del engines[Engine.CVC5]  # gives second opinions, for which nobody asks here
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return RuntimeConfig(concurrency=cores, engines=engines)


class _Engines:
    """The engines that are needed, each started with its first program: nothing is taken from the cache before the
    engine has told its version.
    """

    def __init__(self, config: RuntimeConfig) -> None:
        self.config = config
        self._started: dict[Engine, asyncio.Task[tuple[Runtime, str | None]]] = {}
        self._open = AsyncExitStack()

    async def __aenter__(self) -> "_Engines":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.gather(*self._started.values(), return_exceptions=True)
        await self._open.aclose()

    async def get(self, engine: Engine) -> tuple[Runtime, str | None]:
        """What runs programs on `engine`, and its version; None where a trivial program did not run."""
        if engine not in self._started:
            self._started[engine] = asyncio.create_task(self._start(engine))
        return await asyncio.shield(self._started[engine])

    async def _start(self, engine: Engine) -> tuple[Runtime, str | None]:
        alone = replace(self.config, engines={engine: self.config.engines[engine]})
        runtime = await self._open.enter_async_context(Runtime(alone))
        return runtime, (await runtime.health())[engine].version


async def _found(execution: Execution, engines: _Engines, limits: Limits, kept: "_Cache") -> Found:
    problem = execution.problem
    kind = decide_kind(problem)
    language = decide_language(problem, kind)
    completion = Completion(execution.completion, _WRITER, FinishReason.STOP, 0.0)
    formalisation = extract(completion, language, kind, problem.world)
    if isinstance(formalisation, NotExtracted):
        return Failed(formalisation.diagnostics[0].message)
    if wrong := faults(formalisation, kind, problem.world):
        return Failed(wrong[0].message)
    runtime, version = await engines.get(Engine(language.value))
    key = _key(formalisation, kind, problem, version)
    said = kept.get(key)
    if said is None:
        try:
            said, is_lasting = await _said(formalisation, kind, problem, runtime, limits)
        except (EngineFaultError, ProtocolError, WorkerCrashedError) as error:
            _log.warning("a program could not be run: %s", error)
            return Failed(f"a fault of ours: {error}")
        if is_lasting and version is not None:
            kept.put(key, said)
    if not said.get("verdict"):
        return Failed(said["reason"])
    verdict = Verdict(VerdictKind(said["verdict"]), "", said.get("answer"))
    answer = verdict.answer or verdict.kind.value
    if execution.expected is None or is_target(kind, verdict, execution.expected):
        return Right(answer)
    return Wrong(answer)


async def _said(
    formalisation: Formalisation, kind: Kind, problem: Problem, runtime: Runtime, limits: Limits
) -> tuple[Mapping[str, str], bool]:
    """The verdict and its answer, or the reason why there is none; and whether a second run would say the same."""
    runs: dict[RunName, Run] = {}

    async def solve(job: Job) -> Run:
        return await runtime.solve(replace(job, evidence=False), limits)

    await run_all(formalisation, kind, solve, runs.__setitem__)
    conclusion = conclude(kind, problem.world, formalisation, runs)
    is_lasting = not any(isinstance(run.ending, Stopped) for run in runs.values())
    verdict = conclusion.verdict
    if verdict is None or verdict.kind is VerdictKind.UNRESOLVED:
        return {"reason": conclusion.reason}, is_lasting
    if verdict.kind is VerdictKind.ANSWERED and conclusion.inference.get("unique") is not True:
        return {"reason": f"whether {verdict.answer} is the only answer is not known"}, is_lasting
    said = {"verdict": verdict.kind.value}
    if verdict.answer is not None:
        said["answer"] = verdict.answer
    return said, is_lasting


def _key(formalisation: Formalisation, kind: Kind, problem: Problem, version: str | None) -> str:
    program = formalisation.program
    parts = [program.language.value, version, kind.value, problem.world.value]
    parts += [program.text, formalisation.query, formalisation.complement]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()


class _Cache:
    """What was found before, by key: JSON lines behind a first line that holds their number and their hash."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._entries = {} if path is None or not path.exists() else _read_cache(path)
        self._saved_at = time.monotonic()
        self._unsaved = 0
        self.new = 0

    def get(self, key: str) -> Mapping[str, str] | None:
        return self._entries.get(key)

    def put(self, key: str, said: Mapping[str, str]) -> None:
        self._entries[key] = said
        self._unsaved += 1
        self.new += 1

    def save_if_due(self) -> None:
        if time.monotonic() - self._saved_at > _SAVED_EVERY_SECONDS:
            self.save()

    def save(self) -> None:
        self._saved_at = time.monotonic()
        if self._path is None or not self._unsaved:
            return
        body = "".join(f"{json.dumps([key, said], ensure_ascii=False)}\n" for key, said in self._entries.items())
        encoded = body.encode("utf-8", "backslashreplace")
        self._path.parent.mkdir(parents=True, exist_ok=True)
        part = self._path.with_name(f"{self._path.name}.{os.getpid()}.part")
        with part.open("wb") as file:
            file.write(f"{_CACHE} {len(self._entries)} {hashlib.sha256(encoded).hexdigest()}\n".encode())
            file.write(encoded)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self._path)
        self._unsaved = 0


def _read_cache(path: Path) -> dict[str, Mapping[str, str]]:
    first, _, body = path.read_bytes().partition(b"\n")
    said = first.decode("utf-8", "replace").rsplit(" ", 2)
    if said[0] != _CACHE:
        raise ExecutionCacheError(f"{path} is not a cache of this version: delete it, and the programs are run again")
    if len(said) != 3 or hashlib.sha256(body).hexdigest() != said[2]:
        raise ExecutionCacheError(f"{path} is damaged: delete it, and the programs are run again")
    return dict(json.loads(line) for line in body.decode("utf-8").split("\n") if line)


class _Shown:
    """Progress that appears once the work takes longer than a moment."""

    def __init__(self, total: int | None) -> None:
        self._total, self._began = total, time.monotonic()
        self._bar: Progress | None = None

    def __call__(self, counts: Counter[str]) -> None:
        if self._bar is None:
            if not sys.stderr.isatty() or time.monotonic() - self._began < _SHOWN_AFTER_SECONDS:
                return
            columns = (TextColumn("programs"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
            self._bar = Progress(
                *columns, TextColumn("{task.fields[counts]}"), console=Console(stderr=True), transient=True
            )
            self._bar.add_task("programs", total=self._total, counts="")
            self._bar.start()
        said = ", ".join(f"{number} {name}" for name, number in sorted(counts.items()))
        self._bar.update(self._bar.task_ids[0], completed=counts.total(), counts=said)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.stop()


@contextmanager
def _progress(total: int | None) -> Iterator[_Shown]:
    shown = _Shown(total)
    try:
        yield shown
    finally:
        shown.close()
