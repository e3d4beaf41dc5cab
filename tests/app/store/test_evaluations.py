import threading
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event
from sqlmodel import func, select

from app.errors import (
    DatasetNotFoundError,
    EvaluationNotFoundError,
    EvaluationStateError,
    LeaseLostError,
    StoreError,
    TraceNotFoundError,
)
from app.lm.types import LmIdentity
from app.reasoning.events import AttemptEnded, TraceBegun, VerdictReached
from app.reasoning.types import Kind, Problem, Trust
from app.store.datasets import MAX_SAMPLE_ID
from app.store.evaluation_states import OWNED, RELEASED
from app.store.evaluation_types import (
    ENDED,
    AttemptEnd,
    AttemptSummary,
    Baseline,
    Counts,
    DatasetSummary,
    EvaluationConfig,
    Lease,
    Outcome,
    Result,
    ResultFilter,
    Sample,
    State,
    StateChange,
    Wanted,
)
from app.store.evaluations import EvaluationStore, chosen_positions
from app.store.rows import EvaluationRow, SampleRow, TextRow, TraceRow
from app.store.traces import INTERRUPTED, Order
from solvers.types import ErrorClass, Language
from tests.app.store.examples import ANSWERED, EVIDENCE, LM, NOW, SPENT, attempt, problem, trace_id, versions
from tests.app.store.strategies import evaluation_configs, results, samples

SHA = "d" * 64
CONFIG = EvaluationConfig("recorded:some.jsonl")
SLOW = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest.fixture
def evaluations(database):
    return EvaluationStore(database)


def some_samples(count=4):
    return tuple(Sample(f"s{n}", problem(n), f"gold {n}") for n in range(count))


def evaluation_id(number=0):
    return f"evl_{number:026d}"


def created(evaluations, number=0, *, count=4, config=CONFIG, attended=False):
    sha256 = f"{count:064d}"
    evaluations.add_dataset("some", "made up", "CC0-1.0", sha256, some_samples(count))
    return evaluations.create(evaluation_id(number), sha256, config, attended=attended).id


def taken(evaluations, name, owner="ann"):
    lease = evaluations.take(name, owner, evaluations.heartbeat(name))
    assert lease is not None
    return lease


def result(position=0, outcome=Outcome.CORRECT, epoch=1, **changes):
    made = Result(f"s{position}", position, epoch, outcome, f"gold {position}", prompt_tokens=10, completion_tokens=5)
    return replace(made, **changes)


def events(number, text=None):
    """Of a whole trace."""
    name = trace_id(number)
    return (
        TraceBegun(name, problem(), Kind.ARITHMETIC, Language.PROLOG, NOW, versions()),
        AttemptEnded(name, attempt(text=str(number) if text is None else text)),
        VerdictReached(name, ANSWERED, EVIDENCE, SPENT),
    )


def traced(position=0, number=None, text=None, **changes):
    number = position if number is None else number
    return result(position, trace_id=trace_id(number), **changes), events(number, text)


def all_results(evaluations, name, wanted=None, limit=1000):
    found, after = [], 0
    while True:
        page, more = evaluations.results(name, limit, after, wanted)
        found += page
        if not more:
            return found
        assert len(page) == limit
        after = page[-1].sequence


def rows(database, row):
    with database.reading() as session:
        return session.exec(select(func.count()).select_from(row)).one()


def at_once(count, work):
    """What `work` gives for each number, in threads that begin together; an exception it raises is what it gives."""
    got, start = [], threading.Barrier(count)

    def begin(number):
        start.wait()
        try:
            got.append(work(number))
        except Exception as error:  # noqa: BLE001
            got.append(error)

    threads = [threading.Thread(target=begin, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return got


# Datasets


@SLOW
@given(drawn=st.lists(samples(), min_size=1, max_size=4, unique_by=lambda sample: sample.id), number=st.integers(0))
def test_samples_are_read_as_they_were_added(evaluations, drawn, number):
    sha256 = f"{number % 10**60:064d}"
    if number_of_samples(evaluations, sha256) is not None:
        return
    evaluations.add_dataset("drawn", "", "", sha256, drawn)
    assert evaluations.samples(sha256) == tuple(drawn)
    assert evaluations.samples(sha256, 1, 2) == tuple(drawn[1:3])
    assert evaluations.samples_at(sha256, [0, 99]) == {0: drawn[0]}


def number_of_samples(evaluations, sha256):
    try:
        return evaluations.dataset(sha256).samples
    except DatasetNotFoundError:
        return None


def test_a_dataset_is_its_hash_and_stays_as_it_was_first_added(evaluations):
    first = evaluations.add_dataset("first", "a.jsonl", "MIT", SHA, some_samples())
    again = evaluations.add_dataset("second", "b.jsonl", "", SHA, some_samples(2))
    assert again == first == evaluations.dataset(SHA)
    assert first == DatasetSummary(SHA, "first", "a.jsonl", "MIT", 4, first.created_at)
    assert first.created_at.tzinfo is UTC
    assert evaluations.samples(SHA) == some_samples()


def test_a_dataset_that_several_add_at_once_is_kept_once(evaluations):
    got = at_once(4, lambda number: evaluations.add_dataset(str(number), "", "", SHA, some_samples(50)))
    assert got == [evaluations.dataset(SHA)] * 4
    assert evaluations.samples(SHA) == some_samples(50)


def test_equal_problems_of_two_datasets_stand_in_the_database_once(evaluations, database):
    evaluations.add_dataset("first", "", "", SHA, some_samples())
    evaluations.add_dataset("second", "", "", "e" * 64, some_samples())
    assert rows(database, SampleRow) == 8
    assert rows(database, TextRow) == 4


@pytest.mark.parametrize(
    ("ids", "said"),
    [
        (["a", "b", "a"], "two samples have the id 'a'"),
        ([], "at least one"),
        (["x" * (MAX_SAMPLE_ID + 1)], "at most"),
    ],
)
def test_a_dataset_that_is_at_fault_is_refused_whole(evaluations, database, ids, said):
    with pytest.raises(ValueError, match=said):
        evaluations.add_dataset("bad", "", "", SHA, [Sample(name, problem(), "1") for name in ids])
    assert number_of_samples(evaluations, SHA) is None
    assert rows(database, SampleRow) == rows(database, TextRow) == 0


def test_a_dataset_that_breaks_off_leaves_nothing_behind(evaluations, database):
    def breaking():
        yield from some_samples(3)
        raise OSError("the file ends")

    with pytest.raises(OSError, match="the file ends"):
        evaluations.add_dataset("broken", "", "", SHA, breaking())
    assert number_of_samples(evaluations, SHA) is None
    assert rows(database, SampleRow) == rows(database, TextRow) == 0


def test_the_longest_id_of_the_widest_characters_is_kept_and_found(evaluations):
    name = "\x1a" * MAX_SAMPLE_ID
    evaluations.add_dataset("wide", "", "", SHA, [Sample(name, problem(), "1")])
    assert [sample.id for sample in evaluations.samples(SHA)] == [name]


def test_a_large_dataset_is_added_and_read_in_order(evaluations):
    many = tuple(Sample(str(n), Problem(f"How much is {n} and {n}?"), str(2 * n)) for n in range(5000))
    evaluations.add_dataset("many", "", "", SHA, iter(many))
    assert evaluations.samples(SHA) == many
    assert evaluations.samples(SHA, 2998, 4) == many[2998:3002]


def test_datasets_are_listed_the_newest_first(evaluations):
    names = [f"{number:064d}" for number in (3, 1, 2)]
    for name in names:
        evaluations.add_dataset(name, "", "", name, some_samples(1))
    first, more = evaluations.datasets(2)
    rest, no_more = evaluations.datasets(2, after=first[-1].sha256)
    assert [dataset.sha256 for dataset in first + rest] == names[::-1]
    assert (more, no_more) == (True, False)


# Evaluations


@SLOW
@given(drawn=evaluation_configs())
def test_how_an_evaluation_is_run_is_read_as_it_was_created(evaluations, drawn):
    if number_of_samples(evaluations, SHA) is None:
        evaluations.add_dataset("some", "", "", SHA, some_samples())
        evaluations.next_number = 0
    evaluations.next_number += 1
    name = evaluation_id(evaluations.next_number)
    made = evaluations.create(name, SHA, drawn, attended=False)
    assert evaluations.get(name) == made
    assert made.config == drawn
    assert made.counts.waiting == min(4, drawn.limit or 4) * drawn.epochs


def test_a_new_evaluation_is_queued_and_nobody_works_on_it(evaluations):
    made = evaluations.get(created(evaluations, attended=True))
    assert (made.state, made.reason, made.counts) == (State.QUEUED, "", Counts(waiting=4))
    assert (made.attended, made.owned, made.lm, made.versions, made.tokens) == (True, False, None, {}, 0)
    assert made.created_at.tzinfo is UTC
    assert (made.started_at, made.ended_at) == (None, None)
    assert [change.state for change in evaluations.changes(made.id)] == [State.QUEUED]


@pytest.mark.parametrize("config", [replace(CONFIG, epochs=0), replace(CONFIG, limit=0), replace(CONFIG, limit=-1)])
def test_an_evaluation_of_nothing_is_refused(evaluations, config):
    with pytest.raises(ValueError, match="at least one"):
        created(evaluations, config=config)
    assert evaluations.last() is None


def test_what_is_no_evaluation_is_not_found(evaluations):
    created(evaluations)
    calls = (
        evaluations.get,
        evaluations.missing,
        evaluations.counts,
        evaluations.changes,
        evaluations.retry_errored,
        evaluations.heartbeat,
        lambda name: evaluations.ask(name, Wanted.PAUSE),
        lambda name: evaluations.take(name, "ann", (0, 0)),
        lambda name: evaluations.beat(Lease(name, "ann", 1)),
        lambda name: evaluations.results(name, 1),
        lambda name: evaluations.earlier(name, 1),
        lambda name: evaluations.happened(name, 1),
    )
    for name in ("", "evl_", "evl_01\x00", "evl_\ud800", "x" * 10_000, trace_id(1), evaluation_id(404)):
        for call in calls:
            with pytest.raises(EvaluationNotFoundError):
                call(name)


def test_what_is_no_dataset_is_not_found(evaluations):
    calls = (
        evaluations.dataset,
        evaluations.samples,
        lambda sha256: evaluations.samples_at(sha256, [0]),
        lambda sha256: evaluations.datasets(1, after=sha256),
        lambda sha256: evaluations.create(evaluation_id(), sha256, CONFIG, attended=False),
    )
    for sha256 in ("", "f" * 64, "f" * 63 + "\x00", "' OR 1=1"):
        for call in calls:
            with pytest.raises(DatasetNotFoundError):
                call(sha256)


def test_an_evaluation_is_created_once(evaluations):
    created(evaluations)
    with pytest.raises(StoreError):
        created(evaluations)


def test_evaluations_are_listed_by_id_in_pages(evaluations):
    names = [created(evaluations, number) for number in range(5)]
    evaluations.ask(names[1], Wanted.PAUSE)
    evaluations.ask(names[3], Wanted.PAUSE)

    def pages(limit, **options):
        found, after = [], None
        while True:
            page, more = evaluations.list(limit, after, **options)
            found += [each.id for each in page]
            if not more:
                return found
            after = found[-1]

    assert pages(2) == names[::-1]
    assert pages(2, order=Order.OLDEST_FIRST) == names
    assert pages(1, state=State.PAUSED) == [names[3], names[1]]
    assert evaluations.last().id == names[-1]


# From state to state


def brought_to(evaluations, name, state):
    """An evaluation in `state`, and its lease where somebody owns it."""
    if state is State.QUEUED:
        return None
    lease = taken(evaluations, name)
    if state in OWNED:
        evaluations.set_state(lease, state)
        return lease
    evaluations.record(lease, [(result(n), ()) for n in range(4)] if state is State.COMPLETED else [])
    evaluations.release(lease, state)
    return None


ASKED = """
             run          pause        cancel
validating   validating   validating   cancelling
queued       queued       paused       cancelled
in_progress  in_progress  in_progress  cancelling
finalizing   finalizing   finalizing   cancelling
completed    refused      refused      refused
failed       queued       refused      refused
cancelling   refused      refused      cancelling
cancelled    refused      refused      refused
paused       queued       paused       cancelled
"""


def table(text):
    head, *lines = [line.split() for line in text.strip().splitlines()]
    return [(first, name, value) for first, *values in lines for name, value in zip(head, values, strict=True)]


def test_every_wish_leads_from_every_state_as_the_table_says(evaluations):
    for number, (state, wanted, left) in enumerate(table(ASKED)):
        name = created(evaluations, number)
        brought_to(evaluations, name, State(state))
        before, history = evaluations.get(name), evaluations.changes(name)
        assert before.state == state
        if left == "refused":
            with pytest.raises(EvaluationStateError, match=f"is {state} and cannot be"):
                evaluations.ask(name, Wanted(wanted))
            assert evaluations.get(name) == before
        else:
            assert evaluations.ask(name, Wanted(wanted)) == evaluations.get(name)
            assert (state, wanted, evaluations.get(name).state) == (state, wanted, left)
        assert len(evaluations.changes(name)) == len(history) + (left not in (state, "refused"))


LEFT = """
           nothing    pause      pause,run  cancel
queued     queued     paused     queued     cancelled
paused     paused     paused     queued     cancelled
failed     failed     failed     failed     cancelled
cancelled  cancelled  cancelled  cancelled  cancelled
completed  completed  completed  completed  completed
"""


def test_what_was_asked_while_the_owner_stopped_is_done_when_he_gives_back(evaluations):
    for number, (state, asked, left) in enumerate(table(LEFT)):
        name = created(evaluations, number)
        lease = taken(evaluations, name)
        evaluations.record(lease, [(result(n), ()) for n in range(4)])
        for wanted in asked.split(",") if asked != "nothing" else ():
            evaluations.ask(name, Wanted(wanted))
        released = evaluations.release(lease, State(state), "a reason")
        assert released == evaluations.get(name)
        assert (state, asked, released.state) == (state, asked, left)
        assert released.reason == ("" if left in ("queued", "completed") else "a reason")
        assert (released.ended_at is not None) == (State(left) in ENDED)
        # Nothing of it is wanted of the next owner.
        if left == "queued":
            assert evaluations.beat(taken(evaluations, name)) is Wanted.RUN


def test_an_owner_says_what_he_does_and_leaves_it_only_where_nobody_has_to_work(evaluations):
    lease = taken(evaluations, created(evaluations))
    for state in set(State) - OWNED:
        with pytest.raises(ValueError, match="release"):
            evaluations.set_state(lease, state)
    for state in set(State) - RELEASED:
        with pytest.raises(ValueError, match="nobody can leave"):
            evaluations.release(lease, state)
    evaluations.beat(lease)


def test_an_evaluation_is_not_complete_while_a_result_is_missing(evaluations):
    name = created(evaluations)
    lease = taken(evaluations, name)
    evaluations.record(lease, [(result(n), ()) for n in range(3)])
    with pytest.raises(EvaluationStateError, match="1 of 4 results are missing"):
        evaluations.release(lease, State.COMPLETED)
    assert evaluations.get(name).owned
    evaluations.record(lease, [(result(3), ())])
    assert evaluations.release(lease, State.COMPLETED).state is State.COMPLETED


operations = st.one_of(
    st.tuples(st.just("ask"), st.sampled_from(Wanted)),
    st.tuples(st.just("take"), st.integers(0, 1)),
    st.tuples(st.just("beat"), st.integers(0, 1)),
    st.tuples(st.just("set_state"), st.integers(0, 1), st.sampled_from(State)),
    st.tuples(st.just("release"), st.integers(0, 1), st.sampled_from(State)),
    st.tuples(
        st.just("record"),
        st.integers(0, 1),
        st.lists(st.tuples(st.integers(0, 2), st.integers(1, 2), st.sampled_from(Outcome)), max_size=4),
    ),
    st.just(("retry_errored",)),
)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(planned=st.lists(operations, min_size=6, max_size=16))
def test_no_sequence_of_operations_leaves_a_wrong_state_or_wrong_counts(evaluations, database, planned):
    evaluations.next_number = getattr(evaluations, "next_number", 0) + 1
    name = created(evaluations, evaluations.next_number, count=3, config=replace(CONFIG, epochs=2))
    leases = [Lease(name, "ann", 0), Lease(name, "ben", 0)]
    owner = None
    for operation, *arguments in planned:
        before = everything(evaluations, name)
        who = arguments[0] if operation in ("take", "beat", "set_state", "release", "record") else None
        try:
            match operation, arguments:
                case "take", [_]:
                    lease = evaluations.take(name, leases[who].owner, evaluations.heartbeat(name))
                    if lease is not None:
                        leases[who], owner = lease, who
                case "ask", [wanted]:
                    evaluations.ask(name, wanted)
                case "beat", _:
                    evaluations.beat(leases[who])
                case "set_state", [_, state]:
                    evaluations.set_state(leases[who], state)
                case "release", [_, state]:
                    evaluations.release(leases[who], state)
                    owner = None
                case "record", [_, drawn]:
                    evaluations.record(leases[who], [(result(n, each, epoch), ()) for n, epoch, each in drawn])
                case _:
                    evaluations.retry_errored(name)
        except LeaseLostError:
            assert owner != who
            assert everything(evaluations, name) == before
        except (EvaluationStateError, ValueError):
            assert everything(evaluations, name) == before
        else:
            assert operation in ("take", "ask", "retry_errored") or owner == who or operation == "release"
        hold(evaluations, database, name, owned=owner is not None)


def everything(evaluations, name):
    return evaluations.get(name), evaluations.happened(name, 1000), evaluations.earlier(name, 1000)


def hold(evaluations, database, name, *, owned):
    """What is so of every evaluation at every time."""
    found, changes = evaluations.get(name), evaluations.changes(name)
    recorded, earlier = all_results(evaluations, name), evaluations.earlier(name, 1000)[0]
    outcomes = Counter(each.outcome for each in recorded)
    planned = found.dataset.samples * found.config.epochs
    assert found.counts == Counts(**{each.value: outcomes[each] for each in Outcome}, waiting=planned - len(recorded))
    assert evaluations.counts(name) == found.counts
    assert len(evaluations.missing(name)) == found.counts.waiting
    assert {(each.position, each.epoch) for each in recorded}.isdisjoint(evaluations.missing(name))
    assert found.tokens == 15 * (len(recorded) + len(earlier))
    assert {each.outcome for each in earlier} <= {Outcome.ERRORED}
    sequences = [each.sequence for each in (*recorded, *earlier, *changes)]
    assert sorted(sequences) == list(range(1, len(sequences) + 1))
    assert (changes[-1].state, changes[-1].reason) == (found.state, found.reason)
    assert (found.ended_at is not None) == (found.state in ENDED)
    assert found.owned == owned == (found.state in OWNED) == (evaluations.heartbeat(name)[1] > 0)
    assert found.state is not State.COMPLETED or found.counts.waiting == 0
    watched = found.state in OWNED | {State.QUEUED}
    assert evaluations.heartbeats().get(name) == (evaluations.heartbeat(name) if watched else None)
    with database.reading() as session:
        wanted = session.exec(select(EvaluationRow.wanted).where(EvaluationRow.id == name)).one()
    assert (wanted == "cancel") == (found.state is State.CANCELLING)
    assert owned or wanted is None


# Who works on it


def test_an_evaluation_has_one_owner_and_an_earlier_one_can_change_nothing(evaluations, database):
    name = created(evaluations)
    first = taken(evaluations, name)
    second = taken(evaluations, name, "ben")
    assert second.generation == first.generation + 1
    before = everything(evaluations, name)
    calls = (
        lambda: evaluations.beat(first),
        lambda: evaluations.opened(first, LM, {}),
        lambda: evaluations.set_state(first, State.FINALIZING),
        lambda: evaluations.record(first, [traced()]),
        lambda: evaluations.record(first, []),
        lambda: evaluations.release(first, State.PAUSED),
        lambda: evaluations.beat(replace(second, owner="ann")),
    )
    for call in calls:
        with pytest.raises(LeaseLostError, match="another process"):
            call()
    assert everything(evaluations, name) == before
    assert rows(database, TraceRow) == 0
    evaluations.release(second, State.PAUSED)
    with pytest.raises(LeaseLostError, match="nobody"):
        evaluations.beat(second)


def test_an_evaluation_is_taken_only_as_it_was_seen(evaluations):
    name = created(evaluations)
    assert evaluations.heartbeats() == {name: (0, 0)}
    lease = taken(evaluations, name)
    seen = evaluations.heartbeat(name)
    assert evaluations.take(name, "ben", (0, 0)) is None
    evaluations.beat(lease)
    assert evaluations.take(name, "ben", seen) is None
    seen = evaluations.heartbeat(name)
    evaluations.release(lease, State.QUEUED)
    assert evaluations.take(name, "ben", seen) is None
    assert evaluations.heartbeats() == {name: (1, 0)}
    assert evaluations.take(name, "ben", (1, 0)).generation == 2


def test_of_many_who_take_it_at_once_one_gets_it(evaluations):
    name = created(evaluations)
    got = at_once(6, lambda number: evaluations.take(name, str(number), (0, 0)))
    assert [lease.generation for lease in got if lease] == [1]


def test_what_rests_is_neither_watched_nor_taken(evaluations):
    for number, state in enumerate([State.PAUSED, *ENDED]):
        name = created(evaluations, number)
        brought_to(evaluations, name, state)
        assert evaluations.heartbeats() == {}
        assert evaluations.take(name, "ben", evaluations.heartbeat(name)) is None


@pytest.mark.parametrize(("wanted", "left"), [(Wanted.PAUSE, State.PAUSED), (Wanted.CANCEL, State.CANCELLED)])
def test_what_was_asked_of_a_killed_owner_is_done_by_whoever_takes_over(evaluations, wanted, left):
    name = created(evaluations, attended=True)
    taken(evaluations, name)
    # He is killed. A command line, which nobody else stands in for, asks, and sees no heartbeat.
    assert evaluations.ask(name, wanted).owned
    seen = evaluations.heartbeat(name)
    lease = evaluations.take(name, "ben", seen)
    assert evaluations.beat(lease) is wanted
    assert evaluations.release(lease, left).state is left


def test_a_service_is_asked_and_then_watches_what_a_killed_command_line_left(evaluations):
    name = created(evaluations, attended=True)
    taken(evaluations, name)
    assert evaluations.heartbeats() == {}
    asked = evaluations.ask(name, Wanted.RUN, attended=False)
    assert (asked.state, asked.owned, asked.attended) == (State.IN_PROGRESS, True, False)
    assert evaluations.heartbeats() == {name: (1, 1)}
    assert not evaluations.ask(name, Wanted.PAUSE).attended


def test_an_owner_hears_what_is_wanted_and_what_was_spent_is_known(evaluations):
    name = created(evaluations)
    lease = taken(evaluations, name)
    assert evaluations.beat(lease) is Wanted.RUN
    baseline = Baseline(Outcome.WRONG, "1", "it is 1", prompt_tokens=100, completion_tokens=1000, seconds=1.0)
    evaluations.record(lease, [(result(0, baseline=baseline), ())])
    for wanted in (Wanted.PAUSE, Wanted.RUN, Wanted.CANCEL):
        evaluations.ask(name, wanted)
        assert evaluations.beat(lease) is wanted
    assert evaluations.get(name).tokens == 1115


def test_the_time_worked_adds_up_over_the_owners(evaluations):
    name = created(evaluations)
    seconds, worked = [], 0.0
    for _ in range(2):
        began = time.monotonic()
        lease = taken(evaluations, name)
        time.sleep(0.05)
        evaluations.beat(lease)
        time.sleep(0.05)
        seconds.append(evaluations.release(lease, State.QUEUED).seconds)
        worked += time.monotonic() - began
        time.sleep(0.3)
    assert seconds[0] >= 0.1
    assert seconds[1] >= seconds[0] + 0.1
    began = time.monotonic()
    lease = taken(evaluations, name)
    evaluations.beat(lease)
    first = evaluations.get(name)
    assert first.started_at is not None
    # The pauses between them do not count.
    assert first.seconds <= worked + time.monotonic() - began


def test_results_of_two_language_models_are_never_mixed(evaluations):
    name = created(evaluations)
    lease = taken(evaluations, name)
    evaluations.opened(lease, LM, {"quod": "1"})
    for other in (replace(LM, revision="2027-01"), replace(LM, base_url=None), LmIdentity("embedded", "small")):
        with pytest.raises(EvaluationStateError, match="begun with"):
            evaluations.opened(lease, other, {"quod": "1"})
    evaluations.opened(lease, LM, {"quod": "1"})
    found = evaluations.get(name)
    assert (found.lm, found.versions) == (LM, {"quod": "1"})


def test_other_versions_are_kept_beside_the_earlier_ones(evaluations):
    name = created(evaluations)
    lease = taken(evaluations, name)
    for version in ("1", "2", "2", "3"):
        evaluations.opened(lease, LM, {"quod": version})
    assert evaluations.get(name).versions == {"quod": "3", "earlier": [{"quod": "1"}, {"quod": "2"}]}


# Recording


@SLOW
@given(drawn=results())
def test_a_result_is_read_as_it_was_recorded(evaluations, drawn):
    evaluations.next_number = getattr(evaluations, "next_number", 0) + 1
    name = created(evaluations, evaluations.next_number)
    given_ = replace(drawn, sample_id="s2", position=2, epoch=1, trace_id=None)
    evaluations.record(taken(evaluations, name), [(given_, ())])
    [read] = all_results(evaluations, name)
    assert read == given_
    assert read.recorded_at.tzinfo is UTC
    assert evaluations.happened(name, 10)[-1] == read


def test_a_result_and_its_trace_are_recorded_once(evaluations, store, database):
    name = created(evaluations)
    lease = taken(evaluations, name)
    first = traced(1, number=1)
    evaluations.record(lease, [first, traced(1, number=2, outcome=Outcome.WRONG)])
    evaluations.record(lease, [traced(1, number=3, outcome=Outcome.WRONG), traced(2, number=4)])
    second = taken(evaluations, name, "ben")
    evaluations.record(second, [traced(1, number=5)])
    assert all_results(evaluations, name) == [first[0], traced(2, number=4)[0]]
    assert evaluations.counts(name) == Counts(correct=2, waiting=2)
    assert evaluations.get(name).tokens == 30
    assert rows(database, TraceRow) == 2
    assert store.get(trace_id(1)).verdict == ANSWERED
    assert store.get(trace_id(1)).attempts == (attempt(text="1"),)
    with pytest.raises(TraceNotFoundError):
        store.get(trace_id(2))


def test_each_epoch_of_a_sample_has_its_result(evaluations):
    name = created(evaluations, config=replace(CONFIG, epochs=2))
    evaluations.record(taken(evaluations, name), [(result(0, epoch=epoch), ()) for epoch in (1, 2, 1)])
    assert [(each.position, each.epoch) for each in all_results(evaluations, name)] == [(0, 1), (0, 2)]


def test_a_trace_that_broke_off_is_kept_with_the_error(evaluations, store):
    name = created(evaluations)
    errored = result(0, Outcome.ERRORED, trace_id=trace_id(0), error="the server is gone", error_type="LmError")
    evaluations.record(taken(evaluations, name), [(errored, events(0)[:2])])
    assert store.get(trace_id(0)).verdict == INTERRUPTED
    assert store.get(trace_id(0)).attempts == (attempt(text="0"),)


BAD = (
    (result(1, sample_id="s2"), ()),
    (result(9), ()),
    (result(-1), ()),
    (result(1, epoch=2), ()),
    (result(1, epoch=0), ()),
    (result(1, trace_id=trace_id(1)), events(2)),
    (result(1), events(1)),
    (result(1, trace_id=trace_id(7)), ()),
    (result(1, trace_id=trace_id(0)), events(0)),
    (result(1, prompt_tokens=2**70), ()),
)


def test_a_batch_with_a_result_that_cannot_be_is_refused_whole(evaluations, database):
    name = created(evaluations)
    lease = taken(evaluations, name)
    before = everything(evaluations, name)
    for bad in BAD:
        with pytest.raises((ValueError, StoreError)):
            evaluations.record(lease, [traced(0), bad])
        assert everything(evaluations, name) == before
    assert rows(database, TraceRow) == 0


def test_no_more_results_are_taken_than_there_is_to_do(evaluations):
    name = created(evaluations, config=replace(CONFIG, limit=2))
    with pytest.raises(ValueError, match="no place"):
        evaluations.record(taken(evaluations, name), [(result(n), ()) for n in range(3)])
    assert evaluations.counts(name) == Counts(waiting=2)


def test_a_gold_answer_is_in_no_trace(evaluations, database):
    name = created(evaluations)
    evaluations.record(taken(evaluations, name), [traced(n) for n in range(4)])
    holding = []
    with database.reading() as session:
        connection = session.connection()
        for table_ in EvaluationRow.metadata.sorted_tables:
            found = connection.execute(table_.select()).all()
            if any("gold" in str(value) for row in found for value in row):
                holding.append(table_.name)
    assert sorted(holding) == ["results", "samples"]


def test_what_errored_is_solved_again_and_kept(evaluations, store):
    name = created(evaluations)
    lease = taken(evaluations, name)
    summary = AttemptSummary(ErrorClass.SYNTAX, ran=False, right=None, ended=AttemptEnd.REJECTED)
    failed = result(1, Outcome.ERRORED, trace_id=trace_id(1), error="gone", error_type="LmError", attempts=(summary,))
    evaluations.record(lease, [traced(0), (failed, events(1)[:2]), traced(2), traced(3)])
    with pytest.raises(EvaluationStateError, match="pause it first"):
        evaluations.retry_errored(name)
    evaluations.release(lease, State.COMPLETED)
    again = evaluations.retry_errored(name)
    assert (again.state, again.counts, again.tokens) == (State.QUEUED, Counts(correct=3, waiting=1), 60)
    assert again.ended_at is None
    assert evaluations.missing(name) == [(1, 1)]
    assert evaluations.results(name, 10, 0, ResultFilter(error_class=ErrorClass.SYNTAX)) == ((), False)
    lease = taken(evaluations, name)
    evaluations.record(lease, [traced(1, number=9)])
    evaluations.release(lease, State.COMPLETED)
    assert [each.trace_id for each in all_results(evaluations, name)] == [trace_id(n) for n in (0, 2, 3, 9)]
    assert evaluations.earlier(name, 10) == ((failed,), False)
    assert store.get(trace_id(1)).attempts == (attempt(text="1"),)
    with pytest.raises(EvaluationStateError, match="nothing to retry"):
        evaluations.retry_errored(name)


def test_what_was_cancelled_is_not_retried(evaluations):
    name = created(evaluations)
    lease = taken(evaluations, name)
    evaluations.record(lease, [(result(0, Outcome.ERRORED), ())])
    evaluations.release(lease, State.CANCELLED)
    with pytest.raises(EvaluationStateError, match="begin a new one"):
        evaluations.retry_errored(name)


def test_owners_of_two_evaluations_record_the_same_texts_beside_each_other(evaluations):
    names = [created(evaluations, number, count=40) for number in (1, 2)]
    leases = [taken(evaluations, name) for name in names]

    def work(which):
        # In opposite order: if each held some texts and waited for the others, neither would go on.
        order = range(40) if which else range(39, -1, -1)
        batch = [traced(position, number=1000 * which + position, text=str(position)) for position in order]
        for first in range(0, 40, 8):
            evaluations.record(leases[which], batch[first : first + 8])

    assert at_once(2, work) == [None, None]
    assert [evaluations.counts(name).correct for name in names] == [40, 40]


# What there is to do


def test_what_is_missing_comes_epoch_by_epoch_in_the_order_of_the_work(evaluations):
    name = created(evaluations, config=replace(CONFIG, epochs=2, limit=3))
    every = [(position, epoch) for epoch in (1, 2) for position in (0, 1, 2)]
    assert evaluations.missing(name) == every
    evaluations.record(taken(evaluations, name), [(result(1), ()), (result(0, epoch=2), ())])
    assert evaluations.missing(name) == [(0, 1), (2, 1), (1, 2), (2, 2)]


def test_a_seed_chooses_the_same_samples_in_every_version():
    dataset = DatasetSummary("0" * 64, "some", "", "", 10, NOW)
    seeded = replace(CONFIG, sample_seed=7)
    # These numbers must not change: `printf '7/000...0/POSITION' | sha256sum`, sorted.
    assert list(chosen_positions(dataset, seeded)) == GOLDEN
    assert list(chosen_positions(dataset, replace(seeded, limit=3))) == GOLDEN[:3]
    assert sorted(chosen_positions(dataset, replace(seeded, sample_seed=8))) == list(range(10))
    assert list(chosen_positions(dataset, replace(seeded, sample_seed=8))) != GOLDEN
    assert list(chosen_positions(replace(dataset, sha256="1" * 64), seeded)) != GOLDEN
    assert list(chosen_positions(dataset, replace(CONFIG, limit=4))) == [0, 1, 2, 3]


GOLDEN = [8, 7, 4, 9, 0, 3, 6, 5, 2, 1]


def test_what_is_missing_of_twenty_thousand_samples_is_known_soon(evaluations):
    many = (Sample(str(n), Problem(f"How much is {n} and {n}?"), str(2 * n)) for n in range(20_000))
    evaluations.add_dataset("many", "", "", SHA, many)
    config = replace(CONFIG, epochs=3, sample_seed=1)
    name = evaluations.create(evaluation_id(), SHA, config, attended=False).id
    lease = taken(evaluations, name)
    done = evaluations.missing(name)[:2_000]
    evaluations.record(lease, [(replace(result(n), sample_id=str(n)), ()) for n, _ in done])
    begun = time.monotonic()
    missing = evaluations.missing(name)
    assert time.monotonic() - begun < 20
    assert len(missing) == 58_000
    assert not set(done) & set(missing)


# Lists of results


def some_results():
    for n in range(30):
        error_class = (None, ErrorClass.SYNTAX, ErrorClass.TYPE)[n % 3]
        summary = AttemptSummary(error_class, ran=False, right=None, ended=AttemptEnd.REJECTED)
        yield result(
            n % 15,
            list(Outcome)[n % 4],
            1 + n // 15,
            trust=(None, Trust.EXECUTED, Trust.CERTIFIED)[n % 5 % 3],
            attempts=(replace(summary, error_class=ErrorClass.LOGICAL), summary, summary)[: n % 4],
        )


filters = st.builds(
    ResultFilter,
    outcome=st.none() | st.sampled_from(Outcome),
    trust=st.none() | st.sampled_from(Trust),
    error_class=st.none() | st.sampled_from([ErrorClass.SYNTAX, ErrorClass.LOGICAL, ErrorClass.SORT]),
    epoch=st.none() | st.integers(1, 3),
    sample_id=st.none() | st.sampled_from(["s1", "s14", "another"]),
)


def passes(wanted, each):
    return (
        wanted.outcome in (None, each.outcome)
        and wanted.trust in (None, each.trust)
        and wanted.epoch in (None, each.epoch)
        and wanted.sample_id in (None, each.sample_id)
        and (wanted.error_class is None or wanted.error_class in {attempt.error_class for attempt in each.attempts})
    )


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(wanted=filters, limit=st.integers(1, 9))
def test_pages_of_results_hold_exactly_what_passes_the_filter_in_order(evaluations, wanted, limit):
    if evaluations.last() is None:
        name = created(evaluations, count=15, config=replace(CONFIG, epochs=2))
        evaluations.record(taken(evaluations, name), [(each, ()) for each in some_results()])
        # Another evaluation's results are never among them.
        other = created(evaluations, 1, count=15)
        evaluations.record(taken(evaluations, other), [(result(n), ()) for n in range(15)])
    expected = [each for each in some_results() if passes(wanted, each)]
    assert all_results(evaluations, evaluation_id(0), wanted, limit) == expected


@contextmanager
def statements():
    """The statements that are executed within."""
    seen = []

    def keep(connection, cursor, statement, parameters, context, executemany):
        seen.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", keep)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", keep)


def test_no_list_reads_a_whole_table(evaluations, database):
    name = created(evaluations, count=15, config=replace(CONFIG, epochs=2))
    evaluations.record(taken(evaluations, name), [(each, ()) for each in some_results()])
    sha256 = evaluations.get(name).dataset.sha256
    with statements() as seen:
        for wanted in (
            ResultFilter(),
            ResultFilter(outcome=Outcome.WRONG),
            ResultFilter(trust=Trust.CERTIFIED),
            ResultFilter(error_class=ErrorClass.SYNTAX),
            ResultFilter(epoch=2),
            ResultFilter(trust=Trust.CERTIFIED, epoch=2),
            ResultFilter(outcome=Outcome.WRONG, error_class=ErrorClass.SYNTAX),
            ResultFilter(error_class=ErrorClass.SYNTAX, epoch=1),
            ResultFilter(outcome=Outcome.WRONG, trust=Trust.CERTIFIED, error_class=ErrorClass.SYNTAX, epoch=1),
        ):
            evaluations.results(name, 5, 3, wanted)
        evaluations.earlier(name, 5, 3)
        evaluations.changes(name, 1)
        evaluations.list(5, name)
        evaluations.list(5, name, Order.OLDEST_FIRST, State.QUEUED)
        evaluations.heartbeat(name)
        evaluations.datasets(5, sha256)
        evaluations.samples(sha256, 3, 5)
        evaluations.samples_at(sha256, [1, 2])
        evaluations.missing(name)
        of_a_sample = len(seen)
        evaluations.results(name, 5, 3, ResultFilter(sample_id="s1"))
        evaluations.heartbeats()
    assert len(seen) > 15
    with database.reading() as session:
        if session.get_bind().dialect.name != "sqlite":
            pytest.skip("PostgreSQL reads small tables whole, whatever indexes there are")
        for number, (statement, parameters) in enumerate(seen):
            plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
            walked = [(parent, step) for _, parent, _, step in plan if step.startswith("SCAN")]
            # `anon_1`, a subquery, gives as much as a page at most.
            assert not [step for _, step in walked if not step.startswith("SCAN anon_")], (statement, plan)
            # The few results of one sample, and the few evaluations that are worked on, are sorted, and what subqueries
            # gave; else an index does.
            put_in_order = {parent for _, parent, _, step in plan if "TEMP B-TREE" in step}
            assert number >= of_a_sample or put_in_order <= {parent for parent, _ in walked}, (statement, plan)


def test_a_list_has_at_least_one_entry(evaluations):
    name = created(evaluations)
    for call in (evaluations.list, evaluations.datasets, lambda limit: evaluations.results(name, limit)):
        with pytest.raises(ValueError, match="at least one"):
            call(0)


def test_a_stream_of_events_misses_nothing_wherever_it_begins_again(evaluations):
    name = created(evaluations)
    lease = taken(evaluations, name)
    evaluations.record(lease, [(result(0), ()), (result(1, Outcome.WRONG), ())])
    evaluations.set_state(lease, State.IN_PROGRESS, "the language model does not answer")
    evaluations.record(lease, [(result(2), ())])
    evaluations.release(lease, State.PAUSED, "the cap of 100 tokens")
    whole = evaluations.happened(name, 100)
    assert [each.sequence for each in whole] == list(range(1, 8))
    assert [each.state for each in whole if isinstance(each, StateChange)] == [
        State.QUEUED, State.IN_PROGRESS, State.IN_PROGRESS, State.PAUSED,
    ]  # fmt: skip
    assert whole[4].reason == "the language model does not answer"
    for limit in (1, 2, 3):
        seen = []
        while page := evaluations.happened(name, limit, seen[-1].sequence if seen else 0):
            seen += page
        assert tuple(seen) == whole
    assert evaluations.changes(name, after=5) == (whole[6],)


def test_rows_that_something_else_wrote_are_a_store_error(evaluations, database):
    name = created(evaluations)
    with database.writing() as session:
        session.connection().exec_driver_sql("UPDATE evaluations SET state = 'happy'")
    with pytest.raises(StoreError, match="newer version"):
        evaluations.get(name)
    with pytest.raises(StoreError, match="newer version"):
        evaluations.list(1)
