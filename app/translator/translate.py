"""From the text of a problem to completions, the best supported first, or to an abstention that says why.

Arithmetic: the likeliest expressions are evaluated; those without a sensible value are dropped, and those with the same
value support each other. A deduction and a puzzle are put together from their sentences.
"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from app.problem import Kind, World
from app.translator.arithmetic import write
from app.translator.decoding import Candidate
from app.translator.expression import Expression, ExpressionError, canonical, evaluate, parse, slots
from app.translator.forms import Form
from app.translator.masking import Masked, TooManyError, mask
from app.translator.result import Abstention, Translation
from app.translator.vocabulary import Vocabulary
from solvers.types import Language

BEAMS = 12
LONGEST_PROBLEM = 150
"""Tokens of a word problem: it was trained on no longer ones."""
MOST_UNKNOWN = 0.35
"""Share of words that it does not know: above it, this is no English that it was trained on."""

Decode = Callable[[Form, Sequence[Sequence[str]], int], list[list[Candidate]]]
_ENGLISH = re.compile(
    r"\b(?:the|a|an|of|is|are|was|were|how|many|much|what|if|and|has|have|had|each|there|does|did|do|to|in|for)\b", re.I
)


@dataclass(frozen=True, slots=True)
class Supported:
    """An answer and what speaks for it.

    Args:
        expression: the likeliest one that gives it.
        support: its share of the probability of all candidates, from 0 to 1.
        log_probability: of all its expressions together.
    """

    expression: Expression
    value: Fraction
    support: float
    log_probability: float


def arithmetic_candidates(
    text: str, vocabulary: Vocabulary, decode: Decode, beams: int = BEAMS
) -> tuple[Masked, list[Supported]] | Abstention:
    """The answers that the translator thinks of, the best supported first."""
    try:
        masked = mask(text, vocabulary.known)
    except TooManyError as error:
        return Abstention(f"the problem is longer than this translator reads: {error}")
    if reason := unreadable(text, masked):
        return Abstention(reason)
    found = decode(Form.ARITHMETIC, [masked.tokens], beams)[0]
    values = [quantity.value for quantity in masked.numbers]
    by_value: dict[Fraction, list[tuple[float, Expression]]] = {}
    for candidate in found:
        try:
            expression = canonical(parse(candidate.tokens))
            value = evaluate(expression, values)
        except ExpressionError:
            continue
        if slots(expression) and is_sensible(value, values):
            by_value.setdefault(value, []).append((candidate.log_probability, expression))
    total = sum(math.exp(candidate.log_probability) for candidate in found)
    answers = []
    for value, group in by_value.items():
        mass = sum(math.exp(log_probability) for log_probability, _ in group)
        best = max(group, key=lambda pair: pair[0])[1]
        answers.append(Supported(best, value, mass / total, math.log(mass)))
    return masked, sorted(answers, key=lambda answer: -answer.support)


def is_sensible(value: Fraction, given: Sequence[Fraction]) -> bool:
    """Not negative where the problem gives nothing negative, and no fraction that nobody would write down."""
    if value < 0 <= min(given, default=Fraction(0)):
        return False
    return value.denominator <= 10_000 * max((number.denominator for number in given), default=1)


def unreadable(text: str, masked: Masked) -> str | None:
    """Why this is no problem for the translator, from what can be seen before it is asked."""
    if not masked.numbers:
        return "the problem gives no number"
    words = [token for token in masked.tokens if token.isalpha() or re.fullmatch(r"[wp]\d+", token)]
    unknown = sum(bool(re.fullmatch(r"w\d+", token)) for token in words)
    if unknown > MOST_UNKNOWN * len(words) or len(_ENGLISH.findall(text)) < 0.1 * len(words):
        return f"{unknown} of its {len(words)} words are not known to this translator, which reads English only"
    if len(masked.tokens) > LONGEST_PROBLEM:
        return f"it has {len(masked.tokens)} words, and this translator reads at most {LONGEST_PROBLEM}"
    questions = text.count("?")
    asks = questions or len(
        re.findall(r"\b(?:find|calculate|determine|compute|what is|how many|how much)\b", text, re.I)
    )
    if asks == 0:
        return "it asks no question"
    if questions > 1:
        return f"it asks {questions} questions, and this translator answers one"
    return None


def translate_arithmetic(
    text: str, language: Language, vocabulary: Vocabulary, decode: Decode, least: float
) -> tuple[list[Translation], Abstention]:
    """Translations whose confidence reaches `least`, the best supported first, and why there are no more."""
    found = arithmetic_candidates(text, vocabulary, decode)
    if isinstance(found, Abstention):
        return [], found
    masked, answers = found
    if not answers:
        return [], Abstention("no expression that it wrote has a sensible value")
    if answers[0].support < least:
        shown = f"{answers[0].support:.0%}"
        return [], Abstention(
            f"it is not sure enough what the problem says: the answer best supported has {shown} of the candidates' "
            f"probability, and {least:.0%} is needed"
        )
    translations = [
        Translation(write(text, answer.expression, language, found=masked.numbers), answer.log_probability)
        for answer in answers
    ]
    return translations, Abstention("it has no other translation")


def translate(
    text: str,
    kind: Kind,
    language: Language,
    world: World,
    vocabulary: Vocabulary,
    decode: Decode,
    least: Callable[[Form], float],
) -> tuple[list[Translation], Abstention]:
    """Translations of a problem, the best first, and what is said when they are used up."""
    if kind is Kind.ARITHMETIC:
        return translate_arithmetic(text, language, vocabulary, decode, least(Form.ARITHMETIC))
    return [], Abstention(f"it does not translate problems of the kind {kind.value}")
