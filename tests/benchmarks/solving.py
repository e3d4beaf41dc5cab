"""A process that solves problems with the embedded translator: `python -m tests.benchmarks.solving FOLDER [FORCED]`.

One JSON object a line comes in, with a problem's text, language and world, and one goes out: what the real pipeline
made of it. No gold answer comes near this process.
"""

import asyncio
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from app.errors import QuodError
from app.lm.embedded import EmbeddedLM
from app.lm.options import LmOptions
from app.lm.types import FinishReason
from app.problem import Problem, World
from app.reasoning.events import Event
from app.reasoning.pipeline import solve_problem
from app.reasoning.types import Attempt, NotExtracted, Trace, VerdictKind
from solvers import Rejected, Runtime, RuntimeConfig, Stopped
from solvers.errors import SolverError
from solvers.types import Language

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Solved:
    """What came of a problem, as far as a benchmark counts it.

    Args:
        abstained: the translator had nothing for the first attempt.
        fault: the class of the first attempt's fault; empty where it concluded or was an abstention.
        seconds: of the pipeline; `lm_seconds` are those of the translator among them.
    """

    kind: str
    verdict: str
    answer: str | None
    trust: str | None
    reason: str
    abstained: bool
    fault: str
    attempts: int
    seconds: float
    lm_seconds: float


@dataclass(frozen=True, slots=True)
class Errored:
    """The pipeline raised `error`."""

    error: str


class Solver:
    """Such a process. It lives until `close`, since loading takes seconds; one problem at a time."""

    def __init__(self, folder: Path, forced: Path | None = None) -> None:
        """
        Args:
            folder: of the translator; `forced` is another, for problems that ask for it.
        """
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.solving", str(folder), *([str(forced)] if forced else [])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            text=True,
            encoding="utf-8",
        )

    def solve(self, problem: Problem, *, forced: bool = False) -> Solved | Errored:
        """Blocks until it is solved.

        Raises:
            RuntimeError: the process has ended.
        """
        assert self._process.stdin
        assert self._process.stdout
        asked = {"text": problem.text, "language": problem.language, "world": problem.world, "forced": forced}
        print(json.dumps(asked), file=self._process.stdin, flush=True)
        if not (line := self._process.stdout.readline()):
            raise RuntimeError("a process that solves problems has ended; standard error says why")
        reply = json.loads(line)
        return Errored(**reply) if "error" in reply else Solved(**reply)

    def close(self) -> None:
        with self._process:
            assert self._process.stdin
            self._process.stdin.close()


async def _serve(folders: Sequence[Path]) -> None:
    lms = [EmbeddedLM(folder, LmOptions(threads=1)) for folder in folders]
    async with Runtime(RuntimeConfig(concurrency=1)) as runtime:
        await runtime.health()
        while line := await asyncio.to_thread(sys.stdin.readline):
            asked = json.loads(line)
            language = Language(asked["language"]) if asked["language"] else None
            problem = Problem(asked["text"], language=language, world=World(asked["world"]))
            found = await _solved(problem, lms[asked["forced"]], runtime)
            print(json.dumps(asdict(found)), flush=True)
    for lm in lms:
        await lm.close()


async def _solved(problem: Problem, lm: EmbeddedLM, runtime: Runtime) -> Solved | Errored:
    try:
        trace = await solve_problem(problem, lm=lm, solver=runtime, record=_forget, quod="bench", engines={})
    except (QuodError, SolverError) as error:
        return Errored(type(error).__name__)
    return Solved(
        kind=trace.kind,
        verdict=trace.verdict.kind,
        answer=trace.verdict.answer,
        trust=trace.verdict.trust,
        reason=trace.verdict.reason,
        abstained=trace.attempts[0].completion.finish_reason is FinishReason.ABSTAINED if trace.attempts else False,
        fault=_fault(trace),
        attempts=trace.spent.attempts,
        seconds=trace.spent.seconds,
        lm_seconds=trace.spent.lm_seconds,
    )


async def _forget(event: Event) -> None:
    """The trace that `solve_problem` returns is enough here."""


def _fault(trace: Trace) -> str:
    if not trace.attempts or trace.attempts[0].completion.finish_reason is FinishReason.ABSTAINED:
        return ""
    first = trace.attempts[0]
    concluded_at_once = len(trace.attempts) == 1 and trace.verdict.kind is not VerdictKind.UNRESOLVED
    return "" if concluded_at_once else _class_of(first)


def _class_of(attempt: Attempt) -> str:
    if isinstance(attempt.formalisation, NotExtracted):
        return "not_extracted"
    for run in attempt.runs.values():
        match run.ending:
            case Stopped(limit):
                return f"stopped_{limit.value}"
            case Rejected((first, *_)):
                return first.error_class.value
    return attempt.diagnostics[0].error_class.value if attempt.diagnostics else "logical"


if __name__ == "__main__":
    asyncio.run(_serve([Path(folder) for folder in sys.argv[1:]]))
