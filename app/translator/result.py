"""What a translator gives for a problem: a reply in the form that the prompts ask for, or why there is none."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Translation:
    """`completion` is a reply as a language model would write it.

    Args:
        log_probability: of all that the small model wrote for it; natural logarithm, at most 0.
        doubt: why it may not say what the problem says, for people; None: the translator is sure.
    """

    completion: str
    log_probability: float
    doubt: str | None = None


@dataclass(frozen=True, slots=True)
class Abstention:
    """Nothing is said about the problem. `reason` is for people, and cites the sentence that was not understood."""

    reason: str
