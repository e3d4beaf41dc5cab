import math
import re

import pytest

from app.problem import Kind, World
from app.translator.candidates import Candidate
from app.translator.confidence import Thresholds
from app.translator.forms import Form
from app.translator.translate import (
    BEAMS,
    LONGEST_SENTENCE,
    LONGEST_TEXT,
    SENTENCES_TOGETHER,
    LeastSure,
    Reader,
    SentenceReader,
    arithmetic_candidates,
    translate,
    translate_arithmetic,
)
from app.translator.vocabulary import make_vocabulary
from solvers.types import Language

VOCABULARY = make_vocabulary("ann has apples and gets more how many she in all what is the sum of if".split())
ANY = Thresholds(0.0, 0.0)
TEXT = "Ann has 3 apples and gets 4 more. How many apples has she in all?"


def wrote(*written):
    """A network that writes these expressions, each with its probability; it keeps what it was asked."""

    def decode(form, sources, beams):
        decode.asked.append((form, tuple(sources), beams))
        return [[Candidate(tuple(tokens.split()), logarithm) for tokens, logarithm in written] for _ in sources]

    decode.asked = []
    return decode


def nobody(form, sources, beams):
    raise AssertionError("the network need not be asked")


def test_candidates_with_the_same_value_support_each_other():
    decode = wrote(("* n0 n1", math.log(0.3)), ("+ n0 n1", math.log(0.25)), ("+ n1 n0", math.log(0.25)))
    masked, (best, other) = arithmetic_candidates(TEXT, VOCABULARY, decode)
    assert decode.asked == [(Form.ARITHMETIC, (masked.tokens,), BEAMS)]
    assert (best.value, other.value) == (7, 12)
    assert best.signs.support == pytest.approx(0.5 / 0.8)
    assert best.signs.log_probability == pytest.approx(math.log(0.5))


def test_what_has_no_sensible_value_is_dropped_and_still_takes_its_share():
    decode = wrote(
        ("- n0 n1", math.log(0.25)),  # negative
        ("/ n0 - n1 n1", math.log(0.2)),  # no value
        ("12", math.log(0.1)),  # uses nothing of the text
        ("+ n0 n9", math.log(0.1)),  # a quantity that is not there
        ("+ n0", math.log(0.1)),  # no expression
        ("+ n0 n1", math.log(0.25)),
    )
    _, (only,) = arithmetic_candidates(TEXT, VOCABULARY, decode)
    assert (only.value, only.signs.support) == (7, pytest.approx(0.25))


@pytest.mark.parametrize("scale", [-700.0, -5_000.0, -1e9, 0.0])
def test_probabilities_too_small_for_a_float_are_shares_all_the_same(scale):
    decode = wrote(("+ n0 n1", scale + math.log(0.6)), ("* n0 n1", scale + math.log(0.2)))
    _, (best, other) = arithmetic_candidates(TEXT, VOCABULARY, decode)
    assert best.signs.support == pytest.approx(0.75, abs=1e-3)
    assert best.signs.support + other.signs.support == pytest.approx(1)
    assert best.signs.log_probability <= 0


def test_nothing_written_is_an_abstention():
    for decode in (wrote(), wrote(("- n0 n1", -0.1))):
        translations, abstention = translate_arithmetic(TEXT, Language.PROLOG, VOCABULARY, decode, ANY)
        assert translations == []
        assert abstention.reason == "no expression that it wrote has a sensible value"


def test_an_answer_below_the_least_confidence_is_not_given():
    decode = wrote(("+ n0 n1", math.log(0.3)), ("* n0 n1", math.log(0.3)))
    translations, abstention = translate_arithmetic(TEXT, Language.PROLOG, VOCABULARY, decode, Thresholds(0.51, 0.9))
    assert translations == []
    assert "has 50 % of the candidates' probability, and 51 % is needed" in abstention.reason
    translations, abstention = translate_arithmetic(TEXT, Language.SMT, VOCABULARY, decode, Thresholds(0.49, 0.49))
    assert [each.completion.startswith("```smt2\n") for each in translations] == [True, True]
    assert "it has no other translation" in abstention.reason


# Bad input

BAD = {
    "german": (
        "Anna hat 3 Kisten mit je 4 Stiften und verschenkt 5 davon. Wie viele Stifte bleiben ihr?",
        "reads English only",
    ),
    "french": ("Le chat a 3 pommes et mange 2 pommes. Combien de pommes a le chat ?", "reads English only"),
    "chinese": (
        "\u5c0f\u660e\u67093\u4e2a\u82f9\u679c\uff0c\u53c8\u4e70\u4e864\u4e2a\u3002\u4e00\u5171\u6709\u591a\u5c11\u4e2a?",
        "English",
    ),
    "long": (f"Ann has 3 apples and 4 more. {'Ann has apples and gets more. ' * 1_000}How many?", "at most 150"),
    "numbers": (" and ".join(["3 apples"] * 30) + ". How many?", "quantities, and 24 are the most"),
    "no question": ("Ann has 3 apples and gets 4 more apples in all.", "it asks no question"),
    "no number": ("Ann has apples and gets more. How many has she?", "gives no number"),
    "ten questions": (f"{TEXT} " * 10, "at most 150"),
    "two questions": (f"{TEXT} How many has Ann?", "it asks 2 questions, and this translator answers one"),
    "marks": ("??? 3", "does not read as English"),
    "other script": ("3 " + "\U0001f34e" * 50 + "?", "does not read as English"),
}


@pytest.mark.parametrize(("text", "reason"), BAD.values(), ids=BAD)
def test_a_text_that_is_no_problem_for_it_is_an_abstention_that_says_why(text, reason):
    translations, abstention = translate(
        text, Kind.ARITHMETIC, Language.PROLOG, World.OPEN, {Form.ARITHMETIC: Reader(VOCABULARY, nobody, ANY)}
    )
    assert translations == []
    assert re.search(reason, abstention.reason), abstention.reason


def test_what_it_has_no_form_for_is_told():
    everything = dict.fromkeys(Form, Reader(VOCABULARY, nobody, ANY))
    asked = (Language.PROLOG, World.OPEN, everything)
    _, abstention = translate(TEXT, Kind.OPTIMISATION, *asked)
    assert "the best of what is possible" in abstention.reason
    for kind in (Kind.ENTAILMENT, Kind.CONSTRAINT):
        _, abstention = translate("Ann is tall. " * LONGEST_TEXT, kind, *asked)
        assert f"reads at most {LONGEST_TEXT}" in abstention.reason


@pytest.mark.parametrize(
    ("kind", "problems"),
    [(Kind.ARITHMETIC, "word problems"), (Kind.ENTAILMENT, "deductions"), (Kind.CONSTRAINT, "ordering puzzles")],
)
def test_a_kind_of_problem_that_it_was_not_trained_on_is_an_abstention(kind, problems):
    read = {Kind.ARITHMETIC: Form.ARITHMETIC, Kind.ENTAILMENT: Form.CLAUSE, Kind.CONSTRAINT: Form.ORDERING}
    others = {form: Reader(VOCABULARY, nobody, ANY) for form in read.values() if form is not read[kind]}
    translations, abstention = translate(TEXT, kind, Language.PROLOG, World.OPEN, others)
    assert translations == []
    assert abstention.reason == f"this translator was not trained on {problems}"


# Sentences


def test_sentences_are_read_together_once_each_and_come_back_in_their_order():
    asked = []

    def decode(form, sources, beams):
        asked.append(len(sources))
        assert sources == sorted(sources, key=len)
        return [[Candidate((str(len(source)),), -0.1)] for source in sources]

    sentences = [("a",) * (1 + number % 40) for number in range(80)]
    reader = SentenceReader(Form.CLAUSE, decode)
    replies = reader.read([*sentences[:40], ("b", "c"), *sentences[40:]])
    assert [reply[0][0] for reply in replies] == [str(len(s)) for s in [*sentences[:40], ("b", "c"), *sentences[40:]]]
    assert sum(asked) == 41
    assert max(asked) <= SENTENCES_TOGETHER
    assert reader.least_sure.probability == pytest.approx(math.exp(-0.1))


def test_the_sentence_that_is_least_understood_is_named():
    said = {"odd": [Candidate(("x",), -2.0)], "no": []}

    def decode(form, sources, beams):
        return [next((said[word] for word in source if word in said), [Candidate(("x",), -0.01)]) for source in sources]

    reader = SentenceReader(Form.CLAUSE, decode)
    reader.read([("a", "b"), ("an", "odd", "one")])
    assert reader.least_sure.place == 1
    assert reader.least_sure.probability == pytest.approx(math.exp(-2))
    reader = SentenceReader(Form.CLAUSE, decode)
    assert reader.read([("no",)]) == [((), float("-inf"))]
    assert reader.least_sure == LeastSure(0, 0.0)


def test_a_sentence_that_sets_the_scene_does_not_make_a_puzzle_unsure():
    said = {("a",): ("scene", -9.0), ("b",): ("rel left : w0 ; w1", -0.1)}

    def decode(form, sources, beams):
        return [[Candidate(tuple(said[source][0].split()), said[source][1])] for source in sources]

    reader = SentenceReader(Form.ORDERING, decode)
    assert reader.read([("a",), ("b",)])[0] == (("scene",), -9.0)
    assert reader.least_sure == LeastSure(1, pytest.approx(math.exp(-0.1)))


def test_a_sentence_longer_than_those_of_the_training_is_not_read():
    reader = SentenceReader(Form.CLAUSE, nobody)
    long = ("a",) * (LONGEST_SENTENCE + 1)
    assert reader.read([("b",), long]) == [((), float("-inf"))] * 2
    assert f"{LONGEST_SENTENCE + 1} words and marks" in reader.too_long
    assert SentenceReader(Form.CLAUSE, nobody).read([]) == []
