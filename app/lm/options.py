"""What an operator can choose about a language model besides its name."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from app.errors import LmError
from app.settings import EmbeddedAnswers


@dataclass(frozen=True, slots=True)
class LmOptions:
    """Handed to `open_language_model`; a backend takes what concerns it.

    Args:
        api_key: sent to the server as a bearer token; shown nowhere.
        connect_seconds: longest wait for a connection.
        read_seconds: longest silence of a server that has the request. One that does not stream is silent until its
            completion is made, so None, the default, leaves it to `total_seconds`.
        total_seconds: longest wait for one completion, retries and the pauses between them included; waiting for one of
            the `max_in_flight` places is not.
        retries: tries after the first one, where trying again helps.
        retry_seconds: first pause between two tries. It doubles up to `max_retry_seconds`, with jitter of as much as
            itself; a server's `Retry-After` takes its place.
        max_in_flight: completions under way at the same time.
        max_reply_bytes: a longer reply is given up.
        default_recording: what `recorded:` alone replays.
        revision: commit, tag or branch of a `transformers:` model; for a folder any name, instead of its hash.
        device: torch device, `cpu` or `cuda:1`; None: a GPU if there is one.
        threads: CPU threads of torch; None leaves it to torch.
        batch_size: most completions generated together.
        batch_wait_seconds: how long a request waits for others to share its batch.
        answers: what the embedded translator translates, by how sure it is.
        on_trouble: hears of every try at a server that failed in a way that another may not, in the context of whoever
            asked.
    """

    api_key: str | None = field(default=None, repr=False)
    connect_seconds: float = 10.0
    read_seconds: float | None = None
    total_seconds: float = 120.0
    retries: int = 4
    retry_seconds: float = 0.5
    max_retry_seconds: float = 20.0
    max_in_flight: int = 8
    max_reply_bytes: int = 8_000_000
    default_recording: Path | None = None
    revision: str | None = None
    device: str | None = None
    threads: int | None = None
    batch_size: int = 8
    batch_wait_seconds: float = 0.02
    answers: EmbeddedAnswers = EmbeddedAnswers.LIKELY
    on_trouble: Callable[[LmError], None] = field(default=lambda _: None, repr=False, compare=False)
