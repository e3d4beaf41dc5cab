"""What a person can do about a verdict that is none."""

from app.api.bodies import TraceRead
from app.lm.types import FinishReason

_LARGER = (
    "name a larger language model with --lm or QUOD_LM, such as http:qwen2.5:7b@http://localhost:11434/v1, or say the "
    "problem in short, plain sentences"
)


def abstains(trace: TraceRead) -> bool:
    """Whether it ended with the language model's word that it cannot translate the problem."""
    return (
        trace.verdict.kind == "unresolved"
        and bool(trace.attempts)
        and trace.attempts[-1].completion.finish_reason is FinishReason.ABSTAINED
    )


def advice_of(trace: TraceRead) -> str | None:
    """One sentence, or None where there is nothing to advise."""
    return _LARGER if abstains(trace) else None
