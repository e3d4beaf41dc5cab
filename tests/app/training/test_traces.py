"""Verified traces as rows, and the guard against problems that an evaluation uses."""

import tracemalloc
from datetime import timedelta

import pytest

from app.reasoning.types import Kind, Problem, Purpose, Trust, Verdict, VerdictKind, World
from app.store.traces import Conversation, Exchange
from app.training.row_files import from_json, to_json
from app.training.rows import Row, Task
from app.training.traces import Counts, LeftOut, Selection, verified_rows, verified_traces
from solvers.types import Language
from tests.app.store.examples import NOW
from tests.app.training.recorded import FIRST, REPAIR, record


def ids(traces):
    return [trace.row.id for trace in traces]


def test_a_row_is_the_problem_and_the_completion_that_the_verdict_rests_on(store):
    id = record(store, 1, "How many?", ["bad", "good"], second="the other language")
    (row,) = verified_rows(store)
    problem = Problem("How many?", Kind.ARITHMETIC, Language.PROLOG, World.OPEN)
    assert row == Row(Task.SOLVE, problem, "good", "18", "traces", id)
    assert from_json(to_json(row)) == row


def test_the_trace_says_what_the_completion_replied_to_and_what_failed_before(store):
    record(store, 1, "How many?", ["bad", "bad", "good"], trust=Trust.CORROBORATED, second="the other language")
    (trace,) = verified_traces(store)
    assert (trace.trust, trace.prompt, trace.failed) == (Trust.CORROBORATED, REPAIR, ("bad",))
    record(store, 2, "How many more?", ["good at once"])
    assert next(t for t in verified_traces(store) if t.row.completion == "good at once").prompt == FIRST


def test_only_what_reaches_the_trust_is_taken(store):
    every = {}
    for number, trust in enumerate([*Trust, None]):
        every[trust] = record(store, number, f"P{number}", ["x"], trust=trust)
    assert ids(verified_traces(store)) == [every[Trust.CERTIFIED], every[Trust.CORROBORATED]]
    assert ids(verified_traces(store, Selection(Trust.CORROBORATED))) == [every[Trust.CORROBORATED]]
    assert ids(verified_traces(store, Selection(Trust.EXECUTED))) == [every[trust] for trust in Trust]


def test_kind_language_and_time_narrow_the_selection(store):
    record(store, 1, "a", ["x"], kind=Kind.CONSTRAINT, language=Language.SMT)
    record(store, 2, "b", ["x"], created_at=NOW + timedelta(days=2))
    assert len(ids(verified_traces(store, Selection(kind=Kind.CONSTRAINT)))) == 1
    assert len(ids(verified_traces(store, Selection(language=Language.SMT)))) == 1
    assert len(ids(verified_traces(store, Selection(kind=Kind.CONSTRAINT, language=Language.PROLOG)))) == 0
    assert len(ids(verified_traces(store, Selection(created_from=NOW + timedelta(days=1))))) == 1


def test_an_entailment_has_its_verdict_for_an_answer(store):
    record(store, 1, "Does it follow?", ["x"], kind=Kind.ENTAILMENT, verdict=VerdictKind.REFUTED, answer=None)
    assert next(verified_rows(store)).answer == "refuted"


def test_what_the_guard_names_is_left_out_and_counted(store):
    for number, text in enumerate(["An evaluated problem", "Another one", "An evaluated problem"]):
        record(store, number, text, [f"x{number}"])
    counts = Counts()
    rows = list(verified_rows(store, guard=lambda texts: ["evaluated" in text for text in texts], counts=counts))
    assert [row.problem.text for row in rows] == ["Another one"]
    assert (counts.traces, counts.left_out) == (3, {LeftOut.EVALUATED: 2})


def test_the_same_problem_with_the_same_completion_is_one_row(store):
    for number, (text, reply) in enumerate([("p", "x"), ("p", "x"), ("p", "y"), (" p\n", "x"), ("q", "x")]):
        record(store, number, text, [reply])
    counts = Counts()
    rows = list(verified_rows(store, counts=counts))
    assert [(row.problem.text, row.completion) for row in rows] == [("p", "x"), ("p", "y"), ("q", "x")]
    assert counts.left_out == {LeftOut.REPEATED: 2}


def test_what_is_no_text_is_left_out_and_never_ends_the_export(store):
    record(store, 1, "half a character: \ud800", ["x"])
    record(store, 2, "fine", ["NUL \0"])
    record(store, 3, "fine", ["ok"])
    counts = Counts()
    assert [row.id[-1] for row in verified_rows(store, counts=counts)] == ["3"]
    assert counts.left_out == {LeftOut.NOT_TEXT: 2}


def test_a_verdict_on_an_attempt_that_is_not_recorded_gives_no_row(store):
    record(store, 1, "p", ["x"], concluded=7)
    counts = Counts()
    assert list(verified_rows(store, counts=counts)) == []
    assert counts.left_out == {LeftOut.NO_ATTEMPT: 1}


def test_every_trace_comes_once_over_the_edges_of_pages(store, monkeypatch):
    monkeypatch.setattr("app.training.traces._PAGE", 3)
    every = [record(store, number, f"P{number}", ["x"]) for number in range(10)]
    assert ids(verified_traces(store)) == every


class Endless:
    """A store of so many certified traces, none of which is kept anywhere."""

    def __init__(self, number):
        self.number = number

    def conversations(self, filter, *, after=None, limit=200):
        if filter.trust is not Trust.CERTIFIED:
            return ()
        first = 0 if after is None else int(after) + 1
        return tuple(self.made(number) for number in range(first, min(first + limit, self.number)))

    def made(self, number):
        text = f"{number} " + "How many pens has Ann? " * 10
        return Conversation(
            id=str(number),
            problem=Problem(text),
            kind=Kind.ARITHMETIC,
            language=Language.PROLOG,
            verdict=Verdict(VerdictKind.ANSWERED, "", "1", Trust.CERTIFIED),
            attempt=1,
            exchanges=(Exchange(1, Purpose.FORMALISATION, FIRST, text, failed=False),),
        )


@pytest.mark.parametrize("number", [2_000, 12_000])
def test_memory_does_not_grow_with_the_number_of_traces(number):
    tracemalloc.start()
    try:
        assert sum(1 for _ in verified_rows(Endless(number))) == number
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 3_000_000, "a page, and what there is of temporary things"
