import math
from random import Random

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: `make setup` installs it")

from transformers.modeling_outputs import Seq2SeqLMOutput  # noqa: E402  # behind the check for torch

from app.training.generators import deduction  # noqa: E402
from app.training.generators import ordering as puzzles  # noqa: E402
from app.training.generators.multistep import multistep  # noqa: E402
from app.translator import clauses, ordering  # noqa: E402
from app.translator.decoding import _Grammar, candidates  # noqa: E402
from app.translator.expression import ExpressionError, parse, spell  # noqa: E402
from app.translator.forms import Form  # noqa: E402
from app.translator.vocabulary import make_vocabulary  # noqa: E402
from tests.app.translator.tiny import random_model  # noqa: E402

VOCABULARY = make_vocabulary(["apples", "has"])
SOURCES = {
    Form.ARITHMETIC: "p0 has n0 apples and n1 apples and n3".split(),
    Form.RULE: "the sum of n0 and n1".split(),
    Form.CLAUSE: "every w0 w1 is a w3 .".split(),
    Form.ORDERING: "the w0 stands left of the w1 .".split(),
    Form.ALIGN: "p0 has n0 apples <program> n0".split(),
}
SEEDS = 3
SLOTS = {f"{sort}{index}" for sort in "nw" for index in range(24)}


def sharpened(seed):
    """Random weights, as sure of themselves as trained ones are."""
    model = random_model(VOCABULARY, seed)
    with torch.no_grad():
        model.output.weight.mul_(6)
        model.output.bias.normal_(std=1.5)
        model.output.bias[2] += 1
    return model


def is_read(form, tokens):
    if form is Form.ALIGN:
        return tokens in (("yes",), ("no",))
    try:
        if form is Form.CLAUSE:
            clauses.parse(tokens, 4)
        elif form is Form.ORDERING:
            ordering.parse(tokens, 2)
        else:
            parse(tokens)
    except (ExpressionError, clauses.NotationError, ordering.NotationError):
        return False
    return True


@pytest.fixture(autouse=True)
def briefly(monkeypatch):
    """Random weights seldom come to an end."""
    monkeypatch.setattr("app.translator.decoding.LONGEST", 16)


@pytest.mark.parametrize("form", SOURCES)
def test_random_weights_write_what_the_notation_reads(form):
    drawn = []
    for seed in range(SEEDS):
        for found in candidates(sharpened(seed), VOCABULARY, form, [SOURCES[form]], 12):
            drawn += found
    present = set(SOURCES[form])
    assert all(token in present for each in drawn for token in each.tokens if token in SLOTS)
    unread = [each.tokens for each in drawn if not is_read(form, each.tokens)]
    assert unread == []


@pytest.mark.parametrize("form", SOURCES)
def test_candidates_are_distinct_sorted_and_no_likelier_than_everything(form):
    for seed in range(2):
        (found,) = candidates(sharpened(seed), VOCABULARY, form, [SOURCES[form]], 12)
        assert len(found) <= 12
        assert len({each.tokens for each in found}) == len(found)
        scores = [each.log_probability for each in found]
        assert scores == sorted(scores, reverse=True)
        assert all(-1e6 < score <= 1e-4 for score in scores)
        assert sum(map(math.exp, scores)) <= 1 + 1e-4


def test_what_is_said_to_be_likely_is_what_the_network_says():
    model = sharpened(1)
    (found,) = candidates(model, VOCABULARY, Form.ARITHMETIC, [SOURCES[Form.ARITHMETIC]], 6)
    source = torch.tensor([VOCABULARY.read(Form.ARITHMETIC, SOURCES[Form.ARITHMETIC])])
    for each in found:
        labels = torch.tensor([VOCABULARY.written(each.tokens)])
        with torch.inference_mode():
            loss = model(input_ids=source, labels=labels).loss
        assert each.log_probability == pytest.approx(-float(loss) * labels.shape[1], abs=1e-3)


def test_a_sentence_is_read_the_same_whichever_stand_beside_it():
    model = sharpened(2)
    sources = [SOURCES[Form.ARITHMETIC], "n0 apples".split(), ("p0 has n0 apples and " * 12 + "n5").split()]
    together = candidates(model, VOCABULARY, Form.ARITHMETIC, sources, 4)
    for source, found in zip(sources, together, strict=True):
        (alone,) = candidates(model, VOCABULARY, Form.ARITHMETIC, [source], 4)
        assert [each.tokens for each in alone] == [each.tokens for each in found]
        for one, two in zip(alone, found, strict=True):
            assert one.log_probability == pytest.approx(two.log_probability, abs=1e-3)


def test_what_is_short_does_not_win_by_coming_to_its_end_first(monkeypatch):
    likely = {"w1 X :- w0 X .": 0.8, "abstain": 0.1, "w1 X .": 0.05}
    spelled = {tuple(VOCABULARY.written(text.split())): probability for text, probability in likely.items()}

    def forward(decoder_input_ids, source_ids, **_):  # `generate` looks for the name of what it hands on
        logits = torch.full((*decoder_input_ids.shape, VOCABULARY.target_size), -30.0)
        for row, (_, *written) in enumerate(decoder_input_ids.tolist()):
            shares = {}
            for text, probability in spelled.items():
                if text[: len(written)] == tuple(written) != text:
                    shares[text[len(written)]] = shares.get(text[len(written)], 0) + probability
            for token, probability in shares.items():
                logits[row, -1, token] = math.log(probability / sum(shares.values()))
        return Seq2SeqLMOutput(logits=logits)

    model = random_model(VOCABULARY)
    monkeypatch.setattr(model, "forward", forward)
    for beams in (2, 3):
        found = candidates(model, VOCABULARY, Form.CLAUSE, [SOURCES[Form.CLAUSE]], beams)[0]
        assert " ".join(found[0].tokens) == "w1 X :- w0 X ."


def test_fewer_possibilities_than_beams_give_fewer_candidates():
    (found,) = candidates(sharpened(1), VOCABULARY, Form.ALIGN, [SOURCES[Form.ALIGN]], 12)
    assert sorted(each.tokens for each in found) == [("no",), ("yes",)]
    assert len(candidates(sharpened(1), VOCABULARY, Form.ALIGN, [SOURCES[Form.ALIGN]], 1)[0]) == 1


@pytest.mark.parametrize(
    ("form", "make"),
    [
        (Form.CLAUSE, lambda rng: deduction.sentences(rng).target),
        (Form.ORDERING, lambda rng: puzzles.sentences(rng).target),
        (Form.ARITHMETIC, lambda rng: spell(multistep(rng).expression)),
    ],
)
def test_every_token_of_what_is_learnt_may_be_written(form, make):
    vocabulary = make_vocabulary([])
    grammar, rng = _Grammar(form, vocabulary), Random(str(form))
    for _ in range(300):
        written = make(rng)
        tokens = vocabulary.written(written)
        for place, token in enumerate(tokens):
            assert grammar._after(tuple(tokens[:place]))[token], f"{written}: {vocabulary.tokens[token]} at {place}"


def test_a_name_of_two_words_may_end_a_clause():
    vocabulary = make_vocabulary([])
    tokens = tuple(vocabulary.written("w1 w0 w2 +".split()))[:4]
    allowed = _Grammar(Form.CLAUSE, vocabulary)._after(tokens)
    assert allowed[vocabulary.ids["w3"]]
    assert not allowed[vocabulary.ids["."]]
