"""Sentences of ordering puzzles: how they are masked, the notation, and what whole puzzles become."""

import time

import pytest

from app.reasoning.conclude import conclude
from app.reasoning.extract import extract
from app.reasoning.runs import run_all
from app.reasoning.types import Formalisation, Kind, Run, RunName, World
from app.translator.order_words import ORDER_WORDS, directions
from app.translator.ordering import (
    SOURCE_TOKENS,
    TARGET_TOKENS,
    NotationError,
    TooLongError,
    mask,
    names_of,
    parse,
    spell,
)
from app.translator.puzzle import sentences_of, translate_puzzle
from app.translator.result import Abstention, Translation
from solvers import Runtime
from solvers.types import Job, Language, Limits
from tests.app.reasoning.scripted import completion

pytestmark = pytest.mark.anyio

NOTATION = (
    "list 3 : w0 w1 ; w2 w1 ; w3 w1",
    "list : w0 ; w1",
    "list 5",
    "scene",
    "start left",
    "abstain",
    "rel older : w0 ; w1",
    "next more expensive : w0 ; w1",
    "rel more w2 : w0 ; w1 & not at 1 first : w0 | end : w1",
    "gap 2 : w0 ; w1",
    "places 3 left : w0 ; small w1 2",
    "between : w0 ; w1 ; w2",
    "amid : w0 ; w1 ; w2",
    "middle : w0",
    "many 0 taller : w0",
    "ask next left : ? ; w0",
    "ask not at 1 oldest : ?",
    "order oldest",
    "place floor : w0",
    "howmany older : w0",
    "howmany between : w0 ; w1",
    "options false",
    "thing : w0 w1",
    "number 4",
)


# Masking


def test_words_of_order_stay_and_other_words_become_place_holders() -> None:
    masked = mask("The green book is the second from the left.")
    assert masked.tokens == tuple("the w0 w1 is the second from the left .".split())
    assert masked.words == ("green", "book")
    assert len(masked.written) == len(masked.tokens)


def test_a_noun_and_its_plural_are_the_same_place_holder() -> None:
    assert mask("Five books: a red book").tokens == tuple("5 w0 : a w1 w0".split())


def test_a_name_is_masked_even_if_it_is_a_word_of_order() -> None:
    text = "Kim sits next to May. May is older than Ann. A is taller than B. Now A is first. A man is last."
    assert mask("May is older than Ann.", names_of(text)).tokens == tuple("w0 is older than w1 .".split())
    assert mask("A is taller than B.", names_of(text)).tokens == tuple("w0 is taller than w1 .".split())
    assert mask("A man is last.", names_of(text)).tokens == tuple("a w0 is last .".split())
    assert mask("May", ()).tokens == ("may",)


def test_a_negation_is_seen_however_it_is_written() -> None:
    for sentence in ("Ann isn't first.", "Ann isn\u2019t first.", "Ann is not first."):
        assert mask(sentence).tokens == ("w0", "is", "not", "first", ".")
    assert mask("Ann can't be first.").tokens == ("w0", "can", "not", "be", "first", ".")


def test_whatever_stands_in_a_sentence_its_tokens_are_known() -> None:
    strange = (
        "Ann\u2019s 2nd caf\u00e9 (No. 100): 99999999999th \u00b2x x_y \u0663 $5 <b> don't \u4e2d\u6587 \U0001f600 "
    )
    strange += " -- one! 11th 21st '' ' 's"
    assert set(mask(strange, names_of(strange)).tokens) <= set(SOURCE_TOKENS)


def test_a_sentence_with_too_many_words_is_refused() -> None:
    with pytest.raises(TooLongError):
        mask(" ".join(f"word{chr(97 + i % 26)}{chr(97 + i // 26)}" for i in range(60)))
    with pytest.raises(TooLongError):
        mask("the " * 1000)


# Notation


@pytest.mark.parametrize("written", NOTATION)
def test_what_is_read_is_written_in_the_same_way(written: str) -> None:
    tokens = tuple(written.split())
    assert spell(parse(tokens)) == tokens
    assert set(tokens) <= set(TARGET_TOKENS)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "rel",
        "rel older : w0",
        "rel older : w0 ; w1 ; w2",
        "rel older w0 ; w1",
        "rel grumpy : w0 ; w1",
        "rel w1 : w0 ; w2",
        "rel older : ? ; w1",
        "at left : w0",
        "at 0 left : w0",
        "at 99 left : w0",
        "between left : w0 ; w1 ; w2",
        "list",
        "list 3 4",
        "scene scene",
        "ask rel older : w0 ; w1",
        "ask rel older : ? ; ?",
        "not",
        "rel older : w0 ; w1 &",
        "rel older : w0 ; & end : w1",
        "rel older : w0 ; the w1",
        "howmany between left : w0 ; w1",
        "options maybe",
        "number",
    ],
)
def test_what_is_not_wholly_in_the_notation_is_refused(written: str) -> None:
    with pytest.raises(NotationError):
        parse(tuple(written.split()))


def test_a_word_and_its_opposite_point_to_different_ends() -> None:
    for one, other in (("left", "right"), ("older", "newer"), ("above", "below"), ("cheaper", "expensive")):
        first, second = directions((one,)), directions((other,))
        common = first.keys() & second.keys()
        assert common
        assert all(first[axis] == -second[axis] for axis in common)
    assert directions(("less", "expensive"))["price"] == directions(("cheaper",))["price"]
    assert directions(("most", "expensive"))["price"] != directions(("least", "expensive"))["price"]
    assert directions(("more",), ("stamp",)) != directions(("fewer",), ("stamp",))
    assert directions(("grumpier",)) == {}


def test_every_word_of_order_points_somewhere() -> None:
    assert all(directions((word,)) for word in ORDER_WORDS)


# Sentences of a puzzle


def test_a_puzzle_is_split_into_sentences_and_options() -> None:
    text = (
        "Mr. Brown, Ann and B stand in a row.\nClues:\n1. Ann is left of B. Mr. Brown is first.\n- B is last.\n\n"
        "Question: Which of the following is true?\nOptions:\nA) Ann is first. \n(B) B is\n first.\n"
    )
    found = [(sentence.letter, sentence.text) for sentence in sentences_of(text)]
    assert found == [
        (None, "Mr. Brown, Ann and B stand in a row."),
        (None, "Ann is left of B."),
        (None, "Mr. Brown is first."),
        (None, "B is last."),
        (None, "Which of the following is true?"),
        ("a", "Ann is first."),
        ("b", "B is first."),
    ]


@pytest.mark.parametrize(
    "marks", ["A) {} B) {} C) {}", "(A) {} (B) {} (C) {}", "\nA. {}\nB. {}\nC. {}", "\na) {}\nb) {}\nc) {}"]
)
def test_options_are_found_however_they_are_lettered(marks: str) -> None:
    text = "A and B stand here. Who is first? " + marks.format("Ann", "the old man", "B")
    assert [item.text for item in sentences_of(text) if item.letter] == ["Ann", "the old man", "B"]
    assert [item.letter for item in sentences_of(text)] == [None, None, "a", "b", "c"]


# Whole puzzles

RACE = (
    "Ida, Jon, Kim and Lea finish a race one after the other. Ida comes right after Kim, Lea is neither first nor last,"
    " and Jon is ahead of Kim. "
)
RACE_READ = (
    "list : w0 ; w1 ; w2 ; w3",
    "next after : w0 ; w1 & not at 1 first : w2 & not at 1 last : w2 & rel ahead : w3 ; w1",
)
SHELF = "On a shelf there are three books: a red book, a blue book and a green book. "
SHELF_READ = "list 3 : w2 w1 ; w3 w1 ; w4 w1"


def translated(text: str, read: tuple[str, ...], language: Language = Language.PROLOG) -> Translation | Abstention:
    return translate_puzzle(text, language, lambda sources: [(tuple(item.split()), -0.25) for item in read])


async def answer(text: str, read: tuple[str, ...], language: Language, runtime: Runtime) -> str | None:
    """What the real engines make of the translation; None where they conclude nothing."""
    translation = translated(text, read, language)
    assert isinstance(translation, Translation), translation
    formalisation = extract(completion(translation.completion), language, Kind.CONSTRAINT)
    assert isinstance(formalisation, Formalisation), formalisation
    runs: dict[RunName, Run] = {}

    async def solve(job: Job) -> Run:
        return await runtime.solve(job, Limits())

    await run_all(formalisation, Kind.CONSTRAINT, solve, lambda name, run: runs.update({name: run}))
    verdict = conclude(Kind.CONSTRAINT, World.OPEN, formalisation, runs).verdict
    return None if verdict is None or verdict.answer is None else verdict.answer.strip("[]").replace(" ", "")


@pytest.mark.parametrize(
    ("question", "read", "expected"),
    [
        ("Who is third?", ("ask at 3 first : ?",), "kim"),
        ("Who won?", ("ask at 1 first : ?",), "jon"),
        ("Who came right behind Jon?", ("ask next behind : ? ; w0",), "lea"),
        ("In which order did they finish?", ("order first",), "jon,lea,kim,ida"),
        ("List them from last to first.", ("order last",), "ida,kim,lea,jon"),
        ("In which place did Ida finish?", ("place place : w0",), "4"),
        ("How many finished before Kim?", ("howmany before : w0",), "2"),
        ("How many are between Jon and Ida?", ("howmany between : w0 ; w1",), "2"),
        ("Who is third? A) Lea B) Kim", ("ask at 3 first : ?", "thing : w0", "thing : w0"), "b"),
        (
            "Which is true?\nA) Lea is first.\nB) Lea is last.\nC) Lea is between Jon and Kim.",
            ("options true", "at 1 first : w0", "at 1 last : w0", "between : w0 ; w1 ; w2"),
            "c",
        ),
        (
            "Which is false?\nA) Jon is first.\nB) Lea is last.",
            ("options false", "at 1 first : w0", "at 1 last : w0"),
            "b",
        ),
        (
            "What is the order?\nA) Jon, Lea, Kim, Ida\nB) Jon, Lea, Ida, Kim",
            ("order first", "list : w0 ; w1 ; w2 ; w3", "list : w0 ; w1 ; w2 ; w3"),
            "a",
        ),
        ("Which place is Ida's? (A) 3 (B) 4", ("place place : w0", "number 3", "number 4"), "b"),
    ],
)
async def test_every_kind_of_question_is_answered(
    runtime: Runtime, language: Language, question: str, read: tuple[str, ...], expected: str
) -> None:
    assert await answer(RACE + question, (*RACE_READ, *read), language, runtime) == expected


async def test_statements_that_leave_two_orders_have_no_answer(runtime: Runtime, language: Language) -> None:
    text = "Ida, Jon and Kim stand in a row. Ida is the leftmost. Who is the rightmost?"
    read = ("list : w0 ; w1 ; w2", "at 1 leftmost : w0", "ask at 1 rightmost : ?")
    assert await answer(text, read, language, runtime) is None


async def test_places_may_be_counted_from_an_end_that_is_stated(runtime: Runtime, language: Language) -> None:
    text = f"{SHELF}Place 1 is the rightmost. The red one is first. Blue is left of green. Which is in place 2?"
    read = (SHELF_READ, "start rightmost", "at 1 first : w0", "rel left : w0 ; w1", "ask at 2 place : ?")
    assert await answer(text, read, language, runtime) == "green_book"


async def test_things_need_no_list_where_each_has_one_name(runtime: Runtime, language: Language) -> None:
    text = "Ida is older than Jon. Kim is younger than Jon. Who is the oldest?"
    read = ("rel older : w0 ; w1", "rel younger : w0 ; w1", "ask at 1 oldest : ?")
    assert await answer(text, read, language, runtime) == "ida"


async def test_names_that_mean_something_to_an_engine_are_no_trouble(runtime: Runtime, language: Language) -> None:
    things = ("table", "A", "not", "\u4e2d", "7")
    text = f"There are {', '.join(things[:4])} and 7. X is Y. Which is last?"
    read = (
        "list : w0 ; w1 ; w2 ; w3 ; 7",
        "scene",
        "ask at 1 last : ?",
    )
    masked = mask(sentences_of(text)[0].text, names_of(text))
    listed = [token for token in masked.tokens if token[0] == "w" or token == "7"]
    read = (f"list : {' ; '.join(listed)}", *read[1:])
    translation = translated(text, read, language)
    assert isinstance(translation, Translation)
    formalisation = extract(completion(translation.completion), language, Kind.CONSTRAINT)
    assert isinstance(formalisation, Formalisation)
    runs: list[Run] = []

    async def solve(job: Job) -> Run:
        return await runtime.solve(job, Limits())

    await run_all(formalisation, Kind.CONSTRAINT, solve, lambda name, run: runs.append(run))
    assert all(type(run.ending).__name__ == "Finished" for run in runs), runs


def test_each_condition_cites_its_sentence_on_one_line(language: Language) -> None:
    text = (
        'Ida, Jon\nand "Kim"\tstand in a row from here to there, in no order that anybody knows.\n'
        "Ida is left\u2028of Jon. Who is rightmost?"
    )
    read = ("list : w0 ; w1 ; w2", "rel left : w0 ; w1", "ask at 1 rightmost : ?")
    translation = translated(text, read, language)
    assert isinstance(translation, Translation)
    assert '"Ida is left of Jon."' in translation.completion
    assert translation.log_probability == pytest.approx(-0.75)


# What is not understood


@pytest.mark.parametrize(
    ("text", "read", "reason"),
    [
        (SHELF + "Red is grumpy. Which is first?", (SHELF_READ, "abstain", "ask at 1 left : ?"), "Red is grumpy"),
        (SHELF + "Red is left. Which is first?", (SHELF_READ, "rel left", "ask at 1 left : ?"), "Red is left"),
        (SHELF + "The cap is left of red.", (SHELF_READ, "rel left : w0 ; w1"), "one question"),
        (
            SHELF + "The cap is left of red. Who?",
            (SHELF_READ, "rel left : w0 ; w1", "ask at 1 left : ?"),
            "'cap' is none of the things listed",
        ),
        (
            SHELF + "The book is left of red. Who?",
            (SHELF_READ, "rel left : w0 ; w1", "ask at 1 left : ?"),
            "'book' is none of the things listed",
        ),
        (
            SHELF + "Red is left of blue. Who is oldest?",
            (SHELF_READ, "rel left : w0 ; w1", "ask at 1 oldest : ?"),
            "compares in another way",
        ),
        (
            SHELF + "Red is left of blue. Who is first?",
            (SHELF_READ, "rel left : w0 ; w1", "ask at 1 first : ?"),
            "compares in another way",
        ),
        (
            "There are four books: a red, a blue and a green one. Who is first?",
            ("list 4 : w1 ; w2 ; w3", "ask at 1 first : ?"),
            "3 things are named, and it says 4",
        ),
        (
            SHELF + "Red is fifth from the left. Who is leftmost?",
            (SHELF_READ, "at 5 left : w0", "ask at 1 leftmost : ?"),
            "counts to 5",
        ),
        (
            SHELF + "Red is left of red. Who is leftmost?",
            (SHELF_READ, "rel left : w0 ; w0", "ask at 1 leftmost : ?"),
            "compared with itself",
        ),
        (SHELF + "Which is true?", (SHELF_READ, "options true"), "there are none"),
        (
            SHELF + "Who is leftmost? A) Red. B) Left.",
            (SHELF_READ, "ask at 1 leftmost : ?", "thing : w0", "scene"),
            "does not answer the question",
        ),
        (
            SHELF + "Who is first? Who is last?",
            (SHELF_READ, "ask at 1 left : ?", "ask at 1 right : ?"),
            "there are 2",
        ),
        (
            SHELF + "Red is left of something. Who is first?",
            (SHELF_READ, "rel left : w0 ; w9", "ask at 1 left : ?"),
            "not there",
        ),
        (
            "The old man is taller than Jon. The man is taller than Kim. Who is tallest?",
            ("rel taller : old w0 ; w1", "rel taller : w0 ; w1", "ask at 1 tallest : ?"),
            "another one's name",
        ),
        (
            "Ida earns more than Jon. Jon is cheaper than Kim. Who earns most?",
            ("rel more : w0 ; w2", "rel cheaper : w0 ; w1", "ask at 1 most : ?"),
            "what there is more of",
        ),
        ("Who?", ("ask at 1 left : ?",), "1 sentences"),
        ("Who? " * 3_000, (), "15000 characters"),
    ],
)
def test_what_does_not_fit_is_an_abstention_that_names_the_sentence(
    text: str, read: tuple[str, ...], reason: str
) -> None:
    found = translated(text, read)
    assert isinstance(found, Abstention), found
    assert reason in found.reason


def test_a_hostile_text_is_refused_in_no_time() -> None:
    started = time.process_time()
    for piece in ("Mr. A ", "A) B) ", "- \n", ". A", "(A", "'s ", "isn't ", "\n\n 1. "):
        found = translated((piece * 8_000)[:8_000], ())
        assert isinstance(found, Abstention), piece
    assert time.process_time() - started < 2


READ_WRONGLY = [
    ("Red is not left of blue.", "rel left : w0 ; w1", "a negation is read over"),
    ("Red isn't left of blue.", "rel left : w0 ; w1", "a negation is read over"),
    ("Red is left of blue.", "not rel left : w0 ; w1", "a negation is made up"),
    ("Red is the second from the left.", "at 1 left : w0", "2 is read over"),
    ("Red is the second from the left.", "at 3 left : w0", "3 is made up"),
    ("Red is the leftmost.", "at 1 rightmost : w0", "'rightmost' is made up"),
    ("If red is left of blue, so is green.", "rel left : w0 ; w1", "'if' is read over"),
    ("Red is probably left of blue.", "rel left : w0 ; w1", "'probably' is read over"),
    ("At least two books are between red and blue.", "gap 2 : w1 ; w2", "'at least' is read over"),
    ("More than one book is left of red.", "many 1 left : w1", "'more than' is read over"),
    ("Red is left of blue and green.", "rel left : w0 ; w1", "'green book' is read over"),
    ("Red is left of blue.", "scene", "'red book' is read over"),
    ("Red is immediately left of blue.", "rel left : w0 ; w1", "next to each other is read over"),
    ("Red is left of blue.", "next left : w0 ; w1", "next to each other is made up"),
    ("Red is between blue and green.", "beside : w0 ; w1 & beside : w0 ; w2", "'between' is read over"),
]


@pytest.mark.parametrize(("sentence", "read", "reason"), READ_WRONGLY)
def test_a_reading_that_does_not_fit_the_words_is_an_abstention(sentence: str, read: str, reason: str) -> None:
    found = translated(f"{SHELF}{sentence} Which is the leftmost?", (SHELF_READ, read, "ask at 1 leftmost : ?"))
    assert isinstance(found, Abstention), found
    assert reason in found.reason
    assert sentence in found.reason
