import asyncio
import dataclasses
import itertools
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlmodel import func, select

from app.errors import StoreError, TraceNotFoundError
from app.reasoning.events import AttemptEnded, TraceBegun, VerdictReached
from app.reasoning.types import Evidence, Kind, Spent, Trace, Trust, VerdictKind
from app.store.rows import AttemptRow, MessageRow, ProblemRow, RunRow, TextRow, TraceRow, VersionsRow, escape, unescape
from app.store.traces import HEAD_CHARACTERS, INTERRUPTED, Order, TraceFilter, record_events
from solvers.types import Diagnostic, ErrorClass, Language, LimitName, Rejected, Stopped
from tests.app.store.examples import ANSWERED, EVIDENCE, NOW, SPENT, attempt, problem, run, trace_id, versions
from tests.app.store.strategies import texts, values_of

_numbers = itertools.count(1_000_000)


def begin(store, number=0, **changes):
    event = TraceBegun(trace_id(number), problem(number), Kind.ARITHMETIC, Language.PROLOG, NOW, versions())
    store.record(replace(event, **changes))
    return event.trace_id


def record(store, trace):
    store.record(TraceBegun(trace.id, trace.problem, trace.kind, trace.language, trace.created_at, trace.versions))
    for each in trace.attempts:
        store.record(AttemptEnded(trace.id, each))
    store.record(VerdictReached(trace.id, trace.verdict, trace.evidence, trace.spent))


@st.composite
def traces(draw):
    trace = draw(values_of(Trace))
    numbered = tuple(replace(each, number=number) for number, each in enumerate(trace.attempts, 1))
    return replace(trace, id=trace_id(next(_numbers)), attempts=numbered)


def types_in(value):
    """The type of every part: 1, 1.0 and True are equal and not the same."""
    if dataclasses.is_dataclass(value):
        return type(value), [types_in(getattr(value, field.name)) for field in dataclasses.fields(value)]
    if isinstance(value, dict):
        return dict, [(key, types_in(part)) for key, part in value.items()]
    if isinstance(value, list | tuple):
        return type(value), [types_in(part) for part in value]
    return type(value)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(trace=traces())
def test_what_was_recorded_is_what_is_read(store, trace):
    record(store, trace)
    read = store.get(trace.id)
    assert read == trace
    assert types_in(read) == types_in(trace)
    assert read.created_at.tzinfo is UTC


@given(texts)
@example("\x1a0000")
@example("\x1a\x1a\x00")
@example("\ud800\udc00")
def test_an_escaped_text_is_storable_and_comes_back(text):
    stored = escape(text)
    stored.encode("utf-8")
    assert "\x00" not in stored
    assert unescape(stored) == text


def test_ordinary_text_stands_in_the_database_as_it_is(store, database):
    begin(store, problem=replace(problem(), text="Wie viele Stifte? 铅笔 \\x00 %s"))
    with database.reading() as session:
        stored = session.connection().exec_driver_sql("SELECT text FROM texts").scalars().all()
    assert stored == ["Wie viele Stifte? 铅笔 \\x00 %s"]


def test_a_trace_without_verdict_is_unresolved_and_keeps_its_attempts(store):
    trace = begin(store)
    assert store.get(trace).verdict == INTERRUPTED
    store.record(AttemptEnded(trace, attempt(1)))
    store.record(AttemptEnded(trace, attempt(2)))
    read = store.get(trace)
    assert read.attempts == (attempt(1), attempt(2))
    assert (read.verdict.kind, read.verdict.trust, read.evidence) == (VerdictKind.UNRESOLVED, None, Evidence())
    assert "interrupted" in read.verdict.reason
    assert read.spent == Spent(2, 1400, 120, lm_seconds=3.0, solver_seconds=0.02, seconds=3.024)


def test_an_attempt_counts_at_once(store):
    trace = begin(store)
    store.record(AttemptEnded(trace, attempt(1)))
    [summary] = store.list().summaries
    assert (summary.attempts, summary.verdict, summary.trust) == (1, VerdictKind.UNRESOLVED, None)


def test_each_text_is_stored_once(store, database):
    for number in range(5):
        trace = begin(store, number, problem=problem())
        for nth in (1, 2):
            store.record(AttemptEnded(trace, attempt(nth)))
    with database.reading() as session:
        rows = (TextRow, ProblemRow, VersionsRow, AttemptRow, MessageRow, RunRow)
        counts = {row: session.exec(select(func.count()).select_from(row)).one() for row in rows}
    assert counts[AttemptRow] == 10
    assert counts[MessageRow] == 20
    assert counts[RunRow] == 10
    # problem, two messages, completion, program, output
    assert counts[TextRow] == 6
    assert counts[ProblemRow] == counts[VersionsRow] == 1


def test_equal_texts_with_other_wishes_are_other_problems(store):
    open_world = begin(store, 1, problem=replace(problem(), kind=None))
    wished = begin(store, 2, problem=replace(problem(), kind=Kind.ENTAILMENT))
    assert store.get(open_world).problem.kind is None
    assert store.get(wished).problem.kind is Kind.ENTAILMENT


def test_an_attempt_for_no_trace_is_refused(store):
    with pytest.raises(TraceNotFoundError):
        store.record(AttemptEnded(trace_id(7), attempt()))
    with pytest.raises(TraceNotFoundError):
        store.record(VerdictReached(trace_id(7), ANSWERED, EVIDENCE, SPENT))


def test_nothing_is_recorded_twice(store):
    trace = begin(store)
    store.record(AttemptEnded(trace, attempt(1, text="first")))
    with pytest.raises(StoreError):
        begin(store)
    with pytest.raises(StoreError):
        store.record(AttemptEnded(trace, attempt(1, text="second")))
    assert store.get(trace).attempts == (attempt(1, text="first"),)
    assert store.list().summaries[0].attempts == 1


def test_a_verdict_is_final(store):
    trace = begin(store)
    store.record(VerdictReached(trace, ANSWERED, EVIDENCE, SPENT))
    with pytest.raises(StoreError, match="verdict already"):
        store.record(VerdictReached(trace, INTERRUPTED, Evidence(), SPENT))
    with pytest.raises(StoreError, match="verdict already"):
        store.record(AttemptEnded(trace, attempt()))
    assert store.get(trace).verdict == ANSWERED
    assert store.get(trace).attempts == ()


def faulty(number=1):
    return attempt(number, diagnostics=(Diagnostic(ErrorClass.SYNTAX, "no full stop"),))


def events_of(number):
    """Of a trace: faulty and repaired, faulty and broken off, or right at once."""
    name = trace_id(number)
    begun = TraceBegun(name, problem(), Kind.ARITHMETIC, Language.PROLOG, NOW, versions())
    verdict = VerdictReached(name, ANSWERED, EVIDENCE, SPENT)
    return [
        (begun, AttemptEnded(name, faulty()), AttemptEnded(name, faulty(2)), AttemptEnded(name, attempt(3)), verdict),
        (begun, AttemptEnded(name, faulty())),
        (begun, AttemptEnded(name, attempt()), verdict),
    ][number % 3]


def test_traces_that_are_recorded_together_are_what_they_are_one_by_one(store, database):
    for event in itertools.chain.from_iterable(events_of(number) for number in range(3)):
        store.record(event)
    # Of 6 to 8 the beginnings were there before.
    later = [events_of(number) for number in range(6, 9)]
    for events in later:
        store.record(events[0])
        store.record(events[1])
    with database.writing() as session:
        of_new = itertools.chain.from_iterable(events_of(number) for number in range(3, 6))
        record_events(session, [*of_new, *itertools.chain.from_iterable(events[2:] for events in later)])
    for number in range(3, 9):
        assert replace(store.get(trace_id(number)), id=trace_id(number % 3)) == store.get(trace_id(number % 3))
    answered, broken_off = (
        TraceFilter(verdict=verdict, trust=trust, error_class=ErrorClass.SYNTAX)
        for verdict, trust in ((VerdictKind.ANSWERED, Trust.EXECUTED), (VerdictKind.UNRESOLVED, None))
    )
    for wanted, numbers in ((answered, (6, 3, 0)), (broken_off, (7, 4, 1))):
        found = store.list(wanted).summaries
        assert [summary.id for summary in found] == [trace_id(number) for number in numbers]


def test_events_that_cannot_follow_each_other_are_refused_together(store, database):
    begun, ended, _, _, verdict = events_of(0)
    for events, error in (
        ([ended, begun], TraceNotFoundError),
        ([begun, verdict, ended], StoreError),
        ([begun, verdict, verdict], StoreError),
        ([begun, begun], StoreError),
        ([begun, ended, ended], StoreError),
    ):
        with pytest.raises(error), database.writing() as session:
            record_events(session, events)
        assert store.list().summaries == ()


def test_evidence_that_is_no_json_is_refused_whole(store):
    trace = begin(store)
    for value in (object(), {1: "a"}, float("nan"), b"bytes"):
        with pytest.raises(TypeError):
            store.record(VerdictReached(trace, ANSWERED, Evidence(inference={"value": value}), SPENT))
    assert store.get(trace).verdict == INTERRUPTED


def test_a_number_beyond_the_database_is_an_error_that_leaves_nothing_behind(store):
    trace = begin(store)
    with pytest.raises(StoreError, match="too large"):
        store.record(VerdictReached(trace, ANSWERED, EVIDENCE, replace(SPENT, prompt_tokens=2**70)))
    assert store.get(trace).verdict == INTERRUPTED


def test_a_moment_without_time_zone_is_refused(store):
    with pytest.raises(Exception, match="no time zone"):
        begin(store, created_at=datetime(2026, 1, 1))
    assert store.list().summaries == ()


@pytest.mark.parametrize(
    "name", ["", "trc_", "trc_01\x00", "trc_\ud800", "x" * 10_000, "trc_01' OR 1=1", trace_id(404)]
)
def test_an_id_of_no_trace_is_not_found(store, name):
    begin(store)
    with pytest.raises(TraceNotFoundError):
        store.get(name)


def test_rows_that_something_else_wrote_are_a_store_error(store, database):
    trace = begin(store)
    with database.writing() as session:
        session.connection().exec_driver_sql("UPDATE traces SET verdict = 'certain'")
    with pytest.raises(StoreError, match="newer version"):
        store.get(trace)
    with pytest.raises(StoreError, match="newer version"):
        store.list()


def test_a_layer_that_an_old_row_does_not_name_was_not_there(store, database):
    trace = begin(store)
    store.record(AttemptEnded(trace, attempt()))
    with database.writing() as session:
        session.exec(select(RunRow)).one().sandbox = {"policy": True}
    [read] = store.get(trace).attempts
    [sandbox] = [each.sandbox for each in read.runs.values()]
    assert sandbox.policy
    assert not sandbox.seccomp


def test_how_a_run_ended_can_be_queried(store, database):
    trace = begin(store)
    stopped = replace(run(), ending=Stopped(LimitName.WALL_SECONDS))
    rejected = replace(run(), ending=Rejected((Diagnostic(ErrorClass.SYNTAX, "no full stop"),)))
    for number, each in enumerate([run(), stopped, rejected], 1):
        some = attempt(number)
        store.record(AttemptEnded(trace, replace(some, runs=dict.fromkeys(some.runs, each))))
    with database.reading() as session:
        ends = session.exec(select(RunRow.status, RunRow.limit_name, RunRow.outcome).order_by(RunRow.number)).all()
    assert ends == [("finished", None, "answers"), ("stopped", "wall_seconds", None), ("rejected", None, None)]


def test_threads_record_beside_each_other(store):
    for number in range(6):
        begin(store, number)
    faults = []

    def work(number):
        try:
            for nth in range(1, 16):
                store.record(AttemptEnded(trace_id(number), attempt(nth, text=f"{number} {nth}")))
                assert len(store.get(trace_id(number)).attempts) == nth
        except Exception as error:  # noqa: BLE001
            faults.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert [summary.attempts for summary in store.list().summaries] == [15] * 6


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_cancelled_recording_is_finished_first(store, anyio_backend):
    recording = asyncio.create_task(
        store.record_in_thread(TraceBegun(trace_id(1), problem(), Kind.ARITHMETIC, Language.PROLOG, NOW, versions()))
    )
    await asyncio.sleep(0)
    recording.cancel()
    with pytest.raises(asyncio.CancelledError):
        await recording
    assert store.get(trace_id(1)).verdict == INTERRUPTED


# Lists


def some_traces(store, count=24):
    """Traces that differ in everything a list is filtered by; gives back what a filter should see, oldest first."""
    kept = []
    for number in range(count):
        error_class = list(ErrorClass)[number % 4] if number % 3 else None
        verdict = replace(
            ANSWERED, kind=list(VerdictKind)[number % 5], trust=[None, Trust.EXECUTED, Trust.CERTIFIED][number % 3]
        )
        begin(
            store,
            number,
            kind=list(Kind)[number % 4],
            language=list(Language)[number % 2],
            created_at=NOW + timedelta(minutes=number),
        )
        for nth in (1, 2):
            faults = (Diagnostic(error_class, "m"), Diagnostic(error_class, "n")) if error_class else ()
            store.record(AttemptEnded(trace_id(number), attempt(nth, diagnostics=faults)))
        if number % 7:
            store.record(VerdictReached(trace_id(number), verdict, EVIDENCE, SPENT))
        kept.append((store.get(trace_id(number)), error_class))
    return kept


def passes(filter, trace, error_class):
    return (
        filter.verdict in (None, trace.verdict.kind)
        and filter.trust in (None, trace.verdict.trust)
        and filter.kind in (None, trace.kind)
        and filter.language in (None, trace.language)
        and filter.error_class in (None, error_class)
        and (filter.created_from is None or filter.created_from <= trace.created_at)
        and (filter.created_before is None or trace.created_at < filter.created_before)
    )


def wished(values):
    return st.none() | st.sampled_from(values)


moments = st.none() | st.integers(-1, 25).map(lambda minutes: NOW + timedelta(minutes=minutes))

filters = st.builds(
    TraceFilter,
    verdict=wished(VerdictKind),
    trust=wished(Trust),
    kind=wished(Kind),
    language=wished(Language),
    error_class=wished(ErrorClass),
    created_from=moments,
    created_before=moments,
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(data=st.data())
def test_pages_hold_exactly_what_passes_the_filter_in_order(store, data):
    if not hasattr(store, "kept"):
        store.kept = some_traces(store)
    filter = data.draw(filters)
    order = data.draw(st.sampled_from(Order))
    limit = data.draw(st.integers(1, 9))
    expected = [trace.id for trace, error_class in store.kept if passes(filter, trace, error_class)]
    if order is Order.NEWEST_FIRST:
        expected.reverse()
    found, after = [], None
    while True:
        page = store.list(filter, after=after, limit=limit, order=order)
        found += [summary.id for summary in page.summaries]
        if not page.has_more:
            break
        assert len(page.summaries) == limit
        after = found[-1]
    assert found == expected


def test_a_summary_says_what_a_list_shows(store):
    begin(store, problem=replace(problem(), text="ab\x00\ud800" * 100))
    store.record(AttemptEnded(trace_id(0), attempt()))
    store.record(VerdictReached(trace_id(0), ANSWERED, EVIDENCE, SPENT))
    [summary] = store.list().summaries
    assert summary.problem == ("ab\x00\ud800" * 100)[:HEAD_CHARACTERS] + "…"
    assert (summary.id, summary.created_at) == (trace_id(0), NOW)
    assert (summary.kind, summary.language) == (Kind.ARITHMETIC, Language.PROLOG)
    assert (summary.verdict, summary.trust, summary.answer, summary.attempts) == (
        VerdictKind.ANSWERED,
        Trust.EXECUTED,
        "18",
        1,
    )


def test_a_page_does_not_shift_when_traces_come(store):
    for number in (1, 2, 3, 4):
        begin(store, number)
    first = store.list(limit=2)
    begin(store, 5)
    second = store.list(limit=2, after=first.summaries[-1].id)
    assert [summary.id for summary in first.summaries + second.summaries] == [trace_id(n) for n in (4, 3, 2, 1)]


def test_a_list_goes_by_time_and_by_id_where_that_is_the_same(store):
    for number, minutes in ((1, 5), (2, 0), (3, 0)):
        begin(store, number, created_at=NOW + timedelta(minutes=minutes))
    for filter in (TraceFilter(), TraceFilter(kind=Kind.ARITHMETIC, language=Language.PROLOG)):
        first = store.list(filter, limit=2)
        second = store.list(filter, limit=2, after=first.summaries[-1].id)
        assert [summary.id for summary in first.summaries + second.summaries] == [trace_id(n) for n in (1, 3, 2)]


def test_a_list_refuses_what_is_no_id_and_no_limit(store):
    for after in ("'; DROP TABLE traces", trace_id(404)):
        with pytest.raises(TraceNotFoundError):
            store.list(after=after)
    with pytest.raises(ValueError, match="at least one"):
        store.list(limit=0)


def test_a_list_of_nothing_is_empty(store):
    page = store.list()
    assert page.summaries == ()
    assert not page.has_more


def test_a_trace_row_begins_without_a_verdict_that_could_be_believed(store, database):
    begin(store)
    with database.reading() as session:
        row = session.exec(select(TraceRow)).one()
    assert (row.verdict, row.trust, row.answer, row.concluded_at) == ("unresolved", None, None, None)
