"""What `/metrics` tells, in Prometheus' text format: counted by this process since it started.

A label takes few values, all of them written in our code: routes as documented, states, engines, classes of errors.
Nothing that a stranger wrote, no id and no name of a language model becomes one.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from app.errors import LmError
from app.evaluation.engine import Engine as SampleEngine
from app.evaluation.engine import Failure, SampleRun, SampleTask
from app.lm.types import Completion
from app.parts import quod_version
from app.reasoning.events import AttemptEnded, Event, VerdictReached
from app.reasoning.types import Attempt, Formalisation, Purpose
from app.store.evaluation_types import Lease, Result
from app.store.evaluations import EvaluationStore
from app.store.session import Database
from solvers.errors import SolverError
from solvers.types import (
    Answers,
    Engine,
    Finished,
    NoAnswer,
    Outcome,
    Run,
    Satisfiable,
    Stopped,
    Unknown,
    Unsatisfiable,
)

MEDIA_TYPE = CONTENT_TYPE_PLAIN_0_0_4

_NONE = "none"
"""The value of a label where there is none: no trust, no route."""

_LM_ERRORS = frozenset(error.__name__ for error in LmError.__subclasses__())
_METHODS = frozenset("GET HEAD POST PUT PATCH DELETE OPTIONS".split())
_REQUEST_SECONDS = (0.005, 0.025, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300)
_RUN_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_LM_SECONDS = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)

_OUTCOMES: dict[type[Outcome], str] = {
    Answers: "answers",
    NoAnswer: "no_answer",
    Satisfiable: "satisfiable",
    Unsatisfiable: "unsatisfiable",
    Unknown: "unknown",
}


class Meters:
    """The meters of one service. Every method may be called from any thread."""

    def __init__(self) -> None:
        registry = self._registry = CollectorRegistry()
        self._shown: dict[str, Gauge] = {}

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"quod_{name}", text, labels, registry=registry)

        def histogram(name: str, text: str, buckets: Sequence[float], *labels: str) -> Histogram:
            return Histogram(f"quod_{name}", text, labels, buckets=buckets, registry=registry)

        ProcessCollector(registry=registry)
        Gauge("quod_info", "Which Quod this is; always 1.", ["version"], registry=registry).labels(quod_version()).set(
            1
        )
        self._requests = counter("http_requests", "Requests answered.", "method", "route", "status")
        self._request_seconds = histogram(
            "http_request_seconds",
            "From a request to the end of its reply; that of a stream of events ends with its listener.",
            _REQUEST_SECONDS,
            "method",
            "route",
        )
        self._requests_under_way = Gauge("quod_http_requests_under_way", "Requests being answered.", registry=registry)
        self._problems = counter(
            "problems", "Problems with a verdict, samples of evaluations among them.", "verdict", "trust"
        )
        self._attempts = counter("attempts", "Attempts: the first of a problem, repairs, second readings.", "purpose")
        self._run_seconds = histogram(
            "solver_run_seconds", "Wall time of solver runs by how they ended.", _RUN_SECONDS, "engine", "outcome"
        )
        self._solver_errors = counter("solver_errors", "Programs that could not be run, by no fault of theirs.", "type")
        self._lm_calls = counter("lm_calls", "Completions, by whether they were in the cache.", "cached")
        self._lm_seconds = histogram("lm_call_seconds", "Of completions that were not in the cache.", _LM_SECONDS)
        self._lm_tokens = counter("lm_tokens", "Tokens of completions that were not in the cache, as counted.", "of")
        self._lm_errors = counter("lm_errors", "Calls of the language model without a completion.", "type")
        self._results = counter("evaluation_results", "Results that this process recorded.", "outcome")
        self._failures = counter(
            "evaluation_failures", "Samples that were not solved to their end; passing: tried again.", "type", "passing"
        )

    def text(self) -> bytes:
        """All of it, of type `MEDIA_TYPE`."""
        return generate_latest(self._registry)

    def show(self, name: str, text: str, value: Callable[[], float]) -> None:
        """A gauge whose `value` is asked for at each `text`; the last one under a name is."""
        gauge = self._shown.get(name) or Gauge(f"quod_{name}", text, registry=self._registry)
        gauge.set_function(value)
        self._shown[name] = gauge

    # Requests

    def request_begun(self) -> None:
        self._requests_under_way.inc()

    def request_ended(self, method: str, route: str | None, status: int, seconds: float) -> None:
        """`route`: as documented, with its place-holders; None: no path of ours. `status` 0: the client left."""
        method, route = method if method in _METHODS else "other", route or _NONE
        self._requests_under_way.dec()
        self._requests.labels(method, route, str(status) if status else _NONE).inc()
        self._request_seconds.labels(method, route).observe(seconds)

    # Problems

    def happened(self, event: Event) -> None:
        """What a trace consists of."""
        if isinstance(event, AttemptEnded):
            self._attempt(event.attempt)
        elif isinstance(event, VerdictReached):
            self._problems.labels(event.verdict.kind.value, event.verdict.trust or _NONE).inc()

    def _attempt(self, attempt: Attempt) -> None:
        again = attempt.purpose is Purpose.FORMALISATION and attempt.number > 1
        self._attempts.labels("repair" if again else attempt.purpose.value).inc()
        self._completion(attempt.completion)
        if isinstance(attempt.formalisation, Formalisation):
            engine = Engine(attempt.formalisation.program.language.value)
            for run in attempt.runs.values():
                self.ran(engine, run)
        for run in attempt.second_opinions.values():
            self.ran(Engine.CVC5, run)

    def ran(self, engine: Engine, run: Run | SolverError) -> None:
        if isinstance(run, Run):
            self._run_seconds.labels(engine.value, _outcome(run)).observe(run.usage.wall_seconds)
        else:
            self._solver_errors.labels(type(run).__name__).inc()

    # The language model

    def _completion(self, completion: Completion) -> None:
        self._lm_calls.labels("true" if completion.cached else "false").inc()
        if completion.cached:
            return
        self._lm_seconds.observe(completion.seconds)
        if completion.usage is not None:
            self._lm_tokens.labels("prompt").inc(completion.usage.prompt_tokens)
            self._lm_tokens.labels("completion").inc(completion.usage.completion_tokens)

    def lm_failed(self, error: LmError) -> None:
        self._lm_errors.labels(type(error).__name__).inc()

    # Evaluations

    def sample_ended(self, run: SampleRun) -> None:
        """What came of a sample that was solved anywhere. One that will be tried again has no verdict yet."""
        for event in run.events:
            if not (isinstance(event, VerdictReached) and run.failure is not None and run.failure.passing):
                self.happened(event)
        if run.baseline is not None:
            self._completion(run.baseline)
        if run.failure is not None:
            self._failed(run.failure)

    def _failed(self, failure: Failure) -> None:
        self._failures.labels(failure.type, "true" if failure.passing else "false").inc()
        if failure.type in _LM_ERRORS:
            self._lm_errors.labels(failure.type).inc()

    def recorded(self, results: Iterable[Result]) -> None:
        for result in results:
            self._results.labels(result.outcome.value).inc()


def _outcome(run: Run) -> str:
    if isinstance(run.ending, Finished):
        return _OUTCOMES[type(run.ending.outcome)]
    return f"stopped_{run.ending.limit.value}" if isinstance(run.ending, Stopped) else "rejected"


class MeteredEngine:
    """An engine of evaluations that tells `meters` what comes out of another one."""

    def __init__(self, engine: SampleEngine, meters: Meters) -> None:
        self._engine = engine
        self._meters = meters

    def submit(self, task: SampleTask) -> Awaitable[SampleRun]:
        solving = asyncio.ensure_future(self._engine.submit(task))
        solving.add_done_callback(self._ended)
        return solving

    async def cancel_run(self, evaluation_id: str) -> None:
        await self._engine.cancel_run(evaluation_id)

    async def close(self) -> None:
        await self._engine.close()

    def _ended(self, solving: asyncio.Future[SampleRun]) -> None:
        if not solving.cancelled() and solving.exception() is None:
            self._meters.sample_ended(solving.result())


class MeteredStore(EvaluationStore):
    """Tells `meters` the results that are recorded through it, each once."""

    def __init__(self, database: Database, meters: Meters) -> None:
        super().__init__(database)
        self._meters = meters

    def record(self, lease: Lease, results: Sequence[tuple[Result, Sequence[Event]]]) -> Sequence[Result]:
        recorded = super().record(lease, results)
        self._meters.recorded(recorded)
        return recorded
