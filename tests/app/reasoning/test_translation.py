"""Citations, uncited quantities, polarity and unit; and that the examples of the prompts stand their own test."""

import json
import re
import time
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.lm.types import Completion, FinishReason, LmIdentity
from app.prompts import load_prompt
from app.reasoning.extract import extract
from app.reasoning.formalise import select
from app.reasoning.polarity import polarity_of_query, polarity_of_statement
from app.reasoning.translation import translation_evidence
from app.reasoning.types import Budget, Formalisation, Gloss, Kind, Problem, VerdictKind, World
from app.reasoning.units import compare_units, unit_asked, unit_stated
from solvers.types import Language, Program
from tests.app.reasoning.scripted import solve

BAKERY = (
    "A bakery fills 12 trays with 8 rolls each, and sells \u201chalf\u201d of them \u2013 every day. How many are left?"
)


def formalisation(program, query="solve(X)", language=Language.PROLOG, gloss=()):
    return Formalisation(Program(language, program), query, None, gloss)


def evidence(problem, program, kind=Kind.ARITHMETIC, **more):
    return translation_evidence(Problem(problem), kind, formalisation(program, **more))


def cited(problem, program, **more):
    found = evidence(problem, program, **more)
    return [[problem[start:end] for start, end in item["spans"]] for item in found["citations"]]


# Citations


def test_a_citation_is_shown_as_a_span_of_the_problem():
    assert cited(BAKERY, 'trays(12).  % "12 trays"\nrolls(8).  % "8 ROLLS   each"\n') == [
        ["12 trays"],
        ["8 rolls each"],
    ]


def test_typographic_quotes_and_dashes_are_those_of_the_keyboard():
    program = 'a(1).  % "half of them - every day"\nb(1).  % \u201c8 rolls\u201d\n'
    assert cited(BAKERY, program) == [["half\u201d of them \u2013 every day"], ["8 rolls"]]


def test_three_dots_join_pieces_that_stand_in_this_order():
    assert cited(BAKERY, 'a(1).  % "12 trays ... each"') == [["12 trays", "each"]]
    assert evidence(BAKERY, 'a(1).  % "each ... 12 trays"')["false_citations"] == [
        {"words": "each ... 12 trays", "line": 1}
    ]


@pytest.mark.parametrize("words", ["13 trays", "2 trays", "12 tray", "trays of 12"])
def test_words_that_the_problem_does_not_have_are_a_false_citation(words):
    found = evidence(BAKERY, f'a(12).  % "{words}"')
    assert found["citations"] == []
    assert found["false_citations"] == [{"words": words, "line": 1}]
    assert any(words in warning for warning in found["warnings"])


def test_what_is_quoted_in_the_code_is_no_citation():
    program = 'a("% \\"12 trays\\"").\nb(\'% "8 rolls"\').\n'
    assert evidence(BAKERY, program)["citations"] == []
    smt = '(assert (= s "; ""12 trays"""))\n(assert (! (= a 12) :named |; "8 rolls"|))'
    assert evidence(BAKERY, smt, query="a", language=Language.SMT)["citations"] == []


def test_a_gloss_line_is_no_citation():
    assert evidence(BAKERY, 'a(12).\n\n% a/1: the "12 trays" of the bakery\n% query: a(X).\n')["citations"] == []


def test_each_line_of_a_rule_may_cite():
    program = 'solve(X) :-\n    X = 12,  % "12 trays"\n    Y = 8.  % "8 rolls"\nb(2).\n'
    found = evidence(BAKERY, program)
    assert [item["line"] for item in found["citations"]] == [2, 3]
    assert found["uncited"] == [{"text": "b(2)", "line": 4}]


def test_the_same_words_cited_again_are_those_that_stand_next():
    text = "He walks 6 hours. She walks 6 hours. How long in all?"
    found = evidence(text, 'a(6).  % "6 hours"\nb(6).  % "6 hours"\n')
    assert [item["spans"] for item in found["citations"]] == [[[9, 16]], [[28, 35]]]
    assert found["uncited_quantities"] == []


def test_an_assertion_without_citation_is_listed():
    smt = '(declare-const a Int)\n(assert (! (= a 12) :named t))  ; "12 trays"\n(assert (> a 0))\n; a: trays\n'
    found = evidence(BAKERY, smt, query="a", language=Language.SMT)
    assert found["uncited"] == [{"text": "(assert (> a 0))", "line": 3}]
    assert len(found["citations"]) == 1


def test_a_premise_that_cites_nothing_is_a_warning():
    text = "Milo is an otter. Is Milo wet?"
    program = 'otter(milo).  % "Milo is an otter"\nwet(X) :- otter(X).\n'
    assert evidence(text, program, Kind.ENTAILMENT, query="wet(milo)")["warnings"] == [
        "line 2 states wet(X) :- otter(X) and cites no words of the problem for it"
    ]


def test_without_any_citation_nothing_is_said_to_be_uncited():
    assert evidence(BAKERY, "a(12).")["uncited"] is None


# Quantities and numbers


def test_a_quantity_that_no_citation_covers_is_listed():
    found = evidence(BAKERY, 'a(12).  % "12 trays"\nb(2).  % "half of them"')
    assert found["uncited_quantities"] == [{"text": "8", "span": [29, 30], "in_program": False}]
    assert found["warnings"] == ['nothing in the program stands for "8" of the problem']


def test_without_citations_a_quantity_needs_a_number_of_the_program():
    assert [item["text"] for item in evidence(BAKERY, "a(12). b(1/2).")["uncited_quantities"]] == ["8"]
    assert evidence(BAKERY, "a(12). b(8). c(50/100).")["uncited_quantities"] == []


def test_a_number_that_nothing_explains_is_listed():
    found = evidence(BAKERY, "a(12). b(8). c(1/2). d(41).")
    assert found["unexplained_numbers"] == ["41"]
    assert found["warnings"] == ["the number 41 of the program is neither given by the problem nor commonly known"]


def test_a_fraction_is_explained_by_its_halves():
    text = "He gets 20 of 60 coins. Which part is that?"
    assert evidence(text, "a(20/60).")["unexplained_numbers"] == []


# Polarity


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("Is the following statement true or false? Max is sour.", "positive"),
        ("Is the following statement true or false? Max is not sour.", "negative"),
        ("Is the following statement true, false, or unknown? The cat is not round.", "negative"),
        ("Max is not big. Max is sour. True or false?", "positive"),
        ("Max is not big. Is Max sour?", "positive"),
        ("Max is big. Isn't Max sour?", "negative"),
        ("Max is big. Does it follow that Max is not sour?", "negative"),
        ("Max is big. Is it true that no cat barks?", "negative"),
        ("Max is big.\nConclusion: Max never sleeps.", "negative"),
        ("Max is neither old nor red.", "negative"),
        ("It is false that Max is not sour.", "positive"),
        ("If Max is not old, then Max is red.", None),
        ("Max is not old or Max is red.", None),
        ("Nobody sleeps.", "negative"),
        ("Max eats not only fish.", "positive"),
        ("Is it false that Max is sour?", "negative"),
        ("Which of the following statements is false?", "negative"),
        ("", None),
    ],
)
def test_the_polarity_of_a_statement(text, sign):
    assert polarity_of_statement(text).sign == sign


def test_the_words_that_deny_are_shown():
    text = "Max is big. Is the following statement true or false? Max is not sour."
    found = polarity_of_statement(text)
    assert text[found.start : found.end] == "not"


@pytest.mark.parametrize(
    ("query", "sign"),
    [
        ("sour(max)", "positive"),
        ("neg(sour(max))", "negative"),
        ("\\+ sour(max)", "negative"),
        ("\\+ (sour(max))", "negative"),
        ("neg(neg(sour(max)))", "positive"),
        ("not_sour(max)", "negative"),
        ("(sour(max), big(max))", "positive"),
        ("(neg(sour(max)), big(max))", None),
        ("(neg(a) ; b)", None),
        ("neg(a), neg(b)", None),
        ("made(orlo, 'not this')", "positive"),
    ],
)
def test_the_polarity_of_a_goal(query, sign):
    assert polarity_of_query(formalisation("", query)) == sign


@pytest.mark.parametrize(
    ("body", "sign"),
    [
        ("(sour max)", "positive"),
        ("(not (sour max))", "negative"),
        ("(not (not (sour max)))", "positive"),
        ("(forall ((x Thing)) (=> (cat x) (barks x)))", "positive"),
        ("(forall ((x Thing)) (=> (cat x) (not (barks x))))", "negative"),
        ("(not (exists ((x Thing)) (and (cat x) (barks x))))", "negative"),
        ("(exists ((x Thing)) (and (cat x) (not (barks x))))", "negative"),
        ("(or (not a) b)", None),
        ("(=> (not a) b)", None),
        ("(and a b)", "positive"),
        ("not_sour", "negative"),
    ],
)
def test_the_polarity_of_a_conclusion(body, sign):
    program = f"(declare-const a Bool)\n(define-fun conclusion () Bool {body})"
    assert polarity_of_query(formalisation(program, "conclusion", Language.SMT)) == sign


def polarity(text, query):
    return evidence(text, "sour(max).", Kind.ENTAILMENT, query=query)["polarity"]["agrees"]


def test_a_query_turned_round_is_told_by_its_polarity():
    text = "Is the following statement true or false? Max is not sour."
    assert polarity(text, "neg(sour(max))") is True
    assert polarity(text, "sour(max)") is False
    assert polarity(text.replace("not ", ""), "neg(sour(max))") is False
    found = evidence(text, "sour(max).", Kind.ENTAILMENT, query="sour(max)")
    assert "the problem asks about a negative statement, and the query is positive" in found["warnings"]


def test_an_opposite_may_be_stated_as_a_negation():
    assert polarity("Is the following statement true or false? Max is unhappy.", "neg(happy(max))") is None
    assert polarity("Is Max indoors or out?", "neg(outdoors(max))") is None


def test_a_puzzle_that_asks_what_does_not_hold_shows_the_words_and_compares_nothing():
    text = "Which of the three cannot be red?"
    found = evidence(text, "solve(a).", Kind.CONSTRAINT)["polarity"]
    assert (found["text"], found["query"], found["agrees"]) == ("negative", None, None)
    assert text[slice(*found["words"])] == "cannot"
    assert evidence("Which of the three is red?", "solve(a).", Kind.CONSTRAINT)["polarity"] is None


# Units


@pytest.mark.parametrize(
    ("question", "unit"),
    [
        ("He has 3 dollars. How many minutes does he drive?", "minute"),
        ("How long does it take, in hours?", "hour"),
        ("How much money is left?", "money"),
        ("What percentage of them is red?", "percent"),
        ("How many more miles are left?", "mile"),
        ("How many ducks are left?", None),
        ("Who came in second?", None),
    ],
)
def test_the_unit_that_a_question_asks_for(question, unit):
    found = unit_asked(question)
    assert (found and found.unit) == unit


@pytest.mark.parametrize(
    ("words", "unit"),
    [
        ("euros that the bakery takes", "euro"),
        ("the number of hours", "hour"),
        ("price in cents", "cent"),
        ("price of a 12 inch pizza", None),
        ("ducks", None),
    ],
)
def test_the_unit_that_a_gloss_states(words, unit):
    assert unit_stated(words) == unit


@pytest.mark.parametrize(
    ("asked", "stated", "relation", "factor"),
    [
        ("dollar", "dollar", "same", 1),
        ("money", "euro", "same", 1),
        ("time", "hour", "same", 1),
        ("dollar", "cent", "convertible", Fraction(1, 100)),
        ("minute", "hour", "convertible", 60),
        ("foot", "mile", "convertible", 5280),
        ("dollar", "euro", "incompatible", None),
        ("minute", "mile", "incompatible", None),
        ("length", "hour", "incompatible", None),
        ("dollar", "hour", "incompatible", None),
    ],
)
def test_how_two_units_stand_to_each_other(asked, stated, relation, factor):
    found = compare_units(asked, stated)
    assert (found.relation, found.factor) == (relation, factor)


def test_an_answer_in_another_unit_is_a_warning():
    gloss = (Gloss("solve/1", "hours that he drives"),)
    found = evidence("He drives 90 minutes. How many minutes?", "m(90).", query="solve(X)", gloss=gloss)
    assert found["unit"] == {
        "asked": "minute",
        "stated": "hour",
        "relation": "convertible",
        "factor": "60",
        "words": [31, 38],
    }
    assert found["warnings"] == ["the question asks for minute, and the answer is stated in hour (60 minute each)"]


# The prompts


def examples():
    found = []
    for language in Language:
        text = load_prompt(f"formalise-{language.value}", 2).system
        pattern = r"Example\. Problem: (.*?)\n\n(```\w+\n.*?\n```)"
        found += [(" ".join(m[1].split()), m[2], language) for m in re.finditer(pattern, text, re.DOTALL)]
    return found


KINDS = {
    "bakery": Kind.ARITHMETIC,
    "Milo": Kind.ENTAILMENT,
    "Rex": Kind.ENTAILMENT,
    "race": Kind.CONSTRAINT,
    "potter": Kind.OPTIMISATION,
}


@pytest.mark.parametrize(("problem", "reply", "language"), examples())
def test_the_examples_of_the_prompts_cite_what_they_state(problem, reply, language):
    kind = next(kind for word, kind in KINDS.items() if word in problem)
    world = World.CLOSED if "Rex" in problem else World.OPEN
    completion = Completion(reply, LmIdentity("scripted", "1"), FinishReason.STOP, 0.0)
    read = extract(completion, language, kind, world)
    assert isinstance(read, Formalisation)
    assert read.gloss
    assert not any('"' in item.words for item in read.gloss)
    found = translation_evidence(Problem(problem, kind, language, world), kind, read)
    assert found["warnings"] == []
    assert found["false_citations"] == []
    assert found["uncited_quantities"] == []
    assert found["unexplained_numbers"] == []
    assert len(found["citations"]) >= 3
    assert found["polarity"] is None or found["polarity"]["agrees"] is True


@pytest.mark.parametrize("name", ["formalise-prolog", "formalise-smt"])
@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("world", World)
def test_the_second_version_of_a_prompt_renders_for_each_kind(name, kind, world):
    prompt = select(load_prompt(name, 2), {kind.value, world.value})
    text = prompt.render(problem="Who is it?")
    assert "<!--" not in text.system + text.user
    assert "cite" in text.system
    assert text.user.endswith("Who is it?")


EVERY = """```prolog
:- dynamic otter/1, wet/1, dry/1, neg/1.
:- table otter/1, wet/1, dry/1, neg/1.
{}
otter(anyone).  % "every otter is wet"
% otter/1: is an otter
% query: wet(anyone).
% complement: (otter(X), dif(X, anyone), neg(wet(X))).
```"""


@pytest.mark.parametrize(
    ("rules", "verdict"),
    [
        ("wet(X) :- otter(X).\nneg(otter(X)) :- neg(wet(X)).", VerdictKind.PROVED),
        ("neg(wet(X)) :- otter(X).\nneg(otter(X)) :- wet(X).", VerdictKind.UNDETERMINED),
        ("otter(milo).\ndry(milo).\nneg(wet(X)) :- dry(X).\nneg(dry(X)) :- wet(X).", VerdictKind.REFUTED),
        ("otter(milo).\nwet(milo).", VerdictKind.UNDETERMINED),
    ],
    ids=["all are", "none is, and there may be none", "one is not", "one is"],
)
async def test_a_conclusion_about_everybody_is_refuted_by_nobody_made_up(runtime, rules, verdict):
    problem = Problem("Is every otter wet?", Kind.ENTAILMENT, Language.PROLOG)
    trace = await solve(problem, [EVERY.format(rules)], runtime, budget=Budget(attempts=1))
    assert trace.verdict.kind is verdict


# Hostile text


@given(st.text(max_size=200), st.text(max_size=200), st.sampled_from(Kind), st.sampled_from(Language))
def test_no_text_and_no_program_raises(problem, program, kind, language):
    read = formalisation(program, program or "x", language)
    json.dumps(translation_evidence(Problem(problem), kind, read))


@pytest.mark.parametrize(
    ("problem", "program"),
    [
        ("7 " * 10_000, 'a(7).  % "7"\n' * 5_000),
        ("".join(f"{number}% " for number in range(1_000, 6_300)), "".join(f"a({n}).\n" for n in range(2_000))),
        ("a" * 32_000, 'a(7).  % "a ... a"\n' * 5_000),
        ("not " * 8_000 + "?", "neg(" * 20_000),
        ("how many " * 3_500 + "?", '"' * 50_000),
        ("true or false " * 2_000, "% " * 50_000),
    ],
    ids=["sevens", "per cent", "letters", "denials", "questions", "verdicts"],
)
@pytest.mark.parametrize("kind", [Kind.ARITHMETIC, Kind.ENTAILMENT])
def test_a_long_text_is_compared_in_time(problem, program, kind):
    started = time.process_time()
    translation_evidence(Problem(problem), kind, formalisation(program, program[:5_000]))
    assert time.process_time() - started < 4.0  # a fifth, on a machine that does nothing else
