"""From which confidence on an answer is given, and from which on without a doubt, by what was held out."""

import math
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("torch", reason="torch is not installed: `make setup` installs it")

from app.training import confidence  # behind the check for torch
from app.training.confidence import (
    FEWEST,
    SENTENCES,
    WANTED,
    choose,
    judge_sentences,
    likely_from,
    made_up,
    sure_from,
    thresholds,
)
from app.training.rows import ArithmeticProblem
from app.translator.candidates import Candidate
from app.translator.expression import parse
from app.translator.forms import Example, Form
from app.translator.loading import UNMEASURED, load
from tests.app.translator.tiny import KNOWN

judged_problems = st.lists(st.tuples(st.sampled_from([0.0, 0.2, 0.4, 0.6, 0.8, 1.0]), st.booleans()), max_size=200)


def problems(confidence, right, wrong):
    return [(confidence, True)] * right + [(confidence, False)] * wrong


CLEAR = [*problems(0.95, 100, 2), *problems(0.7, 40, 20), *problems(0.3, 10, 30), *problems(0.0, 0, 50)]


def test_sure_is_what_is_nearly_always_right_and_likely_what_is_rather_right_than_wrong():
    assert sure_from(CLEAR, WANTED) == 0.95
    assert likely_from(CLEAR) == 0.7
    chosen = thresholds(CLEAR)
    assert (chosen.answer, chosen.sure) == (0.7, 0.95)


def test_many_good_answers_do_not_carry_the_bad_ones_below_them():
    """Of all of them together, far more than half are right; of those at 0.3, one in four is."""
    assert likely_from([*problems(0.95, 1000, 0), *problems(0.3, 10, 30)]) == 0.95


def test_answers_that_are_wrong_however_sure_it_is_are_not_given():
    chosen = thresholds(problems(0.9, 20, 80))
    assert (chosen.answer, chosen.sure) == (1.0, 1.0)


def test_a_few_answers_choose_nothing():
    few = problems(0.6, FEWEST - 1, 0)
    assert (sure_from(few, WANTED), likely_from(few)) == (1.0, 1.0)
    enough = problems(0.6, FEWEST, 0)
    assert (sure_from(enough, WANTED), likely_from(enough)) == (0.6, 0.6)


def test_what_is_sure_is_answered():
    """The last of it is wrong, and there is so much right above that it is sure all the same."""
    chosen = thresholds([*problems(0.9, 100, 0), *problems(0.8, 0, 2)])
    assert (chosen.answer, chosen.sure) == (0.8, 0.8)


def test_the_fewer_were_counted_the_more_of_them_must_be_right():
    assert sure_from(problems(0.8, 38, 2), WANTED) == 1.0, "95 % of 40 may be less than 90 % of all"
    assert sure_from(problems(0.8, 380, 20), WANTED) == 0.8


@pytest.mark.parametrize("nothing", [[], problems(0.0, 0, 100)])
def test_without_answers_only_what_all_candidates_agree_on_is_given(nothing):
    assert thresholds(nothing).answer == 1.0


@given(judged_problems)
def test_what_is_promised_holds_of_what_was_held_out(judged):
    chosen = thresholds(judged)
    surely = [right for confidence, right in judged if confidence >= chosen.sure]
    if chosen.sure < 1:
        assert len(surely) >= FEWEST
        assert sum(surely) >= WANTED * len(surely)
    doubtfully = [right for confidence, right in judged if chosen.answer <= confidence < chosen.sure]
    assert 2 * sum(doubtfully) >= len(doubtfully)


@given(judged_problems)
def test_the_order_of_the_problems_decides_nothing(judged):
    assert thresholds(judged) == thresholds(judged[::-1])


# Sentences


def test_a_text_is_rather_right_than_wrong_if_all_its_sentences_are():
    """Every pair that can be drawn of these sentences is a text, counted one by one."""
    sentences = [*problems(0.95, 60, 1), *problems(0.8, 30, 3), *problems(0.5, 15, 20)]
    texts = [(min(one[0], two[0]), one[1] and two[1]) for one, two in product(sentences, repeat=2)]
    assert likely_from(sentences, 2) == likely_from(texts)


def test_a_sentence_has_to_be_surer_than_the_text_it_is_in():
    sentences = [*problems(0.99, 995, 5), *problems(0.9, 90, 10)]
    assert thresholds(sentences).sure == 0.9
    assert thresholds(sentences, SENTENCES).sure == 0.99


def sentence(word, target):
    return Example(Form.ORDERING, (word,), tuple(target.split()), "made")


def test_sentences_are_judged_by_their_likeliest_reading():
    read = {
        "right": ("rel left : w0 ; w1", "rel left : w0 ; w1", -0.1),
        "wrong": ("rel left : w0 ; w1", "rel left : w1 ; w0", -0.2),
        "beyond": ("abstain", "rel left : w0 ; w1", -0.3),
        "noticed": ("abstain", "abstain", -0.4),
        "given up": ("rel left : w0 ; w1", "abstain", -0.5),
        "scenery": ("scene", "scene", -0.6),
        "nothing": ("scene", "", -0.7),
    }

    def decode(form, sources, beams):
        return [
            [Candidate(tuple(read[word][1].split()), read[word][2])] if read[word][1] else [] for (word,) in sources
        ]

    judged = judge_sentences(Form.ORDERING, [sentence(word, each[0]) for word, each in read.items()], decode)
    assert judged == [
        (pytest.approx(math.exp(-0.1)), True),
        (pytest.approx(math.exp(-0.2)), False),
        (pytest.approx(math.exp(-0.3)), False),
    ]


@pytest.mark.parametrize("form", [Form.CLAUSE, Form.ORDERING])
def test_the_same_sentences_are_made_up_every_time(form):
    sentences = made_up(form, 20)
    assert sentences == made_up(form, 20)
    assert {each.form for each in sentences} == {form}
    assert len({each.source for each in sentences}) > 10


# With a network


def asked(source, *answers):
    """Problems that the tiny translator knows, each with its answer or a wrong one."""
    known = zip(KNOWN.items(), answers, strict=False)
    return [ArithmeticProblem(text, parse(written.split()), answer, source, text) for (text, written), answer in known]


def test_held_out_problems_of_mathqa_choose_nothing(translator_folder, monkeypatch):
    monkeypatch.setattr(confidence, "FEWEST", 2)
    network = load(translator_folder, 1)[Form.ARITHMETIC]

    def chosen(*problems):
        by_source = {each[0].source: each for each in problems}
        decisions, _ = choose(network.model, network.vocabulary, {Form.ARITHMETIC}, by_source)
        return decisions

    people = asked("mawps", 7, 4, 42)
    assert chosen(people, asked("mathqa", 8, 5, 43)) == chosen(people)
    assert chosen(people, asked("gsm8k", 8, 5, 43)) != chosen(people)


def test_what_nothing_was_held_out_for_is_told(translator_folder, capsys):
    network = load(translator_folder, 1)[Form.ARITHMETIC]
    problems = {"mathqa": asked("mathqa", 7)}
    chosen, measured = choose(network.model, network.vocabulary, {Form.ARITHMETIC}, problems)
    assert measured == ()
    assert chosen == {Form.ARITHMETIC: UNMEASURED[Form.ARITHMETIC]}
    assert "arithmetic: nothing was there to choose by, so 0.5 and 0.9 are taken" in capsys.readouterr().err


def test_only_the_forms_that_were_trained_are_decided(translator_folder, monkeypatch):
    monkeypatch.setattr(confidence, "MADE_UP", 2)
    network = load(translator_folder, 1)[Form.CLAUSE]
    decisions, measured = choose(network.model, network.vocabulary, {Form.CLAUSE}, {})
    assert set(decisions) == {Form.CLAUSE}
    assert [result.set for result in measured] == ["clause: made-up sentences"]


def test_a_card_can_tell_how_many_problems_unlike_the_training_are_right(translator_folder):
    network = load(translator_folder, 1)[Form.ARITHMETIC]
    _, measured = choose(network.model, network.vocabulary, {Form.ARITHMETIC}, {"mawps": asked("mawps", 7, 4)})
    assert [(result.set, result.of) for result in measured] == [("mawps, held out and not nearly trained on", 2)]
