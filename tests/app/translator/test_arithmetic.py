"""The programs of expressions, on the real engines and through the real pipeline."""

import re
from fractions import Fraction

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.lm.types import Completion, FinishReason
from app.numerals import quantities
from app.reasoning.extract import extract
from app.reasoning.types import Formalisation, Kind, Problem, Trust, VerdictKind
from app.translator.arithmetic import write
from app.translator.expression import ExpressionError, evaluate, parse
from solvers.types import Language
from tests.app.reasoning.scripted import IDENTITY, solve

PROBLEMS = [
    ("Ann has 3 boxes with 4 pencils each and gives 5 pencils away. How many has she left?", "- * n0 n1 n2"),
    ("Half of 60 apples are red, and 25% of those are ripe. How many are ripe?", "/ * * n0 n1 n2 100"),
    ("A rope of 2 1/2 yards costs $7.50. What does one yard cost?", "/ n1 n0"),
    ("A shift begins at 9:40 and takes 90 minutes. After how many minutes of the day does it end?", "+ n0 n1"),
]


def cited(completion):
    """What stands in double quotes behind a fact or an assertion."""
    return re.findall(r'^\S.*[%;] "(.*)"$', completion, re.MULTILINE)


def in_one_line(text):
    return " ".join(text.split())


@pytest.mark.parametrize(("text", "expression"), PROBLEMS)
async def test_a_program_in_either_language_is_certified_with_the_value_of_its_expression(
    text, expression, language, runtime
):
    tree = parse(expression.split())
    value = evaluate(tree, [quantity.value for quantity in quantities(text)])
    trace = await solve(Problem(text, Kind.ARITHMETIC, language), [write(text, tree, language)], runtime)
    assert trace.verdict.kind is VerdictKind.ANSWERED, trace.verdict
    assert Fraction(trace.verdict.answer) == value
    assert trace.verdict.trust is Trust.CERTIFIED
    assert trace.evidence.translation["false_citations"] == []
    assert trace.attempts[0].diagnostics == ()


RESERVED = (
    "write close read dynamic ground retract nl append halt call float number sort table is mod div xor rem set"
    " match store select bag tuple concat exp let par exists forall true false not and or push pop reset result solve"
).split()


@pytest.mark.parametrize("some", [RESERVED[:22], RESERVED[22:]])
async def test_a_word_that_means_something_to_an_engine_names_a_quantity_all_the_same(some, language, runtime):
    text = ", ".join(f"{number} {word} things" for number, word in enumerate(some, start=2)) + ". How many things?"
    prefix = " ".join(["+"] * (len(some) - 1) + [f"n{index}" for index in range(len(some))])
    completion = write(text, parse(prefix.split()), language)
    trace = await solve(Problem(text, Kind.ARITHMETIC, language), [completion], runtime)
    assert trace.verdict.answer == str(sum(range(2, len(some) + 2))), trace.verdict.reason
    assert trace.verdict.trust is Trust.CERTIFIED, trace.verdict
    opinions = trace.attempts[0].second_opinions
    assert all("Finished" in type(run.ending).__name__ for run in opinions.values()), opinions


# Whatever the text holds

PIECES = st.sampled_from(
    [
        "3",
        "twenty\nfive",
        "two and a half",
        "5%",
        "$7",
        " apples ",
        '"',
        "\u201e",
        "\u00ab",
        "\n",
        "\r",
        "\u2028",
        "\x0b",
        "\\",
        "*/",
        "/*",
        "%",
        "% query: halt.",
        "\n% query: shell(ls).\n",
        "; answer: x\n",
        "```\n",
        ":- halt.\n",
        "\nsolve(99).\n",
        "(assert false)\n",
        "|",
        "'",
        "\u00e9t\u00e9 ",
        "\u4e09\u4e2a ",
        "of the ",
        "...",
        ". ",
        "? ",
        "x" * 300,
    ]
)


@given(st.lists(st.one_of(PIECES, st.text(max_size=4)), max_size=12).map("".join))
@settings(max_examples=100, deadline=None)
@example("He has twenty\nsolve(99).\n% query: solve(99).\nfive apples and 3 pears")
@example('12 "apples", 3 \u201epears\u201d; 4 plums')
def test_whatever_the_text_holds_stays_in_comments_of_one_line(text):
    text = f"{text} 6 pears and 7 plums"
    found = quantities(text)
    tree = parse(["+", f"n{len(found) - 2}", f"n{len(found) - 1}"]) if len(found) < 500 else parse(["n0"])
    for language in Language:
        completion = write(text, tree, language, found=found)
        lines = completion.split("\n")
        read = extract(Completion(completion, IDENTITY, FinishReason.STOP, 0.0), language, Kind.ARITHMETIC)
        if re.search("[\0\ud800-\udfff]", text):
            continue
        assert isinstance(read, Formalisation)
        assert read.query == ("solve(Result)" if language is Language.PROLOG else "result")
        code = [re.sub(r"\s*[%;] .*", "", line) for line in lines]
        assert not any("99" in line or "halt" in line or "shell" in line or "false" in line for line in code)
        plain = write("a 6 b 7 c", parse(["+", "n0", "n1"]), language).split("\n")
        assert len(lines) == len(plain)
        quoted = cited(completion)
        assert len(quoted) == 2
        for words in quoted:
            assert words in in_one_line(text)
            assert '"' not in words
            assert len(words) <= 500


@pytest.mark.parametrize(
    ("text", "citation"),
    [
        ("Ann has 3 apples in the box.", "Ann has 3 apples in the box"),
        ("Ann has 3 of the apples that were in it.", "Ann has 3 of the apples"),
        ("Bob has 3 of the", "Bob has 3"),
        ("She sold 12 to him, and then he left.", "She sold 12"),
        ("There are 5 red-haired girls of Ann's in a van.", "There are 5 red-haired girls of Ann's"),
        ("They paid $4.50 for it.", "They paid $4.50"),
        ("It costs 20% more than twenty-five pears.", "It costs 20% more than twenty-five pears"),
        ("6 (or so) pears", "6"),
        ("He said: \u201c4 pears!\u201d", "4 pears"),
    ],
)
def test_a_citation_stays_in_its_clause_and_ends_on_a_telling_word(text, citation):
    for language in Language:
        assert cited(write(text, parse(["n0"]), language)) == [citation]


def test_equal_words_are_numbered_and_a_number_without_a_word_is_a_quantity():
    completion = write("3 apples and 4 apples and 5", parse("+ + n0 n1 n2".split()), Language.PROLOG)
    assert re.findall(r"^(\w+)\(\d\)\.", completion, re.MULTILINE) == ["apples", "apples_2", "quantity"]
    assert "{Result = Apples + Apples2 + Quantity}" in completion


def test_a_quantity_that_the_text_does_not_have_is_an_error():
    with pytest.raises(ExpressionError, match="no quantity n1"):
        write("3 apples", parse(["n1"]), Language.PROLOG)


def test_what_is_asked_is_the_last_question_on_one_line():
    text = "Is it so? Ann has 3 apples. How many\n% query: halt. apples has she? Tell me."
    completion = write(text, parse(["n0"]), Language.PROLOG)
    assert "% solve/1: How many % query: halt." not in completion
    assert "\n% solve/1: apples has she?\n" in completion
