"""A deduction, from its text to a program that the engines run, with the model's part played by the test."""

from collections.abc import Sequence

import pytest

from app.problem import Kind, World
from app.reasoning.citations import cited_statements
from app.reasoning.extract import extract
from app.reasoning.types import Budget, Problem, Trace, VerdictKind
from app.translator.clauses import mask
from app.translator.deduction import translate
from app.translator.deduction_text import UnclearError, read
from app.translator.result import Abstention, Translation
from solvers import Language, Runtime
from tests.app.reasoning.scripted import completion, solve

OTTERS = (
    "Every otter that swims is wet. Nothing wet is dusty. Milo is an otter and swims."
    " Does it follow that Milo is dusty?"
)
SAID = {
    "Every otter that swims is wet.": "w2 X :- w0 X , w1 X .",
    "Nothing wet is dusty.": "not w1 X :- w0 X .",
    "Milo is an otter and swims.": "w1 w0 , w2 w0 .",
    "Milo is dusty": "w1 w0 .",
    "Bob is red.": "w1 w0 .",
    "Bob is not red.": "not w1 w0 .",
    "Bob is cold.": "w1 w0 .",
    "Is Bob cold?": "w1 w0 .",
    "Bob is a cold cat.": "w1 + w2 w0 .",
    "Is Bob a cat?": "w1 w0 .",
    "Bob is not a cold cat.": "not w1 + w2 w0 .",
    "The toy gun is red.": "w2 w0 + w1 .",
    "Bob is a toy gun.": "w1 + w2 w0 .",
    "Is Bob a gun?": "w1 w0 .",
    "The cat is red.": "w1 w0 .",
    "All cats are cold.": "w1 X :- w0 X .",
    "Bob likes Anne.": "w1 w0 w2 .",
    "Does Bob like Anne?": "w1 w0 w2 .",
    "Bob likes.": "w1 w0 .",
    "All red people are cold.": "w1 X :- w0 X , person X .",
    "All people are cold.": "w0 X :- person X .",
    "Anne is a person.": "person w0 .",
    "Is Anne cold?": "w1 w0 .",
    "Bob is probably red.": "abstain",
    "The eagle is red.": "w1 w0 .",
    "The bald eagle is cold.": "w2 w0 + w1 .",
    "Rose is red.": "w1 w0 .",
    "Bob likes the rose.": "w1 w0 w2 .",
    "Bob likes Rose.": "w1 w0 w2 .",
    "If Bob is red then he is cold.": "w2 w0 :- w1 w0 .",
    "If something is not red then it is cold.": "w1 X :- not w0 X .",
    "Are all cats cold?": "w1 X :- w0 X .",
    "Some cats are red.": "some w0 X , w1 X .",
    "Is something red?": "some w0 X .",
    "Bob is a number.": "w1 w0 .",
    "Numbers are tables.": "w1 X :- w0 X .",
    "Bob sees the table.": "w1 w0 w2 .",
    "Is Bob a table?": "w1 w0 .",
    "Bob is red or cold.": "w1 w0 | w2 w0 .",
}
Reader = Sequence[tuple[tuple[str, ...], float]]


def reader(text: str, changes: dict[str, str]):
    """Reads the sentences of `text` as `SAID` and `changes` have it."""
    asked = read(text)
    said = SAID | changes
    by_tokens = {mask(sentence).tokens: said[sentence] for sentence in (*asked.premises, asked.conclusion)}
    return lambda sentences: [(tuple(by_tokens[tokens].split()), -0.25) for tokens in sentences]


def translated(
    text: str, language: Language = Language.SMT, world: World = World.OPEN, **changes: str
) -> Translation | Abstention:
    return translate(text, reader(text, changes), language, world)


def program(text: str, language: Language = Language.SMT, world: World = World.OPEN) -> str:
    translation = translated(text, language, world)
    assert isinstance(translation, Translation), translation
    return translation.completion


def reason(text: str, language: Language = Language.SMT, world: World = World.OPEN, **changes: str) -> str:
    translation = translated(text, language, world, **changes)
    assert isinstance(translation, Abstention), translation
    return translation.reason


async def concluded(runtime: Runtime, text: str, language: Language, world: World = World.OPEN) -> Trace:
    reply = program(text, language, world)
    return await solve(Problem(text, Kind.ENTAILMENT, language, world), [reply], runtime, budget=Budget(attempts=1))


WAYS = [(Language.SMT, World.OPEN), (Language.PROLOG, World.OPEN), (Language.PROLOG, World.CLOSED)]


@pytest.mark.parametrize(
    ("text", "verdicts"),
    [
        (OTTERS, ("refuted", "refuted", "refuted")),
        ("Bob is red. All red people are cold. Is Bob cold?", ("proved",) * 3),
        ("Bob is red. Is Bob cold?", ("undetermined", "undetermined", "refuted")),
        ("Bob is a cold cat. Is Bob a cat?", ("proved",) * 3),
        ("If Bob is red then he is cold. Bob is red. Is Bob cold?", ("proved",) * 3),
        ("Bob is a number. Numbers are tables. Is Bob a table?", ("proved",) * 3),
        ("Bob likes Anne. Bob is red. Does Bob like Anne?", ("proved",) * 3),
        (
            "If something is not red then it is cold. Bob is cold. Is Anne cold?",
            ("undetermined", "undetermined", "proved"),
        ),
        ("All cats are cold. Bob is red. Are all cats cold?", ("proved",) * 3),
    ],
)
async def test_the_engines_conclude_from_the_program_what_the_text_says(
    runtime: Runtime, text: str, verdicts: tuple[str, str, str]
) -> None:
    for (language, world), verdict in zip(WAYS, verdicts, strict=True):
        trace = await concluded(runtime, text, language, world)
        assert trace.verdict.kind is VerdictKind(verdict), (language, world, trace.verdict)


@pytest.mark.parametrize(("language", "world"), WAYS)
def test_every_clause_cites_its_sentence_as_it_stands_there(language: Language, world: World) -> None:
    formalisation = extract(completion(program(OTTERS, language, world)), language, Kind.ENTAILMENT, world)
    statements = cited_statements(OTTERS, formalisation.program)
    cited = {OTTERS[start:end] for one in statements for citation in one.citations for start, end in citation.spans}
    assert {"Every otter that swims is wet", "Nothing wet is dusty", "Milo is an otter and swims"} <= cited
    assert all(citation.spans for one in statements for citation in one.citations)
    assert all(one.citations for one in statements)
    assert {gloss.symbol.split("/")[0] for gloss in formalisation.gloss} >= {"otter", "swims", "wet", "dusty"}


def test_a_rule_is_written_backwards_too_as_the_prompt_has_it() -> None:
    written = program(OTTERS, Language.PROLOG)
    assert 'neg(swims(X)) :- otter(X), neg(wet(X)).  % "Every otter that swims is wet"' in written
    forward = translate(OTTERS, reader(OTTERS, {}), Language.PROLOG, contrapositives=False)
    assert isinstance(forward, Translation)
    assert "neg(swims(X))" not in forward.completion


def test_the_log_probability_is_that_of_all_sentences() -> None:
    translation = translated(OTTERS)
    assert isinstance(translation, Translation)
    assert translation.log_probability == pytest.approx(-1.0)


def test_a_sentence_that_cannot_be_said_is_named() -> None:
    assert '"Bob is probably red."' in reason("Bob is probably red. Is Bob cold?")


@pytest.mark.parametrize(
    "wrong",
    [
        "w1 w0",  # not a statement
        "w1 w0 , w0 w0",
        "w0 w0 .",  # a word is lost
        "not w1 w0 .",  # a denial is added
        "w2 w0 .",  # a word is made up
    ],
)
def test_what_a_sentence_cannot_say_is_not_believed(wrong: str) -> None:
    assert '"Bob is red."' in reason("Bob is red. Is Bob cold?", **{"Bob is red.": wrong})


@pytest.mark.parametrize(
    "sentence", ["Bob might be red.", "Most cats are red.", "His cat is red.", "Bob was red.", "Bob has 3 cats."]
)
def test_a_sentence_with_a_word_beyond_the_notation_is_never_believed(sentence: str) -> None:
    assert sentence in reason(f"{sentence} Is Bob cold?", **{sentence: "w1 w0 ."})


@pytest.mark.parametrize("wrong", ["w1 X .", "some w1 X , w0 X ."])
def test_what_is_said_of_one_is_not_believed_of_all_or_of_some(wrong: str) -> None:
    assert isinstance(translated("Bob is red. Is Bob cold?", **{"Bob is red.": wrong}), Abstention)


def test_a_denial_or_a_condition_is_not_lost() -> None:
    assert "denies" in reason("Bob is not red. Is Bob cold?", **{"Bob is not red.": "w1 w0 ."})
    text = "If Bob is red then he is cold. Is Bob cold?"
    assert "condition" in reason(text, **{"If Bob is red then he is cold.": "w2 w0 , w1 w0 ."})


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("The cat is red. All cats are cold. Is Bob cold?", "cat"),
        ("Bob likes. Does Bob like Anne?", "like"),
        ("The eagle is red. The bald eagle is cold. Is Bob cold?", "eagle"),
        ("Bob likes Rose. Bob likes the rose. Is Bob cold?", "Rose"),
        ("All people are cold. Bob is red. Is Bob cold?", "All people are cold."),
        ("Bob is a toy gun. Is Bob a gun?", "toy gun"),
        ("Bob is not a cold cat. Is Bob a cat?", "cold cat"),
    ],
)
def test_sentences_that_do_not_go_together_are_named(text: str, named: str) -> None:
    assert named.lower() in reason(text).lower()


async def test_people_are_those_of_whom_the_text_says_so(runtime: Runtime) -> None:
    text = "All people are cold. Anne is a person. Bob is red. "
    assert (await concluded(runtime, f"{text}Is Anne cold?", Language.SMT)).verdict.kind is VerdictKind.PROVED
    assert (await concluded(runtime, f"{text}Is Bob cold?", Language.SMT)).verdict.kind is VerdictKind.UNDETERMINED


def test_a_noun_phrase_is_one_predicate_until_a_part_of_it_is_spoken_of() -> None:
    assert "cold_cat(bob)." in program("Bob is a cold cat. Does Bob like Anne?", Language.PROLOG)
    assert "cold_cat" not in program("Bob is a cold cat. Is Bob a cat?", Language.PROLOG)


def test_what_a_closed_world_cannot_say_is_left_to_an_open_one() -> None:
    text = "Bob is red or cold. Is Bob cold?"
    assert isinstance(translated(text), Translation)
    assert "closed world" in reason(text, Language.PROLOG, World.CLOSED)
    assert "Prolog" in reason(OTTERS, Language.SMT, World.CLOSED)


async def test_somebody_who_exists_has_no_name_of_the_text(runtime: Runtime) -> None:
    text = "Some cats are red. Is something red?"
    assert (await concluded(runtime, text, Language.SMT)).verdict.kind is VerdictKind.PROVED
    assert "SMT-LIB" in reason(text, Language.PROLOG)


@pytest.mark.parametrize(
    ("text", "conclusion", "premises"),
    [
        (
            "Tia barks. Rex runs. "
            "Based on the above information, is the following statement true, false, or unknown? Bob is red.",
            "Bob is red.",
            2,
        ),
        ("Tia barks. Is the following statement true or false? Bob is red.", "Bob is red.", 1),
        ("Tia barks. Rex runs.\nDoes it follow that\nBob is red?", "Bob is red", 2),
        ("Premises:\n1. Tia barks.\n2. Rex runs.\nConclusion: Bob is red.", "Bob is red.", 2),
        ("Tia barks. True or false: Bob is red.", "Bob is red.", 1),
        ("Tia barks. Bob is red. True or false?", "Bob is red.", 1),
        ('Tia barks. Is the statement "Bob is red" true?', "Bob is red", 1),
        ("Tia barks. Question: Is it true that Bob is red?\nOptions:\nA) True\nB) False", "Bob is red", 1),
        ("Tia barks. Is Bob red?", "Is Bob red?", 1),
        ("Tia barks. Rex runs. Therefore, Bob is red.", "Bob is red.", 2),
    ],
)
def test_what_is_asked_is_told_from_what_is_given(text: str, conclusion: str, premises: int) -> None:
    asked = read(text)
    assert (asked.conclusion, len(asked.premises)) == (conclusion, premises)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Bob is red.",
        "Is Bob red?",
        "Tia barks. Is Bob red? Is Anne red?",
        "Tia barks. Is the following statement true?",
    ],
)
def test_a_text_that_does_not_ask_one_thing_is_unclear(text: str) -> None:
    with pytest.raises(UnclearError):
        read(text)
