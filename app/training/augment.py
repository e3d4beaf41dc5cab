"""Varies real training problems, so that what is trained on them does not cling to the surface of their texts."""

import random
import re
from collections.abc import Sequence
from dataclasses import replace

from app.training.rows import ArithmeticProblem
from app.training.variations import VARIATIONS

_MOST = 3
"""Changes of one problem."""
_ASKS_TWICE = re.compile(r"\?.*\?|\band (?:how|what|which|who|when|where)\b", re.IGNORECASE | re.DOTALL)


STRUCTURAL = ("distraction", "order", "question-first", "things")
"""The variations that the embedded translator sees: names, and how numbers are written, are masked before it reads."""


def augment(
    problem: ArithmeticProblem,
    others: Sequence[ArithmeticProblem],
    rng: random.Random,
    variations: Sequence[str] = tuple(VARIATIONS),
) -> ArithmeticProblem | None:
    """The problem with one to three things about it changed, its answer computed anew.

    Every change is checked: the quantities are found in the new text where they should be, and the expression has its
    value. `id` says what was changed: `fold0_train.csv:12~names~numbers`.

    Args:
        others: where a sentence that does not matter is taken from; best problems of the same source.
        variations: names of the changes that may be made.

    Returns:
        None where nothing could be changed, or the problem asks two questions.
    """
    if _ASKS_TWICE.search(problem.text):
        return None
    wanted = rng.randint(1, _MOST)
    changed, done = problem, list[str]()
    for name in rng.sample(sorted(variations), len(variations)):
        if len(done) == wanted:
            break
        found = VARIATIONS[name](changed, others, rng)
        if found is not None and found.text != changed.text:
            changed, done = found, [*done, name]
    if not done:
        return None
    return replace(changed, id="~".join([problem.id, *done]))
