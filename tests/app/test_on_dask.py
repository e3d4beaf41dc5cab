"""Evaluations on a real scheduler with a real worker, asked for as users do: `--dask`, and over HTTP."""

import httpx
import pytest
from distributed import Client

from app.evaluation.local_cluster import local_cluster
from app.evaluation.worker import STATION
from app.store.evaluation_types import Outcome
from tests.app.api.serving import environment, serving
from tests.app.test_cli_eval import (
    COUNTS,
    NUMBER,
    SECONDS,
    UNKNOWN,
    WRONG,
    counts,
    ended,
    outcomes,
    settings_of,
    started,
    write_dataset,
    write_recording,
)

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def anyio_backend():
    return "asyncio"


@pytest.fixture(scope="module")
async def cluster(anyio_backend):
    async with local_cluster(
        1, threads=8, environment=environment(QUOD_CONCURRENCY="2", QUOD_CHECK_SECONDS="60")
    ) as up:
        yield up


@pytest.fixture
def home(tmp_path):
    write_dataset(tmp_path / "set.jsonl")
    write_recording(tmp_path / "recording.jsonl")
    return tmp_path


async def solved_there(cluster):
    """How many samples the worker has solved so far."""
    async with Client(cluster.address, asynchronous=True, set_as_default=False) as client:
        return sum((await client.run(lambda dask_worker: dask_worker.plugins[STATION].solved)).values())


def expected(number):
    return Outcome.ERRORED if number in UNKNOWN else Outcome.WRONG if number in WRONG else Outcome.CORRECT


async def test_a_run_with_dask_solves_its_samples_on_the_worker_and_records_them_here(cluster, home):
    before = await solved_there(cluster)
    with started(home, "run", home / "set.jsonl", "--dask", cluster.address, "--json") as process:
        there = ended(process).document
    assert (there["state"], counts(there)) == ("completed", COUNTS)
    found = {sample: outcome for sample, (outcome, _, _) in outcomes(home, there["id"]).items()}
    assert found == {f"p{number}": expected(number) for number in range(NUMBER)}
    assert await solved_there(cluster) - before == NUMBER


async def test_a_service_with_a_cluster_solves_evaluations_on_the_worker_and_records_them(cluster, home):
    before = await solved_there(cluster)
    with serving(**settings_of(home), QUOD_DASK=cluster.address) as served:
        async with httpx.AsyncClient(base_url=served.url, timeout=120) as client:
            content = (home / "set.jsonl").read_bytes()
            sent = await client.post(
                "/v1/datasets", params={"name": "set"}, content=content, headers={"content-type": "application/jsonl"}
            )
            begun = await client.post("/v1/evaluations", json={"dataset": sent.json()["sha256"]})
            evaluation_id = begun.json()["id"]
            # Returns when the evaluation has ended.
            heard = (await client.get(f"/v1/evaluations/{evaluation_id}/events", timeout=SECONDS)).text
            assert heard.count("event: result") == NUMBER
            found = (await client.get(f"/v1/evaluations/{evaluation_id}")).json()
            assert (found["state"], counts(found)) == ("completed", COUNTS)
            page = await client.get(f"/v1/evaluations/{evaluation_id}/samples", params={"outcome": "correct"})
            sample = page.json()["data"][0]
            trace = (await client.get(sample["trace"])).json()
            assert trace["verdict"]["answer"] == sample["answer"]
            counted = f'quod_evaluation_results_total{{outcome="correct"}} {COUNTS["correct"]}.0'
            assert counted in (await client.get("/metrics")).text
        assert served.stop(seconds=100) == 0
    assert await solved_there(cluster) - before == NUMBER
