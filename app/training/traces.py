"""Verified traces of the database as rows to train on, without those of problems that an evaluation uses.

A row is the problem and the completion of the attempt that the verdict rests on. What an attempt before it got wrong
comes along, for who wants pairs. Read page by page, so that a million traces need no more memory than a thousand.
"""

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import TracebackType

from app.prompts import PromptRef
from app.reasoning.trust import at_least
from app.reasoning.types import Kind, Problem, Purpose, Trust, Verdict, VerdictKind
from app.store.traces import Conversation, TraceFilter, TraceStore
from app.training.duplicates import find_duplicates
from app.training.rows import Row, Task
from solvers.types import Language

SOURCE = "traces"
"""`Row.source` of a row that was a trace; its `id` is the trace's."""

_PAGE = 1_000
"""The guard reads all evaluated problems for each page; a page of long traces takes some 10 MiB."""

Guard = Callable[[Sequence[str]], Sequence[bool]]
"""Says of each problem whether it is one that an evaluation uses, or nearly alike."""


class LeftOut(StrEnum):
    """Why a trace gives no row."""

    EVALUATED = "evaluated"
    """Its problem is one of those excluded, or nearly alike."""
    REPEATED = "repeated"
    """There was the same problem with the same completion before."""
    NO_ATTEMPT = "no_attempt"
    """The attempt that its verdict rests on is not recorded."""
    NOT_TEXT = "not_text"
    """NUL or half of a character stands in it."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which traces are taken: at least this trust; None: no matter.

    Args:
        created_from: with a time zone; included.
    """

    min_trust: Trust = Trust.CERTIFIED
    kind: Kind | None = None
    language: Language | None = None
    created_from: datetime | None = None


@dataclass(frozen=True, slots=True)
class VerifiedTrace:
    """A trace that gives a row.

    Args:
        row: `problem` has the kind and the language that were decided.
        trust: of `verdict`.
        prompt: what the completion of the row answered: that of the first attempt, or a repair.
        failed: completions of the attempts at the same problem, in the same language, that concluded nothing or were
            corrected; none equal to the row's, and none twice.
    """

    row: Row
    verdict: Verdict
    trust: Trust
    prompt: PromptRef
    failed: tuple[str, ...]


@dataclass(slots=True)
class Counts:
    """What came of a pass over the database: traces read, and why those left out were."""

    traces: int = 0
    left_out: Counter[LeftOut] = field(default_factory=Counter)


def verified_rows(
    store: TraceStore, selection: Selection = Selection(), guard: Guard | None = None, counts: Counts | None = None
) -> Iterator[Row]:
    """The rows of `verified_traces`, none twice: what a recipe's builder takes."""
    counts = Counts() if counts is None else counts
    with Seen() as seen:
        for trace in verified_traces(store, selection, guard, counts):
            if seen.before(*key_of(trace.row.problem), trace.row.completion):
                counts.left_out[LeftOut.REPEATED] += 1
            else:
                yield trace.row


def verified_traces(
    store: TraceStore,
    selection: Selection = Selection(),
    guard: Guard | None = None,
    counts: Counts | None = None,
    progress: Callable[[Counts], None] = lambda counts: None,
) -> Iterator[VerifiedTrace]:
    """The traces of `selection`, rung by rung from the lowest, each from the oldest on.

    Args:
        guard: leaves out problems that an evaluation uses; asked page by page.
        counts: is added to as traces are read.
        progress: told the counts after each page.

    Raises:
        StoreError: the database cannot be used, or a trace in it cannot be read.
    """
    counts = Counts() if counts is None else counts
    # One pass for each rung: the index on it gives the traces in order, without a look at the others.
    for rung in Trust:
        if not at_least(rung, selection.min_trust):
            continue
        for page in pages(store, selection, trust=rung):
            evaluated = [False] * len(page) if guard is None else guard([item.problem.text for item in page])
            for conversation, excluded in zip(page, evaluated, strict=True):
                counts.traces += 1
                found = LeftOut.EVALUATED if excluded else _verified(conversation, rung)
                if isinstance(found, LeftOut):
                    counts.left_out[found] += 1
                else:
                    yield found
            progress(counts)


def guard_against(evaluated: Sequence[str]) -> Guard:
    """A guard that leaves out `evaluated` problems and those nearly alike, as `duplicates` finds them."""

    def is_evaluated(texts: Sequence[str]) -> list[bool]:
        found = {duplicate.training for duplicate in find_duplicates(texts, evaluated)}
        return [place in found for place in range(len(texts))]

    return is_evaluated


def pages(
    store: TraceStore, selection: Selection, *, trust: Trust | None = None, verdict: VerdictKind | None = None
) -> Iterator[tuple[Conversation, ...]]:
    """All traces of this trust or this verdict, from the oldest on. `min_trust` of the selection does not count."""
    filter = TraceFilter(
        verdict=verdict,
        trust=trust,
        kind=selection.kind,
        language=selection.language,
        created_from=selection.created_from,
    )
    after = None
    while page := store.conversations(filter, after=after, limit=_PAGE):
        yield page
        after = page[-1].id


def key_of(problem: Problem) -> tuple[str, ...]:
    """What two problems have in common that a language model is asked alike."""
    return problem.text.strip(), str(problem.kind), str(problem.language), problem.world.value


def asked(conversation: Conversation) -> Problem:
    """The problem, with the kind and the language that were decided where it left them open."""
    problem = conversation.problem
    return Problem(problem.text, conversation.kind, conversation.language, problem.world)


def is_text(*texts: str) -> bool:
    """Whether every reader of JSON can read them: no NUL, no half of a character."""
    try:
        return not any("\0" in text or not text.encode("utf-8") for text in texts if text)
    except UnicodeEncodeError:
        return False


def _verified(conversation: Conversation, trust: Trust) -> VerifiedTrace | LeftOut:
    made = [item for item in conversation.exchanges if item.purpose is Purpose.FORMALISATION]
    concluded = next((item for item in made if item.number == conversation.attempt), None)
    if concluded is None:
        return LeftOut.NO_ATTEMPT
    if not is_text(conversation.problem.text, concluded.completion):
        return LeftOut.NOT_TEXT
    verdict = conversation.verdict
    others = dict.fromkeys(item.completion for item in made if item is not concluded and is_text(item.completion))
    others.pop(concluded.completion, None)
    return VerifiedTrace(
        row=Row(
            task=Task.SOLVE,
            problem=asked(conversation),
            completion=concluded.completion,
            # An entailment has no answer: what running its program gives is the verdict.
            answer=verdict.answer if verdict.kind is VerdictKind.ANSWERED else verdict.kind.value,
            source=SOURCE,
            id=conversation.id,
        ),
        verdict=verdict,
        trust=trust,
        prompt=concluded.prompt,
        failed=tuple(others),
    )


class Seen(AbstractContextManager["Seen"]):
    """Remembers which texts were there before, on the disk: for a million of them the memory stays as it is.

    A temporary database of SQLite's own, which nobody else sees, and which is gone at the end. Two texts are one if 16
    bytes of their hash are.
    """

    def __init__(self) -> None:
        self._connection = sqlite3.connect("", isolation_level=None)
        for statement in (
            "PRAGMA journal_mode = OFF",
            "PRAGMA synchronous = OFF",
            "CREATE TABLE seen (key BLOB PRIMARY KEY) WITHOUT ROWID",
        ):
            self._connection.execute(statement)
        # Without one, each insertion would be written out by itself.
        self._connection.execute("BEGIN")

    def before(self, *texts: str) -> bool:
        """Whether these texts, in this order, were asked about before."""
        done = self._connection.execute("INSERT OR IGNORE INTO seen VALUES (?)", [digest_of(*texts)])
        return done.rowcount == 0

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()


def digest_of(*texts: str) -> bytes:
    """16 bytes that stand for these texts in this order."""
    digest = hashlib.blake2b(digest_size=16)
    for text in texts:
        data = text.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.digest()
