"""What a sample earns: answers against targets of every kind, and whole runs with real engines."""

import json
from dataclasses import replace

import pytest

from app.evaluation.answers import answer_in, is_right
from app.evaluation.engine import Failure, SampleRun
from app.evaluation.scoring import ALARM, INCOMPLETE, score
from app.lm.types import Completion, FinishReason, TokenUsage
from app.reasoning.types import (
    Assurance,
    Budget,
    CheckReport,
    CheckResult,
    Kind,
    Problem,
    Trust,
    Verdict,
    VerdictKind,
)
from app.store.evaluation_types import Answers, AttemptEnd, Outcome, Sample
from solvers.types import ErrorClass, Language, Limits
from tests.app.reasoning.scripted import IDENTITY, Kept, completion, prolog, smt, solve

PROBLEM = Problem("Two rolls cost 3 euros each. How many euros do they cost together?", Kind.ARITHMETIC)
HEAD = ":- use_module(library(clpq)).\nrolls(2).\nprice(3).\n"
SIX = prolog(HEAD + "solve(X) :- rolls(N), price(P), {X = N * P}.\n% query: solve(X).")
FIVE = prolog(HEAD + "solve(X) :- rolls(N), price(P), {X = N + P}.\n% query: solve(X).")
NO_ANSWER = prolog("price(3).\nsolve(X) :- price(X), X > 5.\n% query: solve(X).")
SYNTAX = prolog("price(3)\nsolve(X) :- price(X).\n% query: solve(X).")
LOOP = prolog("solve(X) :- solve(X).\n% query: solve(X).")
SAMPLE = Sample("s1", PROBLEM, "6")

ANSWERED = VerdictKind.ANSWERED


def sample(answers, target, options=()):
    return Sample("s", PROBLEM, target, answers, options)


def answered(text):
    return Verdict(ANSWERED, "", text)


# Answers


@pytest.mark.parametrize(
    ("answer", "target", "right"),
    [
        ("18", "18", True),
        ("18.0", "18", True),
        ("36/2", "18", True),
        ("10/3", "10/3", True),
        ("3.3333333", "10/3", True),
        ("1.0e10", "10000000000", True),
        ("1.8e1", "18", True),
        ("-18", "18", False),
        ("18, 19", "18", False),
        ("[18]", "18", True),
        ("eighteen", "18", False),
        ("", "18", False),
        ("1e999999999", "18", False),
        ("9" * 20_000, "18", False),
    ],
)
def test_a_number_is_the_same_number_however_it_is_written(answer, target, right):
    assert is_right(sample(Answers.NUMBER, target), answered(answer)) is right


@pytest.mark.parametrize(
    ("kind", "target", "right"),
    [
        (VerdictKind.PROVED, "proved", True),
        (VerdictKind.REFUTED, "proved", False),
        (VerdictKind.UNDETERMINED, "undetermined", True),
        (VerdictKind.UNDETERMINED, "proved", False),
        (VerdictKind.PROVED, "undetermined", False),
        (VerdictKind.INCONSISTENT, "proved", False),
        (VerdictKind.INCONSISTENT, "refuted", False),
        (VerdictKind.INCONSISTENT, "inconsistent", True),
        (VerdictKind.UNRESOLVED, "undetermined", None),
    ],
)
def test_a_verdict_is_compared_with_a_verdict(kind, target, right):
    assert is_right(sample(Answers.VERDICT, target), Verdict(kind, "")) is right


def test_undetermined_is_no_answer_where_a_number_or_a_name_is_asked_for():
    for answers, target in ((Answers.NUMBER, "18"), (Answers.NAME, "ann")):
        assert is_right(sample(answers, target), Verdict(VerdictKind.UNDETERMINED, "")) is None
        assert is_right(sample(answers, target), Verdict(VerdictKind.PROVED, "")) is False
        assert is_right(sample(answers, target), Verdict(VerdictKind.INCONSISTENT, "")) is False


@pytest.mark.parametrize(
    ("answer", "target", "right"),
    [
        ("ann_lee", "Ann Lee", True),
        ("'Ann Lee'", "ann lee", True),
        ("the hawk", "Hawk", True),
        ("hawk", "The hawk.", True),
        ("ann", "anna", False),
        ("left_of(ann)", "left of Ann", False),
        ("house 3", "room 3", False),
        ("''", "ann", False),
        ("a", "A", True),
    ],
)
def test_a_name_is_the_same_name(answer, target, right):
    assert is_right(sample(Answers.NAME, target), answered(answer)) is right


BIRDS = ("The hawk is the leftmost.", "The blue jay is the leftmost.", "The owl is the leftmost.")


@pytest.mark.parametrize(
    ("answer", "options", "target", "right"),
    [
        ("b", BIRDS, "B", True),
        ("(B)", BIRDS, "B", True),
        ("option_b", BIRDS, "B", True),
        ("b", BIRDS, "A", False),
        ("d", BIRDS, "C", False),
        ("the_blue_jay_is_the_leftmost", BIRDS, "B", True),
        ("Blue jay is the leftmost", BIRDS, "B", True),
        ("B) The blue jay is the leftmost.", BIRDS, "B", True),
        ("B) The hawk is the leftmost.", BIRDS, "B", False),
        ("B) The hawk is the leftmost.", BIRDS, "A", False),
        ("blue_jay", BIRDS, "B", False),
        ("", BIRDS, "A", False),
        ("cat", ("cat", "the cat"), "A", False),
        ("0.5", ("1/4", "1/2"), "B", True),
        ("2", ("12", "2 dogs", "4"), "B", True),
        ("yes", ("True", "False", "Uncertain"), "A", True),
        ("b", ("b", "a"), "A", True),
    ],
)
def test_an_option_is_named_by_its_text_or_its_letter(answer, options, target, right):
    assert is_right(sample(Answers.OPTION, target, options), answered(answer)) is right


def test_a_verdict_chooses_among_options_that_are_verdicts():
    truth = sample(Answers.OPTION, "C", ("True", "False", "Uncertain"))
    assert is_right(truth, Verdict(VerdictKind.UNDETERMINED, "")) is True
    assert is_right(truth, Verdict(VerdictKind.PROVED, "")) is False
    assert is_right(sample(Answers.OPTION, "C", BIRDS), Verdict(VerdictKind.UNDETERMINED, "")) is None


GRID = {"Ann": {"House": "1", "Pet": "cat"}, "Ben": {"House": "2", "Pet": "guinea pig"}}


@pytest.mark.parametrize(
    ("answer", "pairs", "right"),
    [
        (json.dumps(GRID), (), True),
        ('{"ann": {"pet": "CAT", "house": 1}, "ben": {"pet": "guinea_pig", "house": 2}}', (), True),
        ('{"Ann": {"House": "1", "Pet": "cat"}}', (), False),
        ("[h(1,ann,cat),h(2,ben,guinea_pig)]", (), True),
        ("[h(2,ben,guinea_pig),h(1,cat,ann)]", (), True),
        ("[[ann,1,cat],[ben,2,'Guinea pig']]", (), True),
        ("[1-ann-cat,2-ben-guinea_pig]", (), True),
        ("[house(ann,cat),house(ben,guinea_pig)]", (), True),
        ("[house(ben,guinea_pig),house(ann,cat)]", (), False),
        ("[h(1,ann,guinea_pig),h(2,ben,cat)]", (), False),
        ("[h(1,ann,cat)]", (), False),
        ("[h(1,ann,cat),h(2,ben,guinea_pig),h(3,cleo,dog)]", (), False),
        ("[h(1,ann,cat,dog),h(2,ben,guinea_pig)]", (), False),
        ("", (("ann_house", "1"), ("ann_pet", "cat"), ("ben_house", "2"), ("ben_pet", "guinea_pig")), True),
        ("", (("(pet ann)", "cat"), ("(house ann)", "1"), ("(pet ben)", "guinea_pig"), ("(house ben)", "2")), True),
        ("", (("(pet ann)", "cat"), ("(house ann)", "2"), ("(pet ben)", "guinea_pig"), ("(house ben)", "1")), False),
        ("", (("(pet ann)", "cat"), ("(house ann)", "1")), False),
        ("", (("Ann", "1"), ("Cat", "1"), ("Ben", "2"), ("guinea_pig", "2")), True),
        ("", (("Ann", "1"), ("Cat", "2"), ("Ben", "2"), ("guinea_pig", "1")), False),
        ("ann", (), False),
        (")))((", (), False),
        ("", (), False),
    ],
)  # fmt: skip
def test_a_grid_is_right_only_with_every_cell(answer, pairs, right):
    assert is_right(sample(Answers.GRID, json.dumps(GRID)), answered(answer), pairs) is right


# Replies without a solver


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        ("2 * 3 = 6\n#### 6", "6"),
        ("#### 5\nNo, wrong.\n#### 6 euros\n", "6 euros"),
        ("**#### 6**", "6"),
        ("They cost 6 euros.", "They cost 6 euros."),
        ("2 rolls cost 6 euros.", None),
        ("#### six", None),
        ("#### 6 or 7", None),
        ("I do not know.", None),
        ("", None),
    ],
)
def test_a_number_is_read_behind_the_mark_or_where_it_is_the_only_one(reply, answer):
    assert answer_in(SAMPLE, reply) == answer


def test_a_reply_that_was_cut_off_is_believed_only_where_its_line_is_whole():
    assert answer_in(SAMPLE, "#### 18\nand so", whole=False) == "18"
    assert answer_in(SAMPLE, "so it is\n#### 18", whole=False) is None
    assert answer_in(SAMPLE, "They cost 18", whole=False) is None


@pytest.mark.parametrize(
    ("answers", "target", "options", "reply", "answer"),
    [
        (Answers.VERDICT, "proved", (), "Reasons.\n#### True", "True"),
        (Answers.VERDICT, "proved", (), "Yes.", "Yes."),
        (Answers.VERDICT, "proved", (), "It is true that it is not.", None),
        (Answers.OPTION, "B", BIRDS, "#### B", "B"),
        (Answers.OPTION, "B", BIRDS, "(B)", "(B)"),
        (Answers.OPTION, "B", BIRDS, "A and B both fit", None),
        (Answers.NAME, "ann", (), "#### Ann", "Ann"),
        (Answers.NAME, "ann", (), "Ann", None),
        (Answers.GRID, "{}", (), f"#### {json.dumps(GRID)}", json.dumps(GRID)),
        (Answers.GRID, "{}", (), "#### [1, 2]", None),
    ],
)
def test_other_answers_are_read_by_their_kind(answers, target, options, reply, answer):
    assert answer_in(sample(answers, target, options), reply) == answer


# Whole runs


async def run_of(replies, runtime, problem=PROBLEM, base=None, **arguments):
    record = Kept()
    await solve(problem, replies, runtime, record=record, **arguments)
    return SampleRun(tuple(record.events), None, base, 1.0)


def ends(result):
    return [(attempt.ended, attempt.error_class, attempt.ran, attempt.right) for attempt in result.attempts]


async def test_a_right_answer_is_correct_with_trust_and_costs(runtime):
    result = score(SAMPLE, await run_of([SIX], runtime), 2, 7)
    assert (result.outcome, result.answer, result.verdict, result.trust) == (
        Outcome.CORRECT,
        "6",
        ANSWERED,
        Trust.CERTIFIED,
    )
    assert (result.sample_id, result.epoch, result.position, result.kind) == ("s1", 2, 7, Kind.ARITHMETIC)
    assert (result.prompt_tokens, result.completion_tokens) == (100, 20)
    assert result.trace_id.startswith("trc_")
    assert result.solver_seconds > 0
    assert (result.error, result.baseline) == (None, None)
    assert ends(result) == [(AttemptEnd.ANSWERED, None, True, True)]


async def test_a_wrong_answer_is_wrong(runtime):
    result = score(SAMPLE, await run_of([FIVE], runtime), 1, 0)
    assert (result.outcome, result.answer) == (Outcome.WRONG, "5")
    assert ends(result) == [(AttemptEnd.ANSWERED, None, True, False)]


async def test_every_attempt_says_what_it_came_to(runtime):
    result = score(SAMPLE, await run_of([SYNTAX, NO_ANSWER, SIX], runtime), 1, 0)
    assert result.outcome is Outcome.CORRECT
    assert ends(result) == [
        (AttemptEnd.REJECTED, ErrorClass.SYNTAX, False, None),
        (AttemptEnd.NO_ANSWER, ErrorClass.LOGICAL, True, None),
        (AttemptEnd.ANSWERED, None, True, True),
    ]


async def test_a_spent_budget_is_an_abstention(runtime):
    result = score(SAMPLE, await run_of([NO_ANSWER, NO_ANSWER], runtime, budget=Budget(attempts=3)), 1, 0)
    assert (result.outcome, result.verdict, result.trust) == (Outcome.ABSTAINED, VerdictKind.UNRESOLVED, None)
    assert [end for end, *_ in ends(result)] == [AttemptEnd.NO_ANSWER, AttemptEnd.REPEATED]
    assert "several" not in result.reason


async def test_a_limit_and_a_reply_without_a_program_are_told_apart(runtime):
    limits = Limits(wall_seconds=0.5, cpu_seconds=0.5)
    found = await run_of(["I cannot.", LOOP], runtime, budget=Budget(attempts=2), limits=limits)
    first, second = score(SAMPLE, found, 1, 0).attempts
    assert first.ended is AttemptEnd.NOT_EXTRACTED
    assert (second.ended, second.error_class, second.ran) == (AttemptEnd.STOPPED, None, False)


async def test_a_translator_that_abstains_is_an_abstention(runtime):
    result = score(SAMPLE, await run_of([completion("it is a poem", FinishReason.ABSTAINED)], runtime), 1, 0)
    assert (result.outcome, result.attempts[0].ended) == (Outcome.ABSTAINED, AttemptEnd.ABSTAINED)


async def test_an_answer_held_back_for_too_little_trust_is_right_as_an_attempt_and_an_abstention(runtime):
    found = await run_of([SIX], runtime, assurance=Assurance(min_trust=Trust.CORROBORATED))
    result = score(SAMPLE, found, 1, 0)
    assert (result.outcome, result.answer, result.attempts[0].right) == (Outcome.ABSTAINED, None, True)


async def test_values_of_a_grid_are_read_by_the_terms_that_were_asked_for(runtime):
    program = (
        "(declare-datatypes ((Pet 0)) (((cat) (dog))))\n(declare-const ann_pet Pet)\n(declare-const ben_pet Pet)\n"
        "(assert (= ann_pet cat))\n(assert (distinct ann_pet ben_pet))\n; answer: ann_pet ben_pet"
    )
    asked = Problem("Ann and Ben have a cat and a dog. Ann has the cat. Who has what?", Kind.CONSTRAINT, Language.SMT)
    found = await run_of([smt(program)], runtime, asked)
    grid = Sample("g", asked, '{"Ann": {"Pet": "cat"}, "Ben": {"Pet": "dog"}}', Answers.GRID)
    assert score(grid, found, 1, 0).outcome is Outcome.CORRECT
    swapped = replace(grid, target='{"Ann": {"Pet": "dog"}, "Ben": {"Pet": "cat"}}')
    assert score(swapped, found, 1, 0).outcome is Outcome.WRONG


async def test_a_failure_is_an_error_with_what_was_done_until_then(runtime):
    found = await run_of([SIX], runtime)
    failed = SampleRun(found.events[:-1], Failure("LmRefusedError", "the key is wrong", False), None, 4.5)
    result = score(SAMPLE, failed, 1, 0)
    assert (result.outcome, result.error_type, result.error) == (
        Outcome.ERRORED,
        "LmRefusedError",
        "the key is wrong",
    )
    assert (result.seconds, result.prompt_tokens, result.verdict) == (4.5, 100, None)
    assert len(result.attempts) == 1
    assert score(SAMPLE, replace(failed, events=()), 1, 0).trace_id is None


async def test_a_trace_without_its_end_is_an_error(runtime):
    found = await run_of([SIX], runtime)
    result = score(SAMPLE, replace(found, events=found.events[:-1]), 1, 0)
    assert (result.outcome, result.error_type) == (Outcome.ERRORED, INCOMPLETE)


async def test_evidence_that_speaks_against_its_claim_is_an_error_and_no_answer(runtime):
    begun, ended, reached = (await run_of([SIX], runtime)).events
    refused = replace(ended.attempt, check=CheckReport(CheckResult.REFUTED, "step 2 does not follow"))
    verdict = Verdict(VerdictKind.UNRESOLVED, "the checker refuses the engine's own evidence")
    events = (begun, replace(ended, attempt=refused), replace(reached, verdict=verdict))
    result = score(SAMPLE, SampleRun(events, None, None, 1.0), 1, 0)
    assert (result.outcome, result.error_type, result.error) == (Outcome.ERRORED, ALARM, verdict.reason)
    assert result.attempts[0].right is None


@pytest.mark.parametrize(
    ("text", "finish", "outcome", "answer"),
    [
        ("#### 6", FinishReason.STOP, Outcome.CORRECT, "6"),
        ("#### 7", FinishReason.STOP, Outcome.WRONG, "7"),
        ("perhaps 6, perhaps 7", FinishReason.STOP, Outcome.ABSTAINED, None),
        ("#### 6", FinishReason.LENGTH, Outcome.ABSTAINED, None),
    ],
)
def test_the_baseline_has_an_outcome_of_its_own(text, finish, outcome, answer):
    reply = Completion(text, IDENTITY, finish, 0.5, TokenUsage(30, 5))
    found = score(SAMPLE, SampleRun((), None, reply, 1.0), 1, 0).baseline
    assert (found.outcome, found.answer, found.reply) == (outcome, answer, text)
    assert (found.prompt_tokens, found.completion_tokens, found.seconds) == (30, 5, 0.5)
