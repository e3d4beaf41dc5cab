"""`/metrics`, read as Prometheus reads it."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.app.api.conftest import HOPELESS, MORTAL, PENCILS, REPAIRED, opened, settings_for
from tests.app.api.test_evaluations import ROWS, begin, until

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(600)]


async def read(client):
    """Every sample: {(name, (label, value)...): number}."""
    reply = await client.get("/metrics")
    assert reply.status_code == 200
    assert reply.headers["content-type"].startswith("text/plain; version=0.0.4")
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(reply.text)
        for sample in family.samples
    }


def key(name, **labels):
    return (f"quod_{name}", *sorted(labels.items()))


@pytest.fixture(scope="module")
async def service(anyio_backend, tmp_path_factory):
    """A service that only these tests ask, one after the other."""
    folder = tmp_path_factory.mktemp("metered")
    async with opened(settings_for(folder, lm_api_key="sk-very-secret")) as client:
        client.folder = folder
        yield client


async def gained(client, before):
    """What was counted since `before`, without what was not."""
    after = await read(client)
    return {name: value - before.get(name, 0) for name, value in after.items() if value != before.get(name, 0)}


def of(found, name):
    """The numbers of one name, by the values of its labels."""
    return {tuple(value for _, value in rest): number for (each, *rest), number in found.items() if each == name}


async def test_requests_are_counted_by_the_route_as_documented_and_by_status(service):
    before = await read(service)
    await service.get("/v1/traces/trc_01KAMV0G6Q0000000000000000")
    await service.get("/v1/traces/trc_01KAMV0G6Q0000000000000001")
    await service.get("/a/path/that/a/stranger/made/up")
    await service.request("SECRET", "/livez")
    found = await gained(service, before)
    assert found[key("http_requests_total", method="GET", route="/v1/traces/{trace_id}", status="404")] == 2
    assert found[key("http_requests_total", method="GET", route="none", status="404")] == 1
    assert found[key("http_request_seconds_count", method="GET", route="/v1/traces/{trace_id}")] == 2
    assert (await read(service))[key("http_requests_under_way")] == 1, "the one that asks"
    assert not [name for name in found if "stranger" in str(name) or "SECRET" in str(name)]


async def test_problems_runs_repairs_and_completions_are_counted(service):
    before = await read(service)
    for problem in (PENCILS, MORTAL, REPAIRED, HOPELESS):
        assert (await service.post("/v1/solve", json={"problem": problem})).status_code == 200
    unrecorded = await service.post("/v1/solve", json={"problem": "How many legs have seven cows?"})
    assert unrecorded.status_code >= 400
    found = await gained(service, before)
    problems = of(found, "quod_problems_total")
    assert sum(problems.values()) == 5
    assert problems[("certified", "proved")] == 1
    assert problems[("none", "unresolved")] == 2
    assert of(found, "quod_attempts_total") == {("formalisation",): 4, ("repair",): 3}
    assert of(found, "quod_lm_calls_total") == {("false",): 7}
    assert of(found, "quod_lm_errors_total") == {("NoRecordedCompletionError",): 1}
    runs = of(found, "quod_solver_run_seconds_count")
    assert (runs[("prolog", "answers")], runs[("prolog", "rejected")]) == (2, 1)
    assert (runs[("smt", "unsatisfiable")], runs[("cvc5", "unsatisfiable")]) == (1, 1), "the second opinion is cvc5's"
    assert of(found, "quod_solver_run_seconds_sum")[("prolog", "answers")] > 0
    after = await read(service)
    assert (after[key("problems_under_way")], after[key("problems_waiting")]) == (0, 0)


async def test_programs_are_counted_by_engine_and_how_they_ended(service):
    before = await read(service)
    one = {"language": "smt", "program": "(check-sat)"}
    endless = {"language": "prolog", "program": "p :- p.", "query": "p", "limits": {"wall_seconds": 0.2}}
    assert (await service.post("/v1/execute", json=one)).status_code == 200
    assert (await service.post("/v1/execute", json={"programs": [one, endless]})).status_code == 200
    runs = of(await gained(service, before), "quod_solver_run_seconds_count")
    assert runs.pop(("smt", "satisfiable")) == 2
    ((engine, outcome),) = runs
    assert (engine, outcome.startswith("stopped_")) == ("prolog", True)


async def test_evaluations_are_counted_as_their_results_are_recorded(service):
    before = await read(service)
    assert before[key("evaluations_under_way")] == 0
    await until(service, await begin(service))
    found = await gained(service, before)
    assert of(found, "quod_evaluation_results_total") == {
        ("correct",): 2,
        ("wrong",): 1,
        ("abstained",): 1,
        ("errored",): 1,
    }
    assert of(found, "quod_evaluation_failures_total") == {("false", "NoRecordedCompletionError"): 1}
    assert of(found, "quod_lm_errors_total") == {("NoRecordedCompletionError",): 1}
    assert sum(of(found, "quod_problems_total").values()) == len(ROWS)
    assert (await read(service))[key("evaluation_samples_waiting")] == 0


async def test_nothing_that_anybody_wrote_is_in_it(service):
    await service.post("/v1/solve", json={"problem": PENCILS})
    text = (await service.get("/metrics")).text
    for word in ("pencils", "Anna", "sk-very-secret", "recording", str(service.folder), "trc_", "evl_"):
        assert word not in text
