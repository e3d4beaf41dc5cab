"""What a translator is trained on."""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from app.problem import Problem
from app.translator.expression import Expression


class Task(StrEnum):
    """NeuroProlog's three tasks (arXiv 2603.02504)."""

    KB = "kb"
    """A concept in words to a rule."""
    SOLVE = "solve"
    """A problem to a program."""
    ALIGN = "align"
    """A problem, a program and an answer to yes or no: does this program give this answer?"""


@dataclass(frozen=True, slots=True)
class ArithmeticProblem:
    """A problem that asks for one number, and how it is computed.

    Args:
        expression: over the quantities of `text` in their order, as `app.numerals.quantities` finds them.
        answer: the value of `expression`, and the gold answer where there is one: both are compared before it is used.
        source: `mawps`, `gsm8k`, `mathqa`, `generated/elementary`, ...; `id` names it there.
    """

    text: str
    expression: Expression
    answer: Fraction
    source: str
    id: str


@dataclass(frozen=True, slots=True)
class Row:
    """One pair for a language model: what it is asked and what it should reply.

    Args:
        prompt: of KB and ALIGN the question in words; of SOLVE None: the service's prompt is rendered for it.
        completion: the reply, in the form that the prompts ask for.
        answer: what running the program of `completion` gives; None where nothing is run.
    """

    task: Task
    problem: Problem
    completion: str
    answer: str | None
    source: str
    id: str
    prompt: str | None = None
