"""What an evaluation costs beyond its language model: against a server with latency, and samples a second without one.

Samples go through `quod serve` as those of a user do: dataset and evaluation over HTTP, every result recorded in SQLite
with its trace; solved in the service's process, or on a Dask cluster of this machine.
"""

import json
import math
import tempfile
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import psutil

from app.evaluation.local_cluster import local_cluster
from tests.app.evaluation.tasks import pencils, write_recording
from tests.benchmarks.data import gold_programs
from tests.benchmarks.evaluation_service import (
    Running,
    Service,
    Taken,
    environment_of,
    service,
    stand_in,
    taken,
    wait_until,
)

IN_FLIGHT = 64
"""Requests at the language model, and samples under way where nothing else is said."""
UNDER_WAY = 2 * IN_FLIGHT
"""Samples under way where their solving is to overlap with `IN_FLIGHT` requests of others, as in the defaults."""
LATENCY = 1.0
RECORDED = 20_000
_HOUR = 3_600.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where samples are solved. `parts`: process ids by what they do, as `taken` reads them."""

    dask: str | None
    parts: Mapping[str, tuple[int, ...]]


@asynccontextmanager
async def place(workers: int, under_way: int = IN_FLIGHT) -> AsyncIterator[Place]:
    """In the service's process where there are no workers; else each has an equal share of samples and requests."""
    if not workers:
        yield Place(None, {})
        return
    environment = environment_of(lm_concurrency=IN_FLIGHT // workers)
    async with local_cluster(workers, threads=under_way // workers, environment=environment) as cluster:
        nannies = tuple(nanny.pid for nanny in cluster.nannies)
        yield Place(cluster.address, {"scheduler": (cluster.scheduler.pid,), "workers": nannies})


# Latency


async def latency(samples: int | None = None) -> dict[str, object]:
    """GSM8K's test problems; the server answers each with its gold program after a second."""
    return {
        "what": f"GSM8K test, gold programs from a server with a latency of {LATENCY:g} s, {IN_FLIGHT} in flight",
        "in_process": await _latency(0, samples),
        "two_workers": await _latency(2, samples),
        f"in_process_{UNDER_WAY}_samples_under_way": await _latency(0, samples, UNDER_WAY),
        f"two_workers_{UNDER_WAY}_samples_under_way": await _latency(2, samples, UNDER_WAY),
    }


async def _latency(workers: int, samples: int | None, under_way: int = IN_FLIGHT) -> dict[str, object]:
    with tempfile.TemporaryDirectory(prefix="quod-bench-") as name:
        folder = Path(name)
        (folder / "gold.jsonl").write_bytes(as_jsonl(gold_completions(samples)))
        arguments = ("--completions", folder / "gold.jsonl", "--latency", LATENCY)
        async with place(workers, under_way) as where:
            with latent(folder, arguments, where, under_way) as run:
                return run(gsm8k(samples))


@contextmanager
def latent(folder: Path, arguments: Iterable[object], where: Place, under_way: int = IN_FLIGHT) -> Iterator["Latent"]:
    """A service whose language model is a stand-in with these arguments."""
    with ExitStack() as stack:
        server, server_pid = stack.enter_context(stand_in(folder, *arguments))
        settings = {"evaluation_concurrency": under_way, "lm_concurrency": IN_FLIGHT, "dask": where.dask}
        lm = f"http:stand-in@{str(server.base_url).rstrip('/')}/v1"
        of = stack.enter_context(service(folder, lm, **settings))
        parts = {"service": (of.pid,), "language_model": (server_pid,), **where.parts}
        yield Latent(of, server, parts, under_way)


@dataclass(frozen=True, slots=True)
class Latent:
    """Evaluates against a server with latency."""

    service: Service
    server: httpx.Client
    parts: Mapping[str, tuple[int, ...]]
    under_way: int

    def __call__(self, dataset: list[dict[str, str]]) -> dict[str, object]:
        """How long it took against the bound, and where what is beyond the bound went, in seconds of the wall."""
        before = taken(self.parts)
        running = self.service.evaluate(as_jsonl(dataset), _HOUR, concurrency=self.under_way)
        wait_until(lambda: self._counts()["requests"] > 0, _HOUR)
        first = datetime.now(UTC)
        for _ in running.follow():
            pass
        found, counts = running.read(), self._counts()
        seconds, metrics = found["seconds"], found["metrics"]
        bound = len(dataset) / IN_FLIGHT * LATENCY
        held = metrics["seconds"]["total"] / self.under_way
        of_lm = metrics["lm_seconds"]["total"] / self.under_way
        asked = counts["requests"] / IN_FLIGHT * LATENCY
        opening = max(0.0, (first - datetime.fromisoformat(found["started_at"])).total_seconds())
        return {
            "samples": len(dataset),
            "seconds": seconds,
            "bound_seconds": bound,
            "ratio_to_bound": seconds / bound,
            "ratio_from_the_first_request": (seconds - opening) / bound,
            "samples_a_second": len(dataset) / seconds,
            "samples_under_way": self.under_way,
            "most_in_flight": counts["most_at_once"],
            "outcomes": _outcomes(found),
            "beyond_the_bound_seconds": {
                "more_requests_than_samples": asked - bound,
                "until_the_first_request": opening,
                "around_the_latency": of_lm - asked,
                "solved_and_assessed": held - of_lm,
                "places_not_taken": seconds - opening - held,
            },
            "whole_rounds_alone_ratio": math.ceil(len(dataset) / IN_FLIGHT) * LATENCY / bound,
            **_cpu(before, taken(self.parts), len(dataset)),
        }

    def _counts(self) -> dict[str, int]:
        counts: dict[str, int] = self.server.get("/counts").raise_for_status().json()
        return counts


# Throughput


async def throughput(samples: int | None = None) -> dict[str, object]:
    """Made-up problems from a recording, each with a program that is solved, assessed, certified and recorded."""
    count = samples or RECORDED
    return {
        "what": f"{count} recorded samples without latency, {IN_FLIGHT} in flight; peaks after a tenth, a half and all",
        "in_process": await _throughput(0, count),
        "one_worker": await _throughput(1, count),
        "two_workers": await _throughput(2, count),
    }


async def _throughput(workers: int, count: int) -> dict[str, object]:
    with tempfile.TemporaryDirectory(prefix="quod-bench-") as name:
        folder = Path(name)
        lm = write_recording(folder / "recording.jsonl", range(3, count + 3))
        dataset = [{"problem": pencils(boxes), "target": str(boxes * 4 - 5)} for boxes in range(3, count + 3)]
        async with place(workers) as where:
            settings = {"evaluation_concurrency": IN_FLIGHT, "dask": where.dask}
            with service(folder, lm, **settings) as of:
                parts = {"service": (of.pid,), **where.parts}
                before = taken(parts)
                running = of.evaluate(as_jsonl(dataset), 4 * _HOUR, concurrency=IN_FLIGHT)
                peaks = _peaks(running, parts, [count // 10, count // 2, count])
                found = running.read()
                return {
                    "samples": count,
                    "seconds": found["seconds"],
                    "samples_a_second": count / found["seconds"],
                    "outcomes": _outcomes(found),
                    "peak_mib": peaks,
                    "peak_at_the_end_per_peak_at_a_tenth": _grown(peaks),
                    **_cpu(before, taken(parts), count),
                }


def _peaks(running: Running, parts: Mapping[str, tuple[int, ...]], marks: list[int]) -> dict[str, dict[str, float]]:
    """The largest resident size so far of each part, when so many results were recorded."""
    peaks: dict[str, dict[str, float]] = {}
    left = list(marks)
    for summary in running.follow():
        counts = summary["counts"]
        recorded = sum(counts.values()) - counts["waiting"]
        while left and recorded >= left[0]:
            peaks[str(left.pop(0))] = {part: each.peak_mib for part, each in taken(parts).items()}
    return peaks


def _grown(peaks: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    first, *_, last = peaks.values()
    return {part: round(size / first[part], 3) for part, size in last.items() if first.get(part)}


# Data


def gsm8k(samples: int | None = None) -> list[dict[str, str]]:
    """GSM8K's test problems as a dataset."""
    return [{"problem": gold.problem, "target": str(gold.target)} for gold in gold_programs()[:samples]]


def gold_completions(samples: int | None = None) -> Iterator[dict[str, object]]:
    """Lines of a recording: each problem's gold program, as a language model would write it."""
    for gold in gold_programs()[:samples]:
        program = f"{gold.text.rstrip()}\n\n% solve/1: what is asked\n% query: solve(X)."
        yield {"problem": gold.problem, "attempt": 1, "completion": f"```prolog\n{program}\n```\n"}


def as_jsonl(rows: Iterable[Mapping[str, object]]) -> bytes:
    """A dataset as it is uploaded, or what a stand-in reads."""
    return "".join(f"{json.dumps(row)}\n" for row in rows).encode()


# What is printed


def _outcomes(found: Mapping[str, Any]) -> dict[str, int]:
    return {name: number for name, number in found["counts"].items() if number}


def _cpu(before: Mapping[str, Taken], after: Mapping[str, Taken], samples: int) -> dict[str, object]:
    spent = {
        part: each.cpu_seconds - (before[part].cpu_seconds if part in before else 0) for part, each in after.items()
    }
    return {
        "processor_ms_a_sample": {part: 1000 * seconds / samples for part, seconds in spent.items()},
        "processor_ms_a_sample_in_all": 1000 * sum(spent.values()) / samples,
        "cores": psutil.cpu_count(),
    }
