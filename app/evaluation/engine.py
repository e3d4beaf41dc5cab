"""Where samples are solved: the port behind which the engines stand, and what goes through it.

`app.evaluation.in_process` works in the process of whoever asks; `app.evaluation.cluster` on a Dask cluster. What goes
through is plain data that pickles. A `SampleTask` holds no gold answer, and a worker has no access to the database:
what happened comes back as the events of the trace, and one coordinator records them.
"""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from app.lm.types import Completion, Sampling
from app.problem import Problem
from app.reasoning.events import Event
from app.reasoning.types import Assurance, Budget
from solvers.types import Limits


@dataclass(frozen=True, slots=True)
class SampleTask:
    """One sample to be solved once.

    Args:
        key: names the work, over all its tries: evaluation, position, epoch.
        lm: the language model, as for `--lm`; its keys are in the settings of whoever solves.
        trace_id: what its trace will be called; another one at each try.
        uncached: the language model itself is asked, whatever completions are kept.
    """

    evaluation_id: str
    key: str
    problem: Problem
    lm: str
    trace_id: str
    baseline: bool
    sampling: Sampling
    budget: Budget
    limits: Limits
    assurance: Assurance
    uncached: bool = False


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a sample was not solved to its end.

    Args:
        type: the name of the fault, such as `LmRefusedError`.
        passing: it lies outside the sample and may be gone later: a server that does not answer, a worker that died.
            The sample is tried again, and nothing is recorded.
    """

    type: str
    message: str
    passing: bool


@dataclass(frozen=True, slots=True)
class SampleRun:
    """What came of a task.

    Args:
        events: of the trace, in their order; whole where there is no failure, as far as it came where there is one.
        baseline: the reply of the language model that was asked for the answer alone, where that was wanted.
        seconds: on the worker, from its start to its end.
        sandbox: the layers that every engine's programs are behind there, as `solvers.types.Layers` names them; empty:
            not known.
    """

    events: tuple[Event, ...]
    failure: Failure | None
    baseline: Completion | None
    seconds: float
    sandbox: Mapping[str, bool] = field(default_factory=dict)


class Engine(Protocol):
    """Solves samples. Its methods are called from one event loop."""

    def submit(self, task: SampleTask) -> Awaitable[SampleRun]:
        """Begin with `task` at once; whoever asks decides how many are under way.

        What is awaited never raises, but for `asyncio.CancelledError` when it is cancelled: a worker that dies, a task
        past its time, a fault of ours are a `Failure`. Cancelling it gives the sample up: its solvers end.
        """
        ...

    async def cancel_run(self, evaluation_id: str) -> None:
        """End every task of an evaluation that is under way, wherever it is; returns when their solvers are gone."""
        ...

    async def close(self) -> None:
        """End everything; nothing is left running that this engine began."""
        ...
