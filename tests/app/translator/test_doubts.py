"""How sure the translator is: when it abstains, when it doubts, and what it says then. The network's part is played."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.problem import Kind, World
from app.settings import EmbeddedAnswers
from app.translator.candidates import Candidate
from app.translator.clauses import mask
from app.translator.confidence import Thresholds, in_per_cent, reaches
from app.translator.deduction_text import read
from app.translator.forms import Form
from app.translator.ordering import mask as mask_of_puzzle
from app.translator.ordering import names_of
from app.translator.puzzle import sentences_of
from app.translator.translate import Reader, translate
from app.translator.vocabulary import make_vocabulary
from solvers import Language

APPLES = "Ann has 3 apples and gets 4 more. How many apples has she in all?"
OTTERS = "Every otter is wet. Milo is an otter. Does it follow that Milo is wet?"
OTTERS_SAID = ("w1 X :- w0 X .", "w1 w0 .", "w1 w0 .")
RUNNERS = "Ida, Jon and Kim ran a race. Ida was ahead of Jon. Jon was ahead of Kim. Who was first?"
RUNNERS_SAID = ("list : w0 ; w1 ; w2", "rel ahead : w0 ; w1", "rel ahead : w0 ; w1", "ask at 1 first : ?")
VOCABULARY = make_vocabulary("ann has apples and gets more how many she in all".split())
NEEDED = Thresholds(answer=0.4, sure=0.83)
shares = st.floats(0, 1)


def reading(form, decode, needed):
    """A translator that reads nothing else."""
    return {form: Reader(VOCABULARY, decode, needed)}


def arithmetic(*found, needed=NEEDED, answers=EmbeddedAnswers.LIKELY):
    """The translations of the apples, where the network writes `found`: expressions with their probabilities."""
    candidates = [Candidate(tuple(written.split()), math.log(share)) for written, share in found]
    return translate(
        APPLES,
        Kind.ARITHMETIC,
        Language.PROLOG,
        World.OPEN,
        reading(Form.ARITHMETIC, lambda form, sources, beams: [candidates for _ in sources], needed.asked_for(answers)),
    )


def deduction(*probabilities, needed=NEEDED):
    """The otters, where the sentences are read with these probabilities."""
    asked = read(OTTERS)
    tokens = [mask(sentence).tokens for sentence in (*asked.premises, asked.conclusion)]
    return _sentences(OTTERS, Kind.ENTAILMENT, Language.SMT, tokens, OTTERS_SAID, probabilities, needed)


def puzzle(*probabilities, needed=NEEDED):
    tokens = [mask_of_puzzle(sentence.text, names_of(RUNNERS)).tokens for sentence in sentences_of(RUNNERS)]
    return _sentences(RUNNERS, Kind.CONSTRAINT, Language.PROLOG, tokens, RUNNERS_SAID, probabilities, needed)


def _sentences(text, kind, language, tokens, said, probabilities, needed):
    replies = {}
    for source, written, probability in zip(tokens, said, probabilities, strict=True):
        candidate = Candidate(tuple(written.split()), math.log(probability))
        # Two sentences may be the same once their words are masked.
        if source not in replies or candidate.log_probability < replies[source].log_probability:
            replies[source] = candidate
    form = Form.CLAUSE if kind is Kind.ENTAILMENT else Form.ORDERING
    return translate(
        text,
        kind,
        language,
        World.OPEN,
        reading(form, lambda form, sources, beams: [[replies[tuple(source)]] for source in sources], needed),
    )


# Arithmetic


def test_at_or_above_sure_there_is_no_doubt():
    (translation,), _ = arithmetic(("+ n0 n1", 0.83), ("- n1 n0", 0.17))
    assert translation.doubt is None


def test_between_the_two_it_translates_with_a_doubt_that_says_how_sure_it_is():
    (translation,), abstention = arithmetic(("+ n0 n1", 0.4), ("+ n1 n0", 0.21), ("- n1 n0", 0.39))
    assert "```prolog" in translation.completion
    assert translation.doubt == (
        "the translator is not sure that it read the problem right: 61 % of its candidates' probability speak for this "
        "answer, and 83 % are needed"
    )
    assert abstention.reason == "it has no other translation that it is sure enough of"


def test_below_both_it_abstains():
    translations, abstention = arithmetic(("+ n0 n1", 0.39), ("- n1 n0", 0.31), ("* n0 n1", 0.3))
    assert translations == []
    assert abstention.reason.endswith(
        "the answer best supported has 39 % of the candidates' probability, and 40 % is needed"
    )


def test_another_attempt_gets_only_an_answer_that_is_likely_itself():
    translations, _ = arithmetic(("+ n0 n1", 0.5), ("* n0 n1", 0.45), ("- n1 n0", 0.05))
    assert len(translations) == 2
    assert "45 %" in str(translations[1].doubt)


def test_who_wants_only_what_is_sure_gets_nothing_that_is_doubted():
    found = (("+ n0 n1", 0.6), ("- n1 n0", 0.4))
    translations, abstention = arithmetic(*found, answers=EmbeddedAnswers.SURE)
    assert translations == []
    assert "60 %" in abstention.reason
    assert "83 % is needed" in abstention.reason
    (sure,), _ = arithmetic(("+ n0 n1", 0.9), ("- n1 n0", 0.1), answers=EmbeddedAnswers.SURE)
    assert sure.doubt is None


def test_who_wants_all_answers_gets_them_with_their_doubts():
    translations, _ = arithmetic(("+ n0 n1", 0.35), ("- n1 n0", 0.34), ("* n0 n1", 0.31), answers=EmbeddedAnswers.ALL)
    assert [str(translation.doubt).partition("right: ")[2][:4] for translation in translations] == [
        "35 %",
        "34 %",
        "31 %",
    ]


# Sentences


def test_a_text_is_as_sure_as_its_least_sure_sentence():
    (translation,), _ = deduction(0.99, 0.95, 0.84)
    assert translation.doubt is None
    (translation,), _ = deduction(0.99, 0.7, 0.8)
    assert translation.doubt == (
        "the translator is not sure that it read a sentence right: 70 % of the probability speak for its reading, and "
        '83 % are needed: "Milo is an otter."'
    )


def test_a_puzzle_names_the_sentence_that_is_doubted_as_it_stands():
    (translation,), _ = puzzle(0.99, 0.99, 0.99, 0.99)
    assert translation.doubt is None
    (translation,), _ = puzzle(0.5, 0.99, 0.99, 0.99)
    assert str(translation.doubt).endswith('"Ida, Jon and Kim ran a race."')


@pytest.mark.parametrize(("translated", "sentence"), [(deduction, "Milo is wet"), (puzzle, "Who was first?")])
def test_a_sentence_of_which_too_little_is_known_ends_the_translation_and_is_named(translated, sentence):
    count = {deduction: 3, puzzle: 4}[translated]
    translations, abstention = translated(*[0.99] * (count - 1), 0.3)
    assert translations == []
    assert abstention.reason == (
        "it is not sure enough what a sentence says: its reading has 30 % of the probability, and 40 % is needed: "
        f'"{sentence}"'
    )


# The thresholds


@pytest.mark.parametrize(("answer", "sure"), [(0.9, 0.8), (-0.1, 0.5), (0.5, 1.1), (math.nan, 0.5), (0.5, math.nan)])
def test_thresholds_are_in_order_and_shares(answer, sure):
    with pytest.raises(ValueError, match="0 <= answer <= sure <= 1"):
        Thresholds(answer, sure)


@given(shares, shares)
def test_who_asks_for_more_answers_loses_none_and_no_doubt(first, second):
    chosen = Thresholds(*sorted((first, second)))
    asked = [chosen.asked_for(answers) for answers in EmbeddedAnswers]
    assert [each.sure for each in asked] == [chosen.sure] * 3
    assert asked[0].answer >= asked[1].answer >= asked[2].answer == 0


@given(shares, shares)
def test_a_share_that_falls_short_is_shown_to_fall_short(share, needed):
    found, least = (int(text.removesuffix(" %")) for text in in_per_cent(share, needed))
    assert found <= least or reaches(share, needed)
    if needed - share > 0.001:
        assert found < least
