"""Generated ordering puzzles: what they say is what their notation says, as the real engines find."""

import random
import time

import pytest

from app.training.generators.ordering import GeneratedPuzzle, puzzle, sentences
from app.translator.forms import Form
from app.translator.ordering import SOURCE_TOKENS, TARGET_TOKENS, parse, spell
from app.translator.ordering_evidence import complaint
from app.translator.puzzle import sentences_of
from solvers import Runtime
from solvers.types import Language
from tests.app.translator.test_ordering import answer

pytestmark = pytest.mark.anyio


def test_sentences_are_in_the_notation_and_name_words_that_they_have() -> None:
    rng = random.Random(1)
    for _ in range(1_000):
        example = sentences(rng)
        assert example.form is Form.ORDERING
        assert spell(parse(example.target)) == example.target
        assert set(example.source) <= set(SOURCE_TOKENS)
        assert set(example.target) <= set(TARGET_TOKENS)
        slots = {token for token in example.target if token[0] == "w" and token[1:].isdigit()}
        assert slots <= set(example.source), example


def test_words_of_order_in_the_notation_stand_in_the_sentence() -> None:
    rng = random.Random(2)
    implied = {"first", "left", "right"}  # "Who won?" is about the first; an end may be named by its other words
    for _ in range(1_000):
        example = sentences(rng)
        if example.target[0] in ("rel", "next", "at", "places", "many"):
            words = example.target[1 : example.target.index(":")]
            may_lack = implied | ({"last"} if "penultimate" in example.source else set())
            named = [word for word in words if not word.isdigit() and word not in may_lack]
            assert set(named) <= set(example.source), example


def test_what_is_generated_stands_the_check_that_readings_must_stand() -> None:
    rng = random.Random(5)
    for _ in range(1_000):
        example = sentences(rng)
        meaning = parse(example.target)
        counts = [int(token) for token in example.source if token.isdecimal()]
        reasons = [complaint(example.source, meaning, count) for count in (0, *counts)]
        assert None in reasons, (example, reasons)


def test_the_same_seed_gives_the_same() -> None:
    assert [sentences(random.Random(7)) for _ in range(3)] == [sentences(random.Random(7)) for _ in range(3)]
    assert puzzle(random.Random(7)) == puzzle(random.Random(7))
    assert sentences(random.Random(7)) != sentences(random.Random(8))


def test_every_kind_of_meaning_comes_up() -> None:
    rng = random.Random(3)
    heads = {sentences(rng).target[0] for _ in range(3_000)}
    assert heads >= set(
        "list scene start abstain rel next beside gap places between at middle many not ask order place howmany"
        " options thing number".split()
    )


def test_sentences_come_fast_enough_for_training() -> None:
    rng = random.Random(4)
    started = time.process_time()
    for _ in range(1_000):
        sentences(rng)
    assert time.process_time() - started < 1  # a fifth of what is wanted, since the machine may be busy


@pytest.mark.parametrize("count", range(3, 8))
async def test_engines_find_the_answer_of_generated_puzzles(runtime: Runtime, count: int) -> None:
    for seed in range(4):
        made: GeneratedPuzzle = puzzle(random.Random(100 * count + seed), count)
        assert len(sentences_of(made.text)) == len(made.targets), made.text
        read = tuple(" ".join(target) for target in made.targets)
        for language in Language:
            assert await answer(made.text, read, language, runtime) == made.answer, made.text


async def test_without_its_conditions_a_puzzle_has_no_answer(runtime: Runtime) -> None:
    asking = {"list", "scene", "ask", "order", "place", "howmany", "options"}
    for seed in range(6):
        made = puzzle(random.Random(seed), 5)  # of three things, the third is between the others
        kept = [
            (f"\n{sentence.letter}) {sentence.text}" if sentence.letter else f"{sentence.text} ", " ".join(target))
            for sentence, target in zip(sentences_of(made.text), made.targets, strict=True)
            if sentence.letter or target[0] in asking
        ]
        text, read = "".join(text for text, _ in kept), tuple(target for _, target in kept)
        assert await answer(text, read, Language.SMT, runtime) is None, text
