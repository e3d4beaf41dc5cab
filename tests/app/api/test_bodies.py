"""The JSON that goes out, and the strict reading of what comes in."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.api.bodies import FailureRead, ItemRead, LimitsCreate, ProblemCreate, RunRead
from app.api.errors import ApiError
from app.api.requests import strict_json
from app.api.text import clean, fault_of_text, printable
from app.reasoning.types import Kind, Problem
from solvers import (
    Answers,
    Finished,
    Layers,
    LimitName,
    Rejected,
    Run,
    Satisfiable,
    Stopped,
    Substitution,
    Unknown,
    Unsatisfiable,
    Usage,
    Value,
    ValueKind,
    run_to_json,
)
from solvers.types import Diagnostic, ErrorClass, NoAnswer

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


def run_with(ending, output=""):
    return Run(ending, output, Usage(0.1, 0.05, 24.0), Layers())


ENDINGS = [
    Finished(Answers((Substitution({"X": Value("18", ValueKind.INTEGER)}, ("Y > 3",)),), exhausted=False)),
    Finished(NoAnswer()),
    Finished(Satisfiable({"x": Value("10/3", ValueKind.RATIONAL)})),
    Finished(Unsatisfiable(("a", "b")), (Satisfiable(), Unsatisfiable(("a", "b")))),
    Finished(Unknown("incomplete"), (Unknown("incomplete"),)),
    Finished(Unknown("no check"), ()),
    Stopped(LimitName.MEMORY_MIB),
    Rejected((Diagnostic(ErrorClass.SYNTAX, "a full stop is missing", 3, 7, "p/1", "Did you mean q/1?"),)),
]


@pytest.mark.parametrize("ending", ENDINGS, ids=lambda ending: str(ending)[:40])
def test_a_run_reads_as_the_solvers_write_it(ending):
    run = run_with(ending)
    assert json.loads(RunRead.of(run).model_dump_json()) == json.loads(json.dumps(run_to_json(run)))


@given(st.text(st.characters()))
def test_whatever_a_program_prints_is_valid_json_and_utf8(output):
    body = RunRead.of(run_with(ENDINGS[0], output)).model_dump_json().encode("utf-8")
    assert json.loads(body)["output"] == clean(output)


def test_a_lone_surrogate_in_an_answer_is_shown_as_a_replacement():
    ending = Finished(Answers((Substitution({"X": Value("a\ud800", ValueKind.ATOM)}),), exhausted=True))
    assert RunRead.of(run_with(ending)).outcome.answers == [{"X": "a\ufffd"}]


def test_an_item_is_a_run_under_its_id_or_a_failure():
    item = ItemRead.of("a", run_with(ENDINGS[0]))
    assert (item.id, item.status, item.error) == ("a", "finished", None)
    failed = ItemRead.of(None, FailureRead(type="urn:x", title="t", detail="d"))
    assert (failed.status, failed.outcome, failed.usage) == ("error", None, None)


def test_auto_is_a_problem_whose_kind_nobody_said():
    assert ProblemCreate(problem="x").to_problem() == Problem("x")
    assert ProblemCreate(problem="x", kind="constraint").to_problem().kind is Kind.CONSTRAINT


@pytest.mark.parametrize("value", [10, 10.0, 1])
def test_a_whole_number_may_be_written_with_a_point(value):
    assert LimitsCreate.model_validate({"memory_mib": value}).memory_mib == int(value)


@given(JSON)
def test_strict_json_reads_what_json_writes(value):
    for ascii_only in (True, False):
        assert strict_json(json.dumps(value, ensure_ascii=ascii_only).encode()) == value


@given(st.binary(max_size=200))
def test_strict_json_gives_a_value_or_a_problem_for_any_bytes(data):
    try:
        said = json.dumps(strict_json(data), ensure_ascii=False, allow_nan=False)
    except ApiError as error:
        said = f"{error.status_code} {error.detail}"
    said.encode("utf-8")


@given(st.text(st.characters()))
def test_what_is_printed_holds_no_character_that_acts_on_a_terminal(text):
    shown = printable(text)
    shown.encode("utf-8")
    assert not set(shown) & {"\x1b", "\x07", "\r", "\x9b", "\u202e", "\u2066", "\x00"}


@given(TEXT.filter(lambda text: "\0" not in text))
def test_any_text_without_nul_is_one(text):
    assert fault_of_text(text) is None
    assert clean(text) == text
