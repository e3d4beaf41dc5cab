"""The solvers as a reward: what trl's GRPOTrainer calls with a batch of completions, and gets a number for each.

`quod_reward` takes the defaults, `QuodReward(...)` its own settings. Called with the columns of a file that
`quod traces export --format reward` writes: `problem`, and where there is one `kind`, `language`, `world` and `answer`,
the target. Without a target the reward teaches to write programs that run, and compute, and can be checked. Whether
they say what the problem says is for the target alone to tell.

Rewards by grade (`grading.Grade`), with the defaults of `Rewards`:

| reward | the completion |
| --- | --- |
| 0.0 | holds no program that can be taken out |
| 0.05 | its program is rejected: at fault, against the policy, or its verdict would be unsound |
| 0.1 | a limit stopped it |
| 0.15 | it ran, without an answer |
| 0.2 | an answer, but not shown to be the only one, or not computed: written down, even if it is the right one |
| 0.3 | as below, but the target says something else |
| 0.5 | the only answer, and computed from the quantities of the problem |
| 0.7 | and the checker confirmed all of it |
| 1.0 | the only answer, computed, and what the target says |
| None | a fault of ours: trl leaves the completion out of the update |
"""

import asyncio
import atexit
import logging
import math
import os
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, fields

from app.reasoning.kind import decide_kind, decide_language
from app.reasoning.types import Kind, Problem, World
from app.training.grading import Asked, Grade, GradingConfig, grade
from solvers.errors import SolverError
from solvers.runtime import Runtime, RuntimeConfig
from solvers.types import Language

_log = logging.getLogger(__name__)

_SHOWN = 200
_CLOSING_SECONDS = 10.0
_BATCH_GRACE_SECONDS = 30.0
"""Beyond what the completions of a batch may take together: for engines to load, or to be replaced."""


@dataclass(frozen=True, slots=True)
class Rewards:
    """The reward of each grade; none may be smaller than the one before it."""

    not_extracted: float = 0.0
    rejected: float = 0.05
    stopped: float = 0.1
    no_answer: float = 0.15
    answer: float = 0.2
    different: float = 0.3
    determinate: float = 0.5
    certified: float = 0.7
    target: float = 1.0

    def __post_init__(self) -> None:
        values = [float(getattr(self, one.name)) for one in fields(self)]
        if not all(map(math.isfinite, values)) or values != sorted(values):
            raise ValueError(f"rewards are finite and none is smaller than the one before it, not {values}")

    def of(self, reached: Grade) -> float:
        return float(getattr(self, reached.name.lower()))


class QuodReward:
    """A reward function of its own settings. Any number of threads may call it, also one in which an event loop runs.

    Args:
        rewards: of each grade.
        grading: limits, and whether certificates are checked.
        concurrency: programs that run at the same time; None: one for each core. The first use in a process decides.
    """

    def __init__(
        self,
        rewards: Rewards = Rewards(),
        grading: GradingConfig = GradingConfig(),  # noqa: B008  # frozen
        concurrency: int | None = None,
    ) -> None:
        self.rewards, self.grading, self.concurrency = rewards, grading, concurrency
        self.__name__ = "quod_reward"  # what trl's logs call it

    def __call__(self, completions: Sequence[object], **columns: object) -> list[float | None]:
        """One reward for each completion, in order; None where a fault of ours leaves nothing to say. Raises nothing.

        Args:
            completions: text each, or messages of which the last is the reply.
            columns: of the same length. Without `problem`, or with a value that makes no sense, all is None.
        """
        return [
            None if reached is None else self.rewards.of(reached) for reached in self.grades(completions, **columns)
        ]

    def grades(self, completions: Sequence[object], **columns: object) -> list[Grade | None]:
        """The grades behind the rewards."""
        found: list[Grade | None] = [None] * len(completions)
        # What is asked alike, and answered alike, is graded once: a policy that has converged repeats itself.
        places: dict[Asked, list[int]] = {}
        for place, completion in enumerate(completions):
            try:
                text = _text(completion)
                asked = _asked(place, len(completions), text or "", columns)
            except Exception as error:  # noqa: BLE001  # a column is no reason to end a training
                _log.error("no reward for completion %d: %s", place, _shown(error))
                continue
            if text is None:
                found[place] = Grade.NOT_EXTRACTED
            else:
                places.setdefault(asked, []).append(place)
        for asked, reached in zip(places, self._graded(list(places)), strict=True):
            for place in places[asked]:
                found[place] = reached
        return found

    def _graded(self, batch: Sequence[Asked]) -> list[Grade | None]:
        if not batch:
            return []
        try:
            graders = _graders(self.concurrency)
            # In turn, a completion waits for its slot at most as long as all before it may take.
            turns = math.ceil(len(batch) / graders.at_once)
            seconds = turns * (self.grading.seconds + self.grading.check_seconds) + _BATCH_GRACE_SECONDS
            return graders.grade_all(batch, self.grading).result(seconds)
        except Exception as error:  # noqa: BLE001  # whatever it is, it is ours, and no reason to end a training
            _log.exception("no reward for a batch of %d: %s", len(batch), _shown(error))
            return [None] * len(batch)


quod_reward = QuodReward()
"""The reward function with its defaults."""


def _asked(place: int, length: int, text: str, columns: Mapping[str, object]) -> Asked:
    """What the columns say of the completion at `place`.

    Raises:
        ValueError: a column that is needed is missing, or holds what makes no sense.
    """

    def value(name: str) -> str | None:
        column = columns.get(name)
        if column is None:
            return None
        if isinstance(column, str) or not isinstance(column, Sequence) or len(column) != length:
            raise ValueError(f"the column {name!r} is not a list of one value for each completion")
        found = column[place]
        if isinstance(found, bool) or not isinstance(found, str | int | float | None):
            raise ValueError(f"{name} is {type(found).__name__}, not text")
        return None if found is None or found == "" else str(found)

    problem_text = value("problem")
    if problem_text is None or not problem_text.strip():
        raise ValueError("there is no column 'problem', or its text is empty")
    kind, language, world = value("kind"), value("language"), value("world")
    problem = Problem(
        problem_text,
        kind=Kind(kind) if kind and kind != "auto" else None,
        language=Language(language) if language else None,
        world=World(world) if world else World.OPEN,
    )
    decided = decide_kind(problem)
    return Asked(problem, decided, decide_language(problem, decided), text, value("answer"))


def _text(completion: object) -> str | None:
    """The reply: plain text, or the content of the last message; None where there is none."""
    if isinstance(completion, str):
        return completion
    if isinstance(completion, Mapping):
        return _text_of_content(completion.get("content"))
    if isinstance(completion, Sequence) and completion and isinstance(completion[-1], Mapping):
        return _text_of_content(completion[-1].get("content"))
    return None


def _text_of_content(content: object) -> str | None:
    """Content is text, or parts of which some are text."""
    if isinstance(content, str):
        return content
    if not isinstance(content, Sequence):
        return None
    parts = [part.get("text") for part in content if isinstance(part, Mapping) and part.get("type") == "text"]
    texts = [part for part in parts if isinstance(part, str)]
    return "".join(texts) if texts else None


def _shown(error: BaseException) -> str:
    text = ascii(str(error))[1:-1]
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."


# The one runtime of a process


@dataclass(slots=True)
class _Graders:
    """An event loop in a thread of its own, with the runtime that all reward functions of this process share."""

    loop: asyncio.AbstractEventLoop
    runtime: Runtime
    thread: threading.Thread
    slots: asyncio.Semaphore
    at_once: int

    def grade_all(self, batch: Sequence[Asked], config: GradingConfig) -> Future[list[Grade | None]]:
        async def work() -> list[Grade | None]:
            return list(await asyncio.gather(*(self._one(asked, config) for asked in batch)))

        return asyncio.run_coroutine_threadsafe(work(), self.loop)

    async def _one(self, asked: Asked, config: GradingConfig) -> Grade | None:
        try:
            async with self.slots:
                return await grade(asked, self.runtime, config)
        except SolverError as error:
            _log.error("no reward for a completion, the solvers failed: %s", _shown(error))
        except Exception as error:  # noqa: BLE001  # the fault is ours, and the other completions have their reward
            _log.exception("no reward for a completion: %s", _shown(error))
        return None


_by_process: dict[int, _Graders] = {}
"""By process id: a forked process has neither the thread nor the fork servers of its parent."""

_starting = threading.Lock()


def _graders(concurrency: int | None) -> _Graders:
    with _starting:
        return _by_process.get(os.getpid()) or _start(concurrency)


def _start(concurrency: int | None) -> _Graders:
    config = RuntimeConfig() if concurrency is None else RuntimeConfig(concurrency=concurrency)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="rewards", daemon=True)
    # One more than run at the same time: while a program runs, the next is read, and the last one checked.
    at_once = 2 * config.concurrency
    graders = _Graders(loop, Runtime(config), thread, asyncio.Semaphore(at_once), at_once)
    thread.start()
    _by_process[os.getpid()] = graders
    atexit.register(_end, os.getpid(), graders)
    return graders


def _end(pid: int, graders: _Graders) -> None:
    if os.getpid() != pid:
        return
    asyncio.run_coroutine_threadsafe(_close(graders.runtime), graders.loop).result(_CLOSING_SECONDS)
    graders.loop.call_soon_threadsafe(graders.loop.stop)
    graders.thread.join(_CLOSING_SECONDS)
    if not graders.thread.is_alive():
        graders.loop.close()


async def _close(runtime: Runtime) -> None:
    """What an interrupted training left under way ends first, so that it does not ask a closed runtime."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await runtime.close()
