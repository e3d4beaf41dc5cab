"""What the model is shown of a sentence, and the notation in which it says what the sentence says."""

import pytest

from app.translator.clauses import (
    MAX_WORDS,
    SOURCE_TOKENS,
    Connective,
    Existence,
    Joint,
    Literal,
    NotationError,
    Rule,
    Unsayable,
    are_forms,
    mask,
    parse,
    rename,
    spell,
    variables_of,
)
from app.translator.masking import TooManyError


@pytest.mark.parametrize(
    ("sentence", "tokens"),
    [
        ("Jompuses are not shy.", "w0 -s are not w1 ."),
        ("Each yumpus is a dumpus.", "each w0 is a w1 ."),
        ("The cow does not see the tiger.", "the w0 does not w1 the w2 ."),
        ("Red, cold things are round.", "w0 , w1 things are w2 ."),
        ("If someone is kind then they like Anne.", "if someone is w0 then they w1 ^ w2 ."),
        ("The bald eagle isn't red", "the w0 w1 is not w2"),
        ("Bob can't swim.", "w0 can not w1 ."),
        ("Bob's cat is tired.", "w0 's w1 is w2 -ed ."),
        ("Nothing is shining brightly.", "nothing is w0 -ing w1 -ly ."),
        ("Mary Ann likes Van Dyke.", "w0 w1 -s ^ w2 ."),
        ("Bob has 3 cats \u2014 or 4.", "w0 has <number> w1 -s <other> or <number> ."),
    ],
)
def test_all_but_the_syntax_of_a_sentence_is_masked(sentence: str, tokens: str) -> None:
    masked = mask(sentence)
    assert masked.tokens == tuple(tokens.split())
    assert set(masked.tokens) <= set(SOURCE_TOKENS)


def test_forms_that_differ_by_an_s_share_a_place_holder() -> None:
    masked = mask("If a wolf sees the cats then wolves see the cat.")
    assert masked.words == (("wolf", "wolves"), ("sees", "see"), ("cats", "cat"))


@pytest.mark.parametrize(
    ("word", "other"), [("jompus", "jompuses"), ("fly", "flies"), ("box", "boxes"), ("man", "men")]
)
def test_a_plural_is_the_same_word(word: str, other: str) -> None:
    assert are_forms(word, other)


@pytest.mark.parametrize(
    ("word", "other"),
    [("car", "care"), ("cars", "cares"), ("star", "stare"), ("new", "news"), ("plan", "plane"), ("like", "liked")],
)
def test_words_that_look_alike_are_different(word: str, other: str) -> None:
    assert not are_forms(word, other)


def test_a_name_within_the_sentence_is_told_from_a_word() -> None:
    assert mask("Rex likes Milo and the cow.").names == {2}


def test_a_sentence_with_too_many_words_is_refused() -> None:
    words = " ".join(f"{letter}{other}oo" for letter in "bcdfg" for other in "aeiou")
    assert len(words.split()) > MAX_WORDS
    with pytest.raises(TooManyError):
        mask(words)


@pytest.mark.parametrize(
    "notation",
    [
        "w1 w0 .",
        "not w1 w0 w2 .",
        "w2 w0 + w1 .",
        "w1 w0 , w2 w0 .",
        "w1 w0 | w2 w0 .",
        "w1 X ^^ w2 X :- w0 X .",
        "w2 X , not w3 X :- w0 X , not w1 X w4 .",
        "w2 X :- w0 X | w1 X .",
        "some w0 X , not w1 X .",
        "w0 + in X w1 :- have + w2 X .",
        "w1 Y X :- w1 X Y , person X .",
        "w0 X .",
        "abstain",
    ],
)
def test_what_is_spelt_is_read_again(notation: str) -> None:
    tokens = tuple(notation.split())
    assert spell(parse(tokens)) == tokens


def test_a_rule_is_read_with_its_condition() -> None:
    rule = parse("not w1 X :- w0 X , w2 X w3 + w4 .".split())
    assert rule == Rule(
        Joint((Literal(("w1",), (("X",),), negated=True),)),
        Joint((Literal(("w0",), (("X",),)), Literal(("w2",), (("X",), ("w3", "w4"))))),
    )
    assert variables_of(rule) == ("X",)
    assert parse("w1 w0 | w2 w0 .".split()).head.connective is Connective.OR
    assert isinstance(parse("some w0 X .".split()), Existence)
    assert isinstance(parse(["abstain"]), Unsayable)


@pytest.mark.parametrize(
    "notation",
    [
        "",
        "w1 w0",
        ".",
        "w0 .",
        "w1 w0 w2 w3 .",
        "X w0 .",
        "w1 + X .",
        "w1 w0 + X .",
        "w1 + .",
        "w1 w0 , .",
        "w1 w0 , w2 w0 | w3 w0 .",
        "w1 X :- w0 X :- w2 X .",
        "w1 X :- .",
        "w1 X :- w0 X ^^ w2 X .",
        "w1 in .",
        "not not w1 w0 .",
        "some w1 w0 .",
        "w1 Y .",
        "w9 w0 .",
        "abstain .",
        "w1 w0 , w1 w0 .",
        "the w0 .",
    ],
)
def test_what_is_no_statement_is_refused(notation: str) -> None:
    with pytest.raises(NotationError):
        parse(notation.split(), words=5)


def test_place_holders_are_exchanged_everywhere() -> None:
    rule = rename(parse("w1 X w0 + w2 :- w2 X .".split()), {"w0": "bald", "w1": "likes", "w2": "eagle"})
    assert spell(rule) == tuple("likes X bald + eagle :- eagle X .".split())
