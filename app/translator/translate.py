"""From the text of a problem to completions, the best supported first, or to an abstention that says why.

Arithmetic: the likeliest expressions are evaluated; those without a sensible value are dropped, and those with the same
value support each other. A deduction and a puzzle are put together from their sentences, and are as sure as the least
sure of these.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from app.problem import Kind, World
from app.translator.arithmetic import write
from app.translator.candidates import Candidate
from app.translator.confidence import Signs, Thresholds, in_per_cent, reaches
from app.translator.deduction import translate as translate_deduction
from app.translator.deduction_text import read
from app.translator.expression import Expression, ExpressionError, canonical, evaluate, parse, size, slots
from app.translator.forms import Form
from app.translator.masking import Masked, TooManyError, mask
from app.translator.puzzle import sentences_of, translate_puzzle
from app.translator.result import Abstention, Translation
from app.translator.sense import counts_things, is_sensible
from app.translator.vocabulary import Vocabulary
from solvers.types import Language

BEAMS = 12
SENTENCE_BEAMS = 2
SCENE = ("scene",)
"""What is written for a sentence of a puzzle that sets the scene."""
SENTENCES_TOGETHER = 32
LONGEST_TEXT = 8_000
"""Characters of a deduction or a puzzle."""
LONGEST_PROBLEM = 150
"""Tokens of a word problem: it was trained on no longer ones."""
MOST_UNKNOWN = 0.35
"""Share of words that it does not know: above it, this is no English that it was trained on."""

LEAST_ENGLISH = 0.1
"""Share of words that are among the commonest ones of English."""
LONGEST_SENTENCE = 160
"""Tokens of a sentence, as in training."""
_NO_OTHER = Abstention("it has no other translation")
_NONE_AS_SURE = Abstention("it has no other translation that it is sure enough of")
_SHOWN = 200
"""Characters of a sentence."""

Decode = Callable[[Form, Sequence[Sequence[str]], int], list[list[Candidate]]]
_READ_AS = {
    Kind.ARITHMETIC: (Form.ARITHMETIC, "word problems"),
    Kind.ENTAILMENT: (Form.CLAUSE, "deductions"),
    Kind.CONSTRAINT: (Form.ORDERING, "ordering puzzles"),
}
"""The form of each kind of problem, and what such problems are called."""
_ENGLISH = re.compile(
    r"\b(?:the|a|an|of|is|are|was|were|how|many|much|what|if|and|has|have|had|each|there|does|did|do|to|in|for)\b", re.I
)


@dataclass(frozen=True, slots=True)
class Reader:
    """How a form is read: the words that are known, the network that writes, and how sure it has to be."""

    vocabulary: Vocabulary
    decode: Decode
    needed: Thresholds


@dataclass(frozen=True, slots=True)
class Supported:
    """An answer, the likeliest expression that gives it, and what speaks for it."""

    expression: Expression
    value: Fraction
    signs: Signs


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
    values, counted = [quantity.value for quantity in masked.numbers], counts_things(text)
    by_value: dict[Fraction, list[tuple[float, Expression]]] = {}
    for candidate in found:
        try:
            expression = canonical(parse(candidate.tokens))
            value = evaluate(expression, values)
        except ExpressionError:
            continue
        if slots(expression) and is_sensible(value, values, counted=counted):
            by_value.setdefault(value, []).append((candidate.log_probability, expression))
    total = _log_sum([candidate.log_probability for candidate in found])
    masses = {value: _log_sum([log_probability for log_probability, _ in group]) for value, group in by_value.items()}
    shares = {value: min(1.0, math.exp(mass - total)) for value, mass in masses.items()}
    answers = []
    for value, group in by_value.items():
        best = max(group, key=lambda pair: pair[0])[1]
        signs = Signs(
            support=shares[value],
            rivals=sum(share for other, share in shares.items() if other != value),
            log_probability=min(0.0, masses[value]),
            tokens=len(masked.tokens),
            unused=len(values) - len(slots(best)),
            operations=size(best),
        )
        answers.append(Supported(best, value, signs))
    return masked, sorted(answers, key=lambda answer: -answer.signs.support)


def _log_sum(logarithms: Sequence[float]) -> float:
    """Of what they are the logarithms of. The likeliest may be too unlikely for `exp`, so it is taken out first."""
    if not logarithms:
        return float("-inf")
    highest = max(logarithms)
    return highest + math.log(sum(math.exp(each - highest) for each in logarithms))


def unreadable(text: str, masked: Masked) -> str | None:
    """Why this is no problem for the translator, from what can be seen before it is asked."""
    if not masked.numbers:
        return "the problem gives no number"
    words = [token for token in masked.tokens if token.isalpha() or re.fullmatch(r"[wp]\d+", token)]
    unknown = sum(bool(re.fullmatch(r"w\d+", token)) for token in words)
    if unknown > MOST_UNKNOWN * len(words):
        return f"{unknown} of its {len(words)} words are not known to this translator, which reads English only"
    if len(_ENGLISH.findall(text)) < max(1, LEAST_ENGLISH * len(words)):
        return "it does not read as English, and this translator reads nothing else"
    if len(masked.tokens) > LONGEST_PROBLEM:
        return f"it has {len(masked.tokens)} words and marks, and this translator reads at most {LONGEST_PROBLEM}"
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
    text: str, language: Language, vocabulary: Vocabulary, decode: Decode, needed: Thresholds
) -> tuple[list[Translation], Abstention]:
    """Translations whose confidence reaches what is needed, the best supported first, and why there are no more."""
    found = arithmetic_candidates(text, vocabulary, decode)
    if isinstance(found, Abstention):
        return [], found
    masked, answers = found
    if not answers:
        return [], Abstention("no expression that it wrote has a sensible value")
    confidences = [needed.confidence(answer.signs) for answer in answers]
    if not reaches(confidences[0], needed.answer):
        return [], Abstention(_too_unsure(answers[0].signs, needed))
    translations = [
        Translation(
            write(text, answer.expression, language, found=masked.numbers),
            answer.signs.log_probability,
            None if reaches(confidence, needed.sure) else _doubt(answer.signs, needed),
        )
        for answer, confidence in zip(answers, confidences, strict=True)
        if reaches(confidence, needed.answer)
    ]
    return translations, _NO_OTHER if len(translations) == len(answers) else _NONE_AS_SURE


def _too_unsure(signs: Signs, needed: Thresholds) -> str:
    has, least = in_per_cent(needed.confidence(signs), needed.answer)
    if needed.regression is None:
        said = f"has {has} of the candidates' probability, and {least} is needed"
    else:
        said = f"is right with an estimated probability of {has}, and {least} is needed; it has {_share(signs)}"
    return f"it is not sure enough what the problem says: the answer best supported {said}"


def _doubt(signs: Signs, needed: Thresholds) -> str:
    has, least = in_per_cent(needed.confidence(signs), needed.sure)
    if needed.regression is None:
        said = f"{has} of its candidates' probability speak for this answer, and {least} are needed"
    else:
        said = f"this answer is right with an estimated probability of {has}, and {least} are needed; it has "
        said += _share(signs)
    return f"the translator is not sure that it read the problem right: {said}"


def _share(signs: Signs) -> str:
    return f"{math.floor(100 * signs.support)} % of the candidates' probability"


def translate(
    text: str,
    kind: Kind,
    language: Language,
    world: World,
    readers: Mapping[Form, Reader],
) -> tuple[list[Translation], Abstention]:
    """Translations of a problem, the best first, and what is said when they are used up.

    Args:
        readers: what reads each form; one that nothing was trained to read is not there.
    """
    if kind is Kind.OPTIMISATION:
        return [], Abstention("it does not translate problems that ask for the best of what is possible")
    form, problems = _READ_AS[kind]
    if form not in readers:
        return [], Abstention(f"this translator was not trained on {problems}")
    network = readers[form]
    if form is Form.ARITHMETIC:
        return translate_arithmetic(text, language, network.vocabulary, network.decode, network.needed)
    if len(text) > LONGEST_TEXT:
        return [], Abstention(f"it has {len(text)} characters, and this translator reads at most {LONGEST_TEXT}")
    reader = SentenceReader(form, network.decode)
    if kind is Kind.ENTAILMENT:
        found = translate_deduction(text, reader.read, language, world)
    else:
        found = translate_puzzle(text, language, reader.read)
    if reader.too_long is not None:
        return [], Abstention(reader.too_long)
    least_sure, thresholds = reader.least_sure, network.needed
    if least_sure is not None and not reaches(least_sure.probability, thresholds.answer):
        has, least = in_per_cent(least_sure.probability, thresholds.answer)
        return [], Abstention(
            f"it is not sure enough what a sentence says: its reading has {has} of the probability, and {least} is "
            f"needed: {_sentence(text, kind, least_sure.place)}"
        )
    if isinstance(found, Abstention):
        return [], found
    if least_sure is not None and not reaches(least_sure.probability, thresholds.sure):
        has, sure = in_per_cent(least_sure.probability, thresholds.sure)
        doubt = (
            f"the translator is not sure that it read a sentence right: {has} of the probability speak for its "
            f"reading, and {sure} are needed: {_sentence(text, kind, least_sure.place)}"
        )
        found = replace(found, doubt=doubt)
    return [found], _NO_OTHER


def _sentence(text: str, kind: Kind, place: int) -> str:
    """The sentence of a deduction or a puzzle that was read at this place."""
    if kind is Kind.ENTAILMENT:
        asked = read(text)
        sentence = (*asked.premises, asked.conclusion)[place]
    else:
        sentence = sentences_of(text)[place].text
    return f'"{sentence if len(sentence) <= _SHOWN else sentence[:_SHOWN] + "..."}"'


@dataclass(frozen=True, slots=True)
class LeastSure:
    """Which sentence of a text it is, from 0, and the probability of its reading."""

    place: int
    probability: float


@dataclass(slots=True)
class SentenceReader:
    """Has the network read masked sentences, all of a text together.

    Args:
        least_sure: the sentence whose reading is the least likely, once there is one.
        too_long: says that a sentence was too long to be read, where one was.
    """

    form: Form
    decode: Decode
    least_sure: LeastSure | None = None
    too_long: str | None = None

    def read(self, sentences: Sequence[tuple[str, ...]]) -> list[tuple[tuple[str, ...], float]]:
        """What each says, and the logarithm of its probability. Equal ones are asked once."""
        distinct = list(dict.fromkeys(sentences))
        found: dict[tuple[str, ...], Candidate] = {}
        if distinct and len(longest := max(distinct, key=len)) > LONGEST_SENTENCE:
            self.too_long = f"a sentence has {len(longest)} words and marks, and it reads at most {LONGEST_SENTENCE}"
            return [((), float("-inf"))] * len(sentences)
        # Of about the same length together: padding costs as much as words.
        distinct.sort(key=len)
        for start in range(0, len(distinct), SENTENCES_TOGETHER):
            part = distinct[start : start + SENTENCES_TOGETHER]
            for sentence, candidates in zip(part, self.decode(self.form, part, SENTENCE_BEAMS), strict=True):
                found[sentence] = candidates[0] if candidates else Candidate((), float("-inf"))
        for place, sentence in enumerate(sentences):
            # Whether a sentence says nothing that matters is seen by code: `ordering_evidence`, and the puzzle's names.
            if found[sentence].tokens == SCENE:
                continue
            probability = math.exp(found[sentence].log_probability)
            if self.least_sure is None or probability < self.least_sure.probability:
                self.least_sure = LeastSure(place, probability)
        return [(found[sentence].tokens, found[sentence].log_probability) for sentence in sentences]
