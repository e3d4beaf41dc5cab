"""What names a dataset: the hash of its content."""

import hashlib
import json
from collections.abc import Iterable

from app.store.evaluation_types import Sample


def content_hash(samples: Iterable[Sample]) -> str:
    """SHA-256, in hexadecimal digits, of the samples in their order, wherever they were read from.

    What is hashed is a line of UTF-8 per sample, each with its line feed: JSON with its keys sorted, no blanks between
    tokens, characters as they are, and all of `id`, `problem` (`text`, `kind`, `language`, `world`), `target`,
    `answers`, `options`; what is not said is null. Evaluations are compared by it, so it is the same in all versions.
    """
    digest = hashlib.sha256()
    for sample in samples:
        digest.update(_canonical(sample).encode("utf-8"))
    return digest.hexdigest()


def _canonical(sample: Sample) -> str:
    problem = sample.problem
    body = {
        "id": sample.id,
        "problem": {
            "text": problem.text,
            "kind": None if problem.kind is None else problem.kind.value,
            "language": None if problem.language is None else problem.language.value,
            "world": problem.world.value,
        },
        "target": sample.target,
        "answers": sample.answers.value,
        "options": list(sample.options),
    }
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n"
