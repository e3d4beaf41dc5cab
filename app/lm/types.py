"""The one Protocol behind which every language model stands, and what goes through it.

A language model is not trusted: a `Completion` is text, and nothing here reads it.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from app.problem import Kind, World
from solvers.types import Language


class Role(StrEnum):
    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


@dataclass(frozen=True, slots=True)
class Message:
    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Sampling:
    """`max_tokens` bounds the completion; temperature 0 is greedy."""

    temperature: float = 0.0
    top_p: float = 1.0
    max_tokens: int = 1024
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class LmRequest:
    """One call.

    Args:
        messages: what the language model sees, and all it sees.
        problem: text of the problem, `attempt`, from 1, and `corroboration`, whether a second reading of it is asked
            for: what a recording is looked up by. Attempt 0 asks for the answer alone, without a program.
        kind, language, world: what the messages ask for in words, for a translator that reads the problem alone.
    """

    messages: tuple[Message, ...]
    problem: str
    attempt: int
    sampling: Sampling = Sampling()
    corroboration: bool = False
    kind: Kind = Kind.ARITHMETIC
    language: Language = Language.PROLOG
    world: World = World.OPEN


@dataclass(frozen=True, slots=True)
class LmIdentity:
    """Name and revision of a language model, as far as its backend tells; part of every trace and cache key.

    Args:
        backend: `http`, `transformers`, `embedded` or `recorded`.
        base_url: which server answers, for `http`: two servers may call different language models by one name.
    """

    backend: str
    name: str
    revision: str | None = None
    base_url: str | None = None


@dataclass(frozen=True, slots=True)
class TokenUsage:
    prompt_tokens: int
    completion_tokens: int


class FinishReason(StrEnum):
    STOP = "stop"
    LENGTH = "length"
    """Cut off at `max_tokens`."""
    ABSTAINED = "abstained"
    """It says that it cannot translate the problem; the text is its reason. Nobody asks again."""
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Completion:
    """What a language model wrote.

    Args:
        usage: None where the backend does not count.
        cached: taken from the completion cache.
        doubt: why it may not say what the problem says, by the word of whoever wrote it; for people. It caps trust.
            Only a backend that knows how sure it is has doubts: None says nothing in favour.
    """

    text: str
    lm: LmIdentity
    finish_reason: FinishReason
    seconds: float
    usage: TokenUsage | None = None
    cached: bool = False
    doubt: str | None = None


class LanguageModel(Protocol):
    @property
    def identity(self) -> LmIdentity: ...

    async def complete(self, request: LmRequest) -> Completion:
        """Raises an `LmError`: unreachable, refused, slow, or not a completion. Never an empty stand-in."""
        ...

    async def close(self) -> None: ...
