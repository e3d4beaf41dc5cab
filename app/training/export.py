"""Writes verified traces to a file that trl reads: for supervised training, preferences, or a reward.

Every line is an object of JSON; beside what trl takes stand the fields that say where it comes from.

- `sft`: `messages`, the last of which is the completion. `app.training.row_files` reads it too.
- `preference`: `prompt`, `chosen` and `rejected`, each a list of messages. Chosen is the reply that reached the trust;
  rejected one to the same prompt that failed, in this trace or in one that stayed unresolved.
- `reward`: `prompt` and what `app.training.reward` needs, once for each problem. No answer, unless targets are given.

The prompt is the service's of today, rendered anew; `prompt_refs` names it, and the one that the reply answered. The
file appears at its place when it is complete.
"""

import hashlib
import json
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any

from app.errors import ExportError
from app.lm.types import Message
from app.new_file import new_file
from app.reasoning.formalise import Rendered, formalise
from app.reasoning.types import Problem, Purpose, VerdictKind
from app.store.traces import TraceStore
from app.training.traces import (
    Counts,
    Guard,
    LeftOut,
    Seen,
    Selection,
    VerifiedTrace,
    asked,
    digest_of,
    is_text,
    key_of,
    pages,
    verified_traces,
)

MOST_PAIRS = 4
"""Rejected replies for each chosen one: a problem that failed a hundred times is not a hundred times as important."""


class Format(StrEnum):
    SFT = "sft"
    PREFERENCE = "preference"
    REWARD = "reward"


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written.

    Args:
        traces: that were read, of those that have the trust.
        rows: lines of the file.
        with_target: of a reward: lines that have one.
        left_out: traces without a line, by reason; `no_pair`: no reply failed beside the one that is chosen.
        sha256: of the file.
    """

    format: str
    traces: int
    rows: int
    with_target: int
    left_out: Mapping[str, int]
    out: str
    sha256: str
    seconds: float


Progress = Callable[[int, int], None]
"""Told the traces read and the lines written."""


def export(
    store: TraceStore,
    format: Format,
    out: Path,
    selection: Selection,
    *,
    guard: Guard | None = None,
    targets: Mapping[str, str] | None = None,
    overwrite: bool = False,
    progress: Progress = lambda traces, rows: None,
) -> Exported:
    """Write the traces of `selection` to `out`.

    Args:
        guard: leaves out the problems that an evaluation uses.
        targets: answers by `target_key` of the problem; for a reward alone.
        overwrite: whether a file that is there is replaced.

    Raises:
        ExportError: `out` is there, or cannot be written.
        StoreError: the database cannot be used.
    """
    started = time.monotonic()
    counts, left_out, digest = Counts(), Counter[str](), hashlib.sha256()
    rows = with_target = 0
    try:
        with new_file(out, overwrite) as file, Seen() as seen, _Failed() as failed:
            if format is Format.PREFERENCE:
                failed.collect(store, selection)
            traces = verified_traces(store, selection, guard, counts, lambda counts: progress(counts.traces, rows))
            for trace in traces:
                lines = 0
                for line in _lines(format, trace, failed, targets or {}):
                    if not seen.before(*_identity(format, trace, line)):
                        data = json.dumps(line).encode() + b"\n"
                        digest.update(data)
                        file.write(data)
                        lines += 1
                        with_target += format is Format.REWARD and line["answer"] is not None
                if not lines:
                    no_pair = format is Format.PREFERENCE and not _rejected(trace, failed)
                    left_out["no_pair" if no_pair else LeftOut.REPEATED.value] += 1
                rows += lines
    except sqlite3.Error as error:
        raise ExportError(f"no room to remember what was written: {error}") from error
    left_out.update({reason.value: number for reason, number in counts.left_out.items()})
    return Exported(
        format=format.value,
        traces=counts.traces,
        rows=rows,
        with_target=with_target,
        left_out=dict(sorted(left_out.items())),
        out=str(out),
        sha256=digest.hexdigest(),
        seconds=round(time.monotonic() - started, 3),
    )


def target_key(text: str) -> str:
    """Two problems with one key are one: letter case and white space apart."""
    return " ".join(text.casefold().split())


# Lines


def _lines(
    format: Format, trace: VerifiedTrace, failed: "_Failed", targets: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    row, problem = trace.row, trace.row.problem
    rendered = _rendered(problem)
    prompt = [{"role": message.role.value, "content": message.content} for message in rendered.messages]
    about: dict[str, Any] = {
        "problem": problem.text,
        "kind": str(problem.kind),
        "language": str(problem.language),
        "world": problem.world.value,
    }
    origin = {
        "trace_id": row.id,
        "trust": trace.trust.value,
        # Not `prompts`: trl hands every column on to a reward function, beside its own argument of that name.
        "prompt_refs": {"rendered": asdict(rendered.prompt), "answered": asdict(trace.prompt)},
    }
    match format:
        case Format.SFT:
            yield {"messages": [*prompt, _reply(row.completion)], **about, "answer": row.answer, **origin}
        case Format.PREFERENCE:
            for rejected in _rejected(trace, failed):
                pair = {"chosen": [_reply(row.completion)], "rejected": [_reply(rejected)]}
                yield {"prompt": prompt, **pair, **about, "answer": row.answer, **origin}
        case Format.REWARD:
            yield {"prompt": prompt, **about, "answer": targets.get(target_key(problem.text)), **origin}


def _reply(text: str) -> dict[str, str]:
    return {"role": "assistant", "content": text}


def _rejected(trace: VerifiedTrace, failed: "_Failed") -> tuple[str, ...]:
    own = dict.fromkeys(trace.failed)
    others = dict.fromkeys(failed.of(trace.row.problem))
    others.pop(trace.row.completion, None)
    return tuple(own | others)[:MOST_PAIRS]


def _identity(format: Format, trace: VerifiedTrace, line: Mapping[str, Any]) -> tuple[str, ...]:
    """What makes two lines one: of a reward the problem, else the problem with the replies."""
    key = key_of(trace.row.problem)
    if format is Format.REWARD:
        return key
    rejected = [line["rejected"][0]["content"]] if format is Format.PREFERENCE else []
    return (*key, trace.row.completion, *rejected)


_STAND_IN = "\ue000"
"""A character for private use, where the text of a problem goes."""


def _rendered(problem: Problem) -> Rendered:
    """As `formalise`, but the prompt's file is read once for each kind, language and world."""
    assert problem.kind is not None, "it was decided"
    assert problem.language is not None, "it was decided"
    template = _template(Problem(_STAND_IN, problem.kind, problem.language, problem.world))
    text = problem.text.strip()
    messages = tuple(Message(item.role, text.join(item.content.split(_STAND_IN))) for item in template.messages)
    return Rendered(template.prompt, messages)


@cache
def _template(problem: Problem) -> Rendered:
    assert problem.kind is not None
    assert problem.language is not None
    return formalise(problem, problem.kind, problem.language)


# Replies that failed in traces that stayed unresolved


class _Failed:
    """The replies that failed, by problem, on the disk: in a temporary database of SQLite's own."""

    def __init__(self) -> None:
        self._connection = sqlite3.connect("", isolation_level=None)
        for statement in (
            "PRAGMA journal_mode = OFF",
            "PRAGMA synchronous = OFF",
            "CREATE TABLE failed (key BLOB, completion TEXT)",
        ):
            self._connection.execute(statement)
        self._connection.execute("BEGIN")

    def __enter__(self) -> "_Failed":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def collect(self, store: TraceStore, selection: Selection) -> None:
        """Keep what has diagnostics: an attempt that a budget cut short, or that reached too little trust, has none."""
        for page in pages(store, selection, verdict=VerdictKind.UNRESOLVED):
            for conversation in page:
                key = digest_of(*key_of(asked(conversation)))
                found = (
                    (key, item.completion)
                    for item in conversation.exchanges
                    if item.failed and item.purpose is Purpose.FORMALISATION and is_text(item.completion)
                )
                self._connection.executemany("INSERT INTO failed VALUES (?, ?)", found)
        self._connection.execute("CREATE INDEX failed_key ON failed (key)")

    def of(self, problem: Problem) -> list[str]:
        """A few more than are wanted, since some may be the same."""
        query = "SELECT DISTINCT completion FROM failed WHERE key = ? LIMIT ?"
        return [text for (text,) in self._connection.execute(query, (digest_of(*key_of(problem)), MOST_PAIRS + 1))]
