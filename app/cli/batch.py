"""`quod execute --batch`: a file of programs in, a file of results out, line by line and in the same order.

A line that is no program is an item with `status` "error" and its line number, at its place. Lines are read as there is
room and results written as soon as those before them are, so that a file may be larger than memory.
"""

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path
from typing import Any, BinaryIO

from pydantic import BaseModel, ConfigDict, ValidationError

from app.api.bodies import FailureRead, ItemRead, ItemStatus, LimitsCreate, ProgramCreate
from app.api.limits import AboveMaximumError, TooLongError, choose_limits, require_length
from app.api.problem_types import INVALID_REQUEST, problem_of
from app.parts import open_runtime
from app.settings import Settings
from solvers.errors import SolverError
from solvers.runtime import Runtime
from solvers.types import Job, Limits

AHEAD_PER_SLOT = 64
"""How many programs may be done before the slowest of them holds up reading."""


class BatchFault(Exception):
    """A file that cannot be read or written. What was written until then is complete, line by line."""


class BatchRead(BaseModel):
    """What came of a batch: how many lines of each status."""

    model_config = ConfigDict(extra="forbid")

    programs: int
    finished: int
    stopped: int
    rejected: int
    error: int
    seconds: float
    out: str


Progress = Callable[[int, int | None, Counter[ItemStatus]], None]
"""Told the lines written, the lines there are (None: not known) and how many of each status."""


async def run_batch(
    source: Path, out: Path, force: bool, limits: LimitsCreate | None, settings: Settings, progress: Progress
) -> BatchRead:
    """Run every line of `source` and write its result to `out`, which must not be there unless `force`.

    Raises:
        BatchFault: `source` cannot be read, or `out` cannot be written.
    """
    started = time.monotonic()
    counts: Counter[ItemStatus] = Counter()
    with _opened_source(source) as lines, _opened_out(out, source, force) as written:
        total = _count_lines(source)
        async with open_runtime(settings) as runtime:
            async for item in _results(lines, limits, settings, runtime):
                _write(written, out, item, sum(counts.values()))
                counts[item.status] += 1
                progress(sum(counts.values()), total, counts)
    return BatchRead(
        programs=sum(counts.values()),
        finished=counts[ItemStatus.FINISHED],
        stopped=counts[ItemStatus.STOPPED],
        rejected=counts[ItemStatus.REJECTED],
        error=counts[ItemStatus.ERROR],
        seconds=round(time.monotonic() - started, 3),
        out=str(out),
    )


async def _results(
    lines: Iterator[tuple[int, bytes]], limits: LimitsCreate | None, settings: Settings, runtime: Runtime
) -> AsyncIterator[ItemRead]:
    """The item of each line, in order; several programs run ahead of the one that is waited for."""
    room = settings.concurrency * AHEAD_PER_SLOT
    ahead: list[asyncio.Task[ItemRead]] = []
    try:
        for number, line in lines:
            ahead.append(asyncio.create_task(_item(number, line, limits, settings, runtime)))
            while len(ahead) >= room or (ahead and ahead[0].done()):
                yield await ahead.pop(0)
            # Lets what has been read start while the file is still being read.
            await asyncio.sleep(0)
        while ahead:
            yield await ahead.pop(0)
    finally:
        for task in ahead:
            task.cancel()
        await asyncio.gather(*ahead, return_exceptions=True)


async def _item(
    number: int, line: bytes, limits: LimitsCreate | None, settings: Settings, runtime: Runtime
) -> ItemRead:
    read = _read_line(number, line, limits, settings)
    if isinstance(read, ItemRead):
        return read
    id, job, chosen = read
    try:
        return ItemRead.of(id, await runtime.solve(job, chosen))
    except SolverError as error:
        problem, detail = problem_of(error)
        return ItemRead.of(id, FailureRead(type=problem.uri, title=problem.title, detail=f"line {number}: {detail}"))


def _read_line(
    number: int, line: bytes, limits: LimitsCreate | None, settings: Settings
) -> tuple[str | None, Job, Limits] | ItemRead:
    id = None
    try:
        values: Any = json.loads(line.decode("utf-8"))
        if not isinstance(values, dict):
            raise ValueError("not a JSON object")
        if isinstance(values.get("id"), str):
            id = values["id"][:200]
        # Ids of data sets are often numbers.
        elif type(values.get("id")) is int:
            id = values["id"] = str(values["id"])
        asked = ProgramCreate.model_validate(values)
        require_length(asked.program, settings, "max_program_bytes", "program")
        require_length(asked.query, settings, "max_program_bytes", "query")
        return asked.id, asked.to_job(), choose_limits(asked.limits or limits, settings, "limits")
    except ValidationError as error:
        faults = error.errors(include_input=False, include_url=False)
        said = "; ".join(
            f"{'.'.join(map(str, fault['loc']))}: {str(fault['msg']).removeprefix('Value error, ')}"
            for fault in faults[:3]
        )
    except UnicodeDecodeError as error:
        said = f"not UTF-8: byte 0x{line[error.start]:02x} at offset {error.start}"
    except json.JSONDecodeError as error:
        said = f"not JSON: {error.msg} at column {error.colno}"
    except RecursionError:
        said = "nests too deeply"
    except (ValueError, AboveMaximumError, TooLongError) as error:
        said = str(error)
    detail = f"line {number}: {said}"
    return ItemRead.of(id, FailureRead(type=INVALID_REQUEST.uri, title="This line is no program", detail=detail))


@contextmanager
def _opened_source(source: Path) -> Iterator[Iterator[tuple[int, bytes]]]:
    if str(source) == "-":
        yield _numbered(sys.stdin.buffer)
        return
    try:
        with source.open("rb") as file:
            yield _numbered(file)
    except OSError as error:
        if error.filename != str(source):
            raise
        raise BatchFault(f"{source} cannot be read: {error.strerror}") from error


def _numbered(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """The lines with their numbers from 1; empty ones are passed over."""
    for number, line in enumerate(file, start=1):
        if line.strip():
            yield number, line


def _count_lines(source: Path) -> int | None:
    if not source.is_file():
        return None
    with source.open("rb") as file:
        return sum(1 for line in file if line.strip())


@contextmanager
def _opened_out(out: Path, source: Path, force: bool) -> Iterator[FileIO]:
    if force and out.exists() and source.exists() and out.samefile(source):
        raise BatchFault(f"{out} is what is read; choose another --out")
    try:
        # "x" decides and opens at once; what someone else has made in between is not overwritten.
        # Unbuffered: whole lines reach the system as they come, so that a crash loses at most the line under way.
        file = out.open("wb" if force else "xb", buffering=0)
    except FileExistsError as error:
        raise BatchFault(f"{out} is there already; choose another --out, or --force to write over it") from error
    except OSError as error:
        raise BatchFault(f"{out} cannot be written: {error.strerror}") from error
    with file:
        yield file


def _write(file: FileIO, out: Path, item: ItemRead, before: int) -> None:
    try:
        rest = memoryview(item.model_dump_json().encode() + b"\n")
        while rest:
            rest = rest[file.write(rest) :]
    except OSError as error:
        raise BatchFault(f"{out} cannot be written after {before} results: {error.strerror}") from error
