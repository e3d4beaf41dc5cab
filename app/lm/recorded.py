"""`recorded:FILE`: replays recorded completions, so that a run needs no language model and is deterministic.

FILE holds JSON lines, plain or gzip, `{"problem": ..., "attempt": 1, "completion": ...}`; the n-th call for a problem
is its attempt n, and attempt 0 is what was answered without a program. A second reading of the problem, made without
sight of the first, has `"corroboration": true` and attempts of its own. Optional, and given back: `finish_reason`
(`stop`, `length`, `abstained`, `other`), `usage` (`{"prompt_tokens": 12, "completion_tokens": 34}`) and `doubt`, a
text. Every other field (hash of the prompt, name of the language model) is kept as it is for whoever reads the
recording: `entries`.
"""

import gzip
import hashlib
import json
import zlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.errors import LmSpecError, NoRecordedCompletionError
from app.lm.types import Completion, FinishReason, LmIdentity, LmRequest, TokenUsage

_GZIP_MAGIC = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class RecordedCompletion:
    """One line of a recording; `extra` holds the fields that replaying does not need."""

    problem: str
    attempt: int
    completion: str
    corroboration: bool = False
    finish_reason: FinishReason = FinishReason.STOP
    usage: TokenUsage | None = None
    doubt: str | None = None
    extra: Mapping[str, object] = field(default_factory=dict)


class RecordedLM:
    """A `LanguageModel` that gives what `file` holds for (text of the problem, attempt), whatever else is asked.

    It is named by the file's name and the SHA-256 of its bytes.
    """

    def __init__(self, file: Path) -> None:
        """Read `file` whole.

        Raises:
            LmSpecError: it cannot be read, or a line is no completion, or a second one for its problem and attempt.
                Such lines are named by their numbers.
        """
        try:
            data = file.read_bytes()
        except OSError as error:
            raise LmSpecError(f"the recording {file} cannot be read: {error.strerror or error}") from error
        self._file = file
        self._identity = LmIdentity(
            backend="recorded", name=file.name, revision=f"sha256:{hashlib.sha256(data).hexdigest()}"
        )
        self._entries = _read_entries(file, data)
        self._attempts = Counter(problem for problem, _, _ in self._entries)

    @property
    def identity(self) -> LmIdentity:
        return self._identity

    @property
    def entries(self) -> tuple[RecordedCompletion, ...]:
        """Every line, in the order of the file."""
        return tuple(self._entries.values())

    async def complete(self, request: LmRequest) -> Completion:
        entry = self._entries.get((request.problem, request.attempt, request.corroboration))
        if entry is None:
            raise NoRecordedCompletionError(self._what_is_missing(request))
        return Completion(
            text=entry.completion,
            lm=self._identity,
            finish_reason=entry.finish_reason,
            seconds=0.0,
            usage=entry.usage,
            doubt=entry.doubt,
        )

    async def close(self) -> None:
        """Nothing is held open."""

    def _what_is_missing(self, request: LmRequest) -> str:
        shown = request.problem if len(request.problem) <= 80 else request.problem[:79] + "\u2026"
        held = self._attempts[request.problem]
        if held:
            found = [entry for entry in self._entries.values() if entry.problem == request.problem]
            names = sorted(f"second reading {e.attempt}" if e.corroboration else f"{e.attempt}" for e in found)
            there = f"it has {_count(held, 'attempt')} at this problem ({', '.join(names)})"
        else:
            there = (
                f"it has nothing for this problem, and {_count(len(self._entries), 'completion')} "
                f"for {_count(len(self._attempts), 'other problem')}"
            )
        return (
            f"the recording {self._file.name} has no completion for {_asked(request)} at {shown!r}: {there}. "
            "Ask a problem that was recorded, or choose a language model with --lm or QUOD_LM"
        )


def _asked(request: LmRequest) -> str:
    return f"second reading {request.attempt}" if request.corroboration else f"attempt {request.attempt}"


def _read_entries(file: Path, data: bytes) -> dict[tuple[str, int, bool], RecordedCompletion]:
    if data.startswith(_GZIP_MAGIC):
        try:
            data = gzip.decompress(data)
        except (OSError, EOFError, zlib.error) as error:
            raise LmSpecError(f"the recording {file} is not whole gzip: {error}") from error
    entries: dict[tuple[str, int, bool], RecordedCompletion] = {}
    first_line: dict[tuple[str, int, bool], int] = {}
    faults: list[str] = []
    # Not splitlines(): a problem may hold U+2028 and its like, which JSON leaves as they are.
    for number, line in enumerate(data.split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            entry = _read_entry(line)
        except (ValueError, RecursionError) as error:
            faults.append(f"line {number}: {error}")
            continue
        key = (entry.problem, entry.attempt, entry.corroboration)
        if key in entries:
            faults.append(
                f"line {number}: attempt {entry.attempt} at this problem is on line {first_line[key]} already"
            )
            continue
        entries[key], first_line[key] = entry, number
    if faults:
        more = f"; and {len(faults) - 10} more" if len(faults) > 10 else ""
        raise LmSpecError(
            f"the recording {file} has {_count(len(faults), 'faulty line')}: {'; '.join(faults[:10])}{more}"
        )
    if not entries:
        raise LmSpecError(f"the recording {file} holds no completion")
    return entries


def _read_entry(line: bytes) -> RecordedCompletion:
    fields: Any = json.loads(line)
    if not isinstance(fields, dict):
        raise ValueError("not a JSON object")
    for name in ("problem", "completion"):
        if not isinstance(fields.get(name), str):
            raise ValueError(f"{name!r} is missing or not a string")
    # True is an int to Python.
    if type(fields.get("attempt")) is not int or fields["attempt"] < 0:
        raise ValueError("'attempt' is missing or not a number from 0")
    finish_reason = FinishReason.STOP
    if fields.get("finish_reason") is not None:
        try:
            finish_reason = FinishReason(fields["finish_reason"])
        except ValueError:
            raise ValueError(f"'finish_reason' is not one of {', '.join(FinishReason)}") from None
    if not isinstance(fields.get("corroboration", False), bool):
        raise ValueError("'corroboration' is neither true nor false")
    doubt = fields.get("doubt")
    if doubt is not None and not (isinstance(doubt, str) and doubt.strip()):
        raise ValueError("'doubt' is not a text that says anything")
    known = ("problem", "attempt", "completion", "corroboration", "finish_reason", "usage", "doubt")
    return RecordedCompletion(
        problem=fields["problem"],
        attempt=fields["attempt"],
        completion=fields["completion"],
        corroboration=fields.get("corroboration", False),
        finish_reason=finish_reason,
        usage=_read_usage(fields.get("usage")),
        doubt=doubt,
        extra={name: value for name, value in fields.items() if name not in known},
    )


def _read_usage(usage: Any) -> TokenUsage | None:
    if usage is None:
        return None
    if isinstance(usage, dict):
        prompt, completion = usage.get("prompt_tokens"), usage.get("completion_tokens")
        if type(prompt) is int and type(completion) is int and min(prompt, completion) >= 0:
            return TokenUsage(prompt_tokens=prompt, completion_tokens=completion)
    raise ValueError("'usage' has no prompt_tokens and completion_tokens from 0")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
