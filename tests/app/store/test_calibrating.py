"""What completed evaluations say of each rung of trust."""

import json
from dataclasses import replace

import pytest

from app.evaluation.metrics import calibration_entries, measure
from app.lm.types import LmIdentity
from app.reasoning.types import Kind, Trust
from app.store.calibrating import MeasuredRungs
from app.store.evaluation_types import EvaluationConfig, Outcome, State
from app.store.evaluations import EvaluationStore
from tests.app.api.conftest import opened, settings_for
from tests.app.evaluation.made import drawn
from tests.app.evaluation.scripted import samples

pytestmark = pytest.mark.timeout(600)

SHA256 = "7" * 64
LM = LmIdentity("recorded", "recording.jsonl", None)
VERSIONS = {"trust_rule": 3}


def record(
    store, number, results, *, state=State.COMPLETED, lm=LM, versions=VERSIONS, sha256=SHA256, epochs=1, limit=None
):
    """An evaluation with these results, left in `state`."""
    held = len({result.position for result in results})
    store.add_dataset(f"set {sha256[0]}", "here", "CC0-1.0", sha256, samples(held))
    evaluation_id = f"evl_{number}"
    store.create(evaluation_id, sha256, EvaluationConfig("recorded:", epochs=epochs, limit=limit), attended=False)
    lease = store.take(evaluation_id, "me", store.heartbeat(evaluation_id))
    store.opened(lease, lm, versions)
    for first in range(0, len(results), 200):
        batch = results[first : first + 200]
        store.record(lease, [(replace(result, trace_id=None), ()) for result in batch])
    store.release(lease, state)


def entries_of(results, epochs=1, name="set 7", lm=LM):
    return calibration_entries(measure(results, epochs), name, lm.name, 3)


@pytest.fixture
def evaluations(database):
    return EvaluationStore(database)


def test_the_database_counts_what_the_report_counts(database, evaluations):
    results = list(drawn(150, epochs=2))
    record(evaluations, 1, results, epochs=2)
    found = MeasuredRungs(database).entries()
    assert found
    assert set(found) == set(entries_of(results, epochs=2))


def test_only_what_is_complete_counts_and_of_one_dataset_the_newest(database, evaluations):
    rungs = MeasuredRungs(database)
    assert rungs.entries() == ()
    record(evaluations, 1, list(drawn(40, seed=1)))
    assert set(rungs.entries()) == set(entries_of(drawn(40, seed=1)))
    record(evaluations, 2, list(drawn(40, seed=2)), state=State.PAUSED)
    assert set(rungs.entries()) == set(entries_of(drawn(40, seed=1)))
    record(evaluations, 3, list(drawn(40, seed=3)))
    assert set(rungs.entries()) == set(entries_of(drawn(40, seed=3)))


def test_a_later_small_run_does_not_take_the_place_of_a_large_one(database, evaluations):
    rungs = MeasuredRungs(database)
    record(evaluations, 1, list(drawn(40, seed=1)))
    record(evaluations, 2, list(drawn(10, seed=2)), limit=10)
    assert set(rungs.entries()) == set(entries_of(drawn(40, seed=1)))
    # Twice ten are ten problems.
    record(evaluations, 3, list(drawn(10, epochs=2, seed=3)), limit=10, epochs=2)
    assert set(rungs.entries()) == set(entries_of(drawn(40, seed=1)))


def test_another_dataset_language_model_or_rule_counts_by_itself(database, evaluations):
    other = LmIdentity("http", "another", None)
    record(evaluations, 1, list(drawn(40, seed=1)))
    record(evaluations, 2, list(drawn(40, seed=2)), lm=other)
    record(evaluations, 3, list(drawn(40, seed=3)), sha256="8" * 64)
    record(evaluations, 4, list(drawn(40, seed=4)), versions={"trust_rule": 2})
    record(evaluations, 5, list(drawn(40, seed=5)), versions={"quod": "of unknown rule"}, lm=other, sha256="9" * 64)
    expected = [
        *entries_of(drawn(40, seed=1)),
        *entries_of(drawn(40, seed=2), lm=other),
        *entries_of(drawn(40, seed=3), name="set 8"),
        *(replace(entry, trust_rule=2) for entry in entries_of(drawn(40, seed=4))),
    ]
    assert set(MeasuredRungs(database).entries()) == set(expected)


def test_what_is_solved_again_counts_no_more_until_it_is_complete(database, evaluations):
    rungs = MeasuredRungs(database)
    results = list(drawn(40))
    assert any(result.outcome is Outcome.ERRORED for result in results)
    record(evaluations, 1, results)
    assert rungs.entries()
    evaluations.retry_errored("evl_1")
    assert rungs.entries() == ()


@pytest.mark.anyio
async def test_the_service_says_how_often_a_rung_was_right_from_its_own_evaluations(tmp_path):
    table = tmp_path / "calibration.json"
    entry = {"kind": "arithmetic", "trust": "certified", "trust_rule": 3, "right": 10, "n": 50, "lm": LM.name}
    table.write_text(json.dumps([{**entry, "set": "given"}, {**entry, "set": "set 8"}]))
    async with opened(settings_for(tmp_path, calibration=table)) as client:
        service = client.app.state.service
        assert service.calibration.of(Trust.CERTIFIED, Kind.ARITHMETIC, LM.name, 3).n == 100
        store = client.app.state.evaluations.store
        results = list(drawn(400))
        record(store, 1, results)
        # The table of the settings has this set already.
        record(store, 2, list(drawn(300)), sha256="8" * 64)
        await service.calibrate()
        [measured] = [entry for entry in entries_of(results) if entry.trust is Trust.CERTIFIED]
        found = service.calibration.of(Trust.CERTIFIED, Kind.ARITHMETIC, LM.name, 3)
        assert (found.n, found.set) == (100 + measured.n, "given + set 8 + set 7")
