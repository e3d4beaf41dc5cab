"""Loads, renders and hashes the prompts of `prompts/<name>/v<N>.md`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PromptRef:
    """Which prompt it was: `name` is its folder, `sha256` that of its file."""

    name: str
    version: int
    sha256: str
