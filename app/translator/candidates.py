"""What the network writes. Here, and not beside the network, so that whoever reads it need not load torch."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Candidate:
    """What was written, and the natural logarithm of its probability."""

    tokens: tuple[str, ...]
    log_probability: float
