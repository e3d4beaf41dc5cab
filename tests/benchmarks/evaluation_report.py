"""What it takes to read the results of a large evaluation: the report page, and two runs side by side.

The results are made: 10,000 of two subsets, each in two runs, with every level of trust, error class, repair and stage
at which a sample fails, a baseline, and texts of problems, answers and reasons as long as real ones. In a process of
its own each, as a user has them, and in this one, without what Python and the libraries take to start.
"""

import json
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median

from app.evaluation.compare import compare
from app.evaluation.report import make_report, report_page
from app.lm.types import LmIdentity
from app.problem import Kind, Problem
from app.store.evaluation_types import Answers, EvaluationConfig, Outcome, Result, Sample, State
from app.store.evaluations import EvaluationStore
from app.store.session import Database
from solvers.types import ErrorClass
from tests.app.evaluation.made import VERSIONS, drawn, fault
from tests.benchmarks.evaluation_service import environment_of
from tests.benchmarks.solving import ROOT

RESULTS = 10_000
TIMES = 3
_BATCH = 200
_SHA256 = "ab" * 32
_ELSEWHERE = re.compile(r"<(?:script|iframe|object|embed|img)\b|(?:src|href)\s*=\s*[\"']?(?:https?:)?//|@import", re.I)
"""What a page that needs nothing else has none of."""


def report(samples: int | None = None) -> dict[str, object]:
    """Seconds and bytes of the page of so many results, and of the comparison of two such runs.

    Args:
        samples: None: `RESULTS`, each `TIMES` times; with another number it is to be tried: once.
    """
    count, times = (RESULTS, TIMES) if samples is None else (samples, 1)
    with tempfile.TemporaryDirectory(prefix="quod-bench-") as folder:
        url = f"sqlite:///{folder}/quod.db"
        with Database.open(url) as database:
            database.upgrade()
            store = EvaluationStore(database)
            began = time.perf_counter()
            first, second = _fill(store, count)
            filled = time.perf_counter() - began
            here = {
                "page": _timed(lambda: _page(store, first), times),
                "comparison": _timed(lambda: _compared(store, first, second), times),
            }
        page = Path(folder) / "report.html"
        seconds = {
            "report": _command(times, url, "report", first, "--out", page, "--force"),
            "compare": _command(times, url, "compare", first, second),
            "compare_json": _command(times, url, "compare", first, second, "--json"),
        }
        text = page.read_text("utf-8")
        return {
            "what": f"{count} made results of two subsets, each in two runs, in SQLite",
            "fill_seconds": filled,
            "median_seconds_in_a_process_of_its_own": seconds,
            "median_seconds_in_a_process_that_runs": here,
            "page_bytes": page.stat().st_size,
            "page_needs_from_elsewhere": sorted(set(_ELSEWHERE.findall(text))),
            "plots": text.count("<svg"),
        }


def _page(store: EvaluationStore, evaluation_id: str) -> str:
    evaluation = store.get(evaluation_id)

    def samples_at(positions: object) -> dict[int, Sample]:
        return store.samples_at(evaluation.dataset.sha256, positions)

    return report_page(make_report(evaluation, store.every_result(evaluation_id), samples_at))


def _compared(store: EvaluationStore, first: str, second: str) -> object:
    return compare(store.get(first), store.get(second), store.every_result(first), store.every_result(second))


def _timed(work: Callable[[], object], times: int) -> float:
    """The median, in seconds."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return median(taken)


def _command(times: int, url: str, *words: object) -> float:
    environment = environment_of(database_url=url)
    command = [str(word) for word in (Path(sys.executable).parent / "quod", "eval", *words)]

    def run() -> None:
        subprocess.run(command, check=True, capture_output=True, cwd=ROOT, env=environment)

    return _timed(run, times)


# What is read


def _fill(store: EvaluationStore, count: int) -> tuple[str, str]:
    store.add_dataset("made", "tests/benchmarks", "CC0-1.0", _SHA256, _samples(count))
    config = EvaluationConfig("http:made@http://localhost:8000/v1", baseline=True, concurrency=64)
    return _run(store, "evl_first", config, 1, count), _run(store, "evl_second", replace(config, limit=count), 2, count)


def _samples(count: int) -> Iterator[Sample]:
    """Arithmetic first, then entailment: two subsets by their kinds and ids."""
    story = "A baker fills 12 trays with 8 rolls each & sells a <third> of them before noon. "
    for position in range(count):
        subset, kind = _subset(position, count)
        problem = Problem(f"Problem {position} of {subset}. {story * 4}How many are left?", kind=kind)
        yield Sample(f"{subset}-{position}", problem, "18", Answers.NUMBER)


def _subset(position: int, count: int) -> tuple[str, Kind]:
    return ("words", Kind.ARITHMETIC) if position < count // 2 else ("rules", Kind.ENTAILMENT)


def _run(store: EvaluationStore, evaluation_id: str, config: EvaluationConfig, seed: int, count: int) -> str:
    store.create(evaluation_id, _SHA256, config, attended=True)
    lease = store.take(evaluation_id, "benchmark", store.heartbeat(evaluation_id))
    assert lease is not None
    store.opened(lease, LmIdentity("http", "made", "r1", "http://localhost:8000/v1"), VERSIONS)
    batch: list[Result] = []
    for result in _results(seed, count):
        batch.append(result)
        if len(batch) == _BATCH:
            store.record(lease, [(each, ()) for each in batch])
            batch.clear()
    store.record(lease, [(each, ()) for each in batch])
    store.release(lease, State.COMPLETED)
    return evaluation_id


def _results(seed: int, count: int) -> Iterator[Result]:
    chance = random.Random(seed)
    classes = list(ErrorClass)
    for result in drawn(count, seed, with_baseline=True):
        subset, kind = _subset(result.position, count)
        attempts = result.attempts
        if result.outcome is not Outcome.CORRECT and chance.random() < 0.5:  # every class there is, now and then
            attempts = (fault(chance.choice(classes)), *attempts)
        answer = result.answer
        if result.outcome is Outcome.WRONG:
            answer = " ".join(str(chance.randrange(10_000)) for _ in range(chance.choice([1, 1, 1, 40])))
        yield replace(
            result, sample_id=f"{subset}-{result.position}", kind=kind, attempts=attempts, answer=answer, trace_id=None
        )


if __name__ == "__main__":
    print(json.dumps(report(int(sys.argv[1]) if sys.argv[1:] else None), indent=2))
