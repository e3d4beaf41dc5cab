"""Extraction meets any text without an exception, and gives back a program that was wrapped."""

import re
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.lm.types import FinishReason
from app.reasoning.extract import extract
from app.reasoning.types import Formalisation, Kind, NotExtracted, World
from solvers.types import Language
from tests.app.reasoning.scripted import completion

PIECES = st.sampled_from(
    "``` ```prolog ```smt2 ~~~ <think> </think> \n \r\n % ; query: answer: complement: solve(X). ?- :- ( ) (assert "
    "(check-sat) (get-value (x)) | \" ' ` 0' /* */ \\ . , \ud800 \0 conclusion (define-fun conclusion () Bool p)".split(
        " "
    )
)
TEXT = st.one_of(st.text(max_size=300), st.lists(st.one_of(PIECES, st.text(max_size=8)), max_size=60).map("".join))

NAME = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True).filter(lambda name: name not in {"query", "goal"})
FACT = st.builds("{}({}).".format, NAME, st.integers(-999, 999))
FACTS = st.lists(FACT, min_size=1, max_size=8).map("\n".join)
WORDS = st.lists(
    st.sampled_from("the price of each one is what we need here so that it comes out".split()), min_size=4, max_size=9
)
PROSE = WORDS.map(lambda words: " ".join(words).capitalize() + ".")


@settings(max_examples=400, deadline=None)
@given(TEXT, st.sampled_from(Language), st.sampled_from(Kind), st.sampled_from(World), st.sampled_from(FinishReason))
@example("```", Language.SMT, Kind.ENTAILMENT, World.OPEN, FinishReason.STOP)
@example("; answer: (", Language.SMT, Kind.CONSTRAINT, World.OPEN, FinishReason.STOP)
def test_extraction_never_raises(text: str, language: Language, kind: Kind, world: World, finish: FinishReason) -> None:
    found = extract(completion(text, finish), language, kind, world)
    assert isinstance(found, Formalisation | NotExtracted)
    if finish is FinishReason.ABSTAINED:
        assert found == NotExtracted(())
    elif isinstance(found, NotExtracted):
        assert found.diagnostics[0].message
    else:
        assert found.query
        found.program.text.encode()


@settings(max_examples=200, deadline=None)
@given(FACTS, PROSE, PROSE, st.sampled_from(["```prolog", "```", "~~~prolog", "````pl"]), st.booleans())
def test_a_wrapped_program_comes_back(facts: str, before: str, behind: str, fence: str, crlf: bool) -> None:
    program = f"{facts}\n% query: {facts.split('(')[0]}(X)."
    text = f"{before}\n\n{fence}\n{program}\n{re.match('`+|~+', fence)[0]}\n\n{behind}"
    found = extract(completion(text.replace("\n", "\r\n") if crlf else text), Language.PROLOG, Kind.ARITHMETIC)
    assert isinstance(found, Formalisation)
    assert found.program.text == program


@settings(max_examples=200, deadline=None)
@given(FACTS, PROSE, PROSE)
def test_a_bare_program_comes_back_from_between_prose(facts: str, before: str, behind: str) -> None:
    program = f"{facts}\n% query: {facts.split('(')[0]}(X)."
    found = extract(completion(f"{before}\n\n{program}\n\n{behind}\n"), Language.PROLOG, Kind.ARITHMETIC)
    assert isinstance(found, Formalisation)
    assert found.program.text == program


@settings(max_examples=100, deadline=None)
@given(FACTS, st.integers(min_value=1))
def test_a_completion_cut_off_inside_its_block_is_never_taken(facts: str, cut: int) -> None:
    text = f"```prolog\n{facts}\n% query: p(X)."
    found = extract(
        completion(text[: 10 + cut % (len(text) - 10)], FinishReason.LENGTH), Language.PROLOG, Kind.ARITHMETIC
    )
    assert isinstance(found, NotExtracted)


@pytest.mark.parametrize(
    "unit",
    [
        "```\n",
        "<think>",
        "</think>",
        '"\\',
        "'",
        '"',
        "`",
        "|",
        "/*",
        "0'",
        "(",
        "% query: p(\n",
        "?-",
        "a ",
        "* ",
        "(get-value (x))\n",
    ],
)
@pytest.mark.parametrize("language", Language)
def test_a_long_text_of_one_thing_is_read_in_linear_time(unit: str, language: Language) -> None:
    text = unit * (200_000 // len(unit))
    started = time.process_time()
    for wrapped in (text, f"```{'prolog' if language is Language.PROLOG else 'smt2'}\n{text}\n```"):
        extract(completion(wrapped), language, Kind.ARITHMETIC)
    assert time.process_time() - started < 5
