"""Lists of traces, and their symbolic part again."""

import sqlite3
from datetime import UTC, datetime, timedelta

import pytest

from tests.app.api.conftest import HOPELESS, MORTAL, PENCILS, REPAIRED, assert_problem, opened, settings_for

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def settings(request, tmp_path_factory):
    """Of a service on each database in turn."""
    folder = tmp_path_factory.mktemp("filled")
    if request.param == "sqlite":
        yield settings_for(folder)
        return
    server, migrated = (request.getfixturevalue(name) for name in ("postgresql", "migrated_postgresql"))
    url = server.create(migrated)
    yield settings_for(folder, database_url=url)
    server.drop(url)


@pytest.fixture(scope="module")
async def filled(anyio_backend, settings):
    """A service with one trace of each recorded problem, in this order; and their ids."""
    async with opened(settings) as client:
        client.ids = []
        for problem in (PENCILS, MORTAL, REPAIRED, HOPELESS):
            client.ids.append((await client.post("/v1/solve", json={"problem": problem})).json()["id"])
        yield client


async def listed(client, **query):
    reply = await client.get("/v1/traces", params=query)
    assert reply.status_code == 200, reply.text
    return reply.json()


async def test_the_newest_trace_comes_first_and_each_line_says_what_it_is_about(filled):
    page = await listed(filled)
    assert [trace["id"] for trace in page["data"]] == filled.ids[::-1]
    assert (page["first_id"], page["last_id"], page["has_more"]) == (filled.ids[3], filled.ids[0], False)
    line = page["data"][3]
    assert line["problem"] == PENCILS
    assert line["verdict"] == {"kind": "answered", "answer": "7", "trust": "certified"}
    assert (line["kind"], line["language"], line["attempts"]) == ("arithmetic", "prolog", 1)


@pytest.mark.parametrize("order", ["asc", "desc"])
async def test_pages_hold_every_trace_once(filled, order):
    seen, after = [], None
    while True:
        page = await listed(filled, limit=1, order=order, **({"after": after} if after else {}))
        seen += [trace["id"] for trace in page["data"]]
        if not page["has_more"]:
            break
        after = page["last_id"]
    assert seen == (filled.ids if order == "asc" else filled.ids[::-1])


@pytest.mark.parametrize(
    ("query", "places"),
    [
        ({"verdict": "answered"}, [2, 0]),
        ({"verdict": "proved"}, [1]),
        ({"trust": "certified"}, [2, 1, 0]),
        ({"trust": "executed"}, []),
        ({"kind": "entailment"}, [1]),
        ({"language": "prolog", "verdict": "answered"}, [2, 0]),
        ({"error_class": "existence"}, [2]),
        ({"error_class": "sort"}, []),
    ],
)
async def test_filters_narrow_the_list(filled, query, places):
    page = await listed(filled, **query)
    assert [trace["id"] for trace in page["data"]] == [filled.ids[place] for place in places]


async def test_a_page_behind_no_trace_is_not_found(filled):
    assert_problem(await filled.get("/v1/traces", params={"after": "trc_404"}), 404, "no-such-trace")


async def test_time_narrows_the_list(filled):
    soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    assert (await listed(filled, created_after=soon))["data"] == []
    assert len((await listed(filled, created_before=soon))["data"]) == 4
    # One moment, written with another offset.
    assert len((await listed(filled, created_before="2100-01-01T02:00:00+02:00"))["data"]) == 4


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("verdicts=refuted", "did you mean verdict?"),
        ("colour=red", "created_after"),
        ("kind=entailment&kind=arithmetic", "more than once"),
    ],
)
async def test_a_filter_that_is_none_is_refused_instead_of_passed_over(filled, query, said):
    problem = assert_problem(await filled.get(f"/v1/traces?{query}"), 422, "invalid-request")
    assert said in problem["detail"]
    assert problem["errors"][0]["pointer"].startswith("query/")


async def test_an_empty_page_has_no_ids(filled):
    page = await listed(filled, verdict="refuted")
    assert page == {"data": [], "first_id": None, "last_id": None, "has_more": False}


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"limit": 0}, "query/limit"),
        ({"limit": 201}, "query/limit"),
        ({"limit": "many"}, "query/limit"),
        ({"order": "up"}, "query/order"),
        ({"after": "nothing"}, "query/after"),
        ({"after": "trc_\0"}, "query/after"),
        ({"verdict": "maybe"}, "query/verdict"),
        ({"trust": "blind"}, "query/trust"),
        ({"kind": "auto"}, "query/kind"),
        ({"error_class": "timeout"}, "query/error_class"),
        ({"created_after": "yesterday"}, "query/created_after"),
        ({"created_after": "2026-01-01T00:00:00"}, "query/created_after"),
    ],
)
async def test_a_query_that_is_not_as_documented_says_where(filled, query, pointer):
    problem = assert_problem(await filled.get("/v1/traces", params=query), 422, "invalid-request")
    assert [fault["pointer"] for fault in problem["errors"]] == [pointer]


@pytest.mark.parametrize("place", [0, 1, 2])
async def test_a_replay_gives_the_same_runs_and_the_same_verdict(filled, place):
    reply = await filled.post(f"/v1/traces/{filled.ids[place]}/replay")
    assert reply.status_code == 200
    replayed = reply.json()
    assert replayed["same"] is True
    assert replayed["versions"] == []
    runs = [run for attempt in replayed["attempts"] for run in attempt["runs"]]
    assert runs
    assert all(run["same"] and run["differs"] == [] for run in runs)
    assert replayed["verdict"]["kind"] == replayed["recorded_verdict"]["kind"]


async def test_a_replay_records_nothing(filled):
    before = await listed(filled)
    await filled.post(f"/v1/traces/{filled.ids[0]}/replay")
    assert await listed(filled) == before


async def test_a_trace_without_a_program_cannot_be_replayed(filled):
    assert_problem(await filled.post(f"/v1/traces/{filled.ids[3]}/replay"), 422, "trace-not-replayable")


async def test_a_replay_says_which_run_and_which_version_differ(tmp_path):
    settings = settings_for(tmp_path)
    async with opened(settings) as client:
        trace = (await client.post("/v1/solve", json={"problem": PENCILS})).json()
        # As another version of the engine would have left it.
        with sqlite3.connect(tmp_path / "quod.db") as database:
            database.execute("update runs set ending = replace(ending, '\"7\"', '\"8\"')")
            database.execute("update versions set engines = replace(engines, '9.', '8.')")
            database.execute("update traces set answer = '8'")
        database.close()
        replayed = (await client.post(f"/v1/traces/{trace['id']}/replay")).json()
        assert replayed["same"] is False
        [run] = replayed["attempts"][0]["runs"]
        assert (run["name"], run["differs"]) == ("query", ["outcome"])
        assert run["recorded"]["outcome"]["answers"] == [{"X": "8"}]
        assert run["replayed"]["outcome"]["answers"] == [{"X": "7"}]
        assert (replayed["recorded_verdict"]["answer"], replayed["verdict"]["answer"]) == ("8", "7")
        [version] = replayed["versions"]
        assert version["name"] == "engines.prolog"
        assert version["recorded"] != version["now"]
