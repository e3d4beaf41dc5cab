"""Datasets over HTTP: sent once, known by their content, refused as a whole with every faulty line."""

import json

import pytest

from tests.app.api.conftest import assert_problem, opened, settings_for

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(600)]

ROWS = [
    {"id": "tea", "question": "Tea costs 3 euros. How much do 4 teas cost?", "answer": "12"},
    {"id": "soup", "question": "Soup costs 5 euros. How much do 2 soups cost?", "answer": "10"},
]
JSONL = "\n".join(map(json.dumps, ROWS)).encode()


async def send(client, content, kind="application/jsonl", **parameters):
    return await client.post(
        "/v1/datasets", params={"name": "made up", **parameters}, content=content, headers={"content-type": kind}
    )


async def test_a_dataset_is_kept_once_under_the_hash_of_its_content(client):
    first = await send(client, JSONL, licence="CC0-1.0")
    assert first.status_code == 201
    kept = first.json()
    assert (kept["name"], kept["licence"], kept["samples"]) == ("made up", "CC0-1.0", 2)
    assert first.headers["location"] == f"/v1/datasets/{kept['sha256']}"
    again = await send(client, JSONL, name="by another name")
    assert again.status_code == 200
    assert again.json() == kept
    assert (await client.get(first.headers["location"])).json() == kept
    assert kept in (await client.get("/v1/datasets")).json()["data"]


async def test_a_table_with_named_columns_is_the_same_dataset_as_json_lines_with_the_usual_ones(client):
    table = "key,q,gold\n" + "".join(f'{row["id"]},"{row["question"]}",{row["answer"]}\n' for row in ROWS)
    one = await send(client, JSONL)
    other = await send(client, table.encode(), "text/csv; charset=utf-8", id="key", problem="q", target="gold")
    assert other.json()["sha256"] == one.json()["sha256"]


async def test_a_dataset_in_the_format_of_a_public_set_brings_its_licence(client):
    line = {"question": "Two and two?", "answer": "Two and two make <<2+2=4>>4.\n#### 4"}
    reply = await send(client, json.dumps(line).encode(), like="gsm8k")
    assert reply.status_code == 201
    assert reply.json()["licence"]


async def test_a_faulty_dataset_is_refused_with_every_faulty_line_and_nothing_is_kept(client):
    before = (await client.get("/v1/datasets")).json()
    faulty = [*ROWS, {**ROWS[0], "question": "again"}, {"id": "no target", "question": "Why?"}]
    content = "\n".join(map(json.dumps, faulty)).encode() + b"\n{"
    problem = assert_problem(await send(client, content), 422, "dataset-unusable")
    assert [fault["pointer"] for fault in problem["errors"]] == ["line/3", "line/4", "line/5"]
    assert "'tea' stands in line 1 already" in problem["errors"][0]["detail"]
    assert (await client.get("/v1/datasets")).json() == before


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no sample"),
        (b"\x1f\x8b\x08\x00", "unpacked"),
        (b'{"question": "\xff", "answer": "1"}', "UTF-8"),
        (b'{"words": "x"}', "there is no column"),
    ],
)
async def test_what_is_no_dataset_is_refused_with_what_to_do(client, content, said):
    problem = assert_problem(await send(client, content), 422, "dataset-unusable")
    assert said in problem["detail"]


async def test_a_dataset_says_what_it_is_written_in(client):
    problem = assert_problem(
        await send(client, JSONL, "application/x-www-form-urlencoded"), 415, "unsupported-media-type"
    )
    assert "text/csv" in problem["detail"]
    assert_problem(await send(client, JSONL, "text/csv; charset=latin-1"), 415, "unsupported-media-type")


async def test_the_parameters_are_checked(client):
    assert_problem(await send(client, JSONL, questoin="q"), 422, "invalid-request")
    assert_problem(await send(client, JSONL, name=" "), 422, "invalid-request")
    assert_problem(await send(client, JSONL, like="gsm8k", problem="q"), 422, "invalid-request")
    assert_problem(await send(client, JSONL, like="gsm9k"), 422, "dataset-unusable")


async def test_a_dataset_that_is_not_there_is_404(client):
    assert_problem(await client.get(f"/v1/datasets/{'0' * 64}"), 404, "no-such-dataset")
    assert_problem(await client.get("/v1/datasets/gsm8k"), 404, "no-such-dataset")
    assert_problem(await client.get("/v1/datasets", params={"after": "0" * 64}), 404, "no-such-dataset")


async def test_the_pages_of_a_list_hold_each_dataset_once(client):
    for number in range(3):
        await send(client, json.dumps({"question": f"{number} and 1?", "answer": number + 1}).encode())
    every = [dataset["sha256"] for dataset in (await client.get("/v1/datasets")).json()["data"]]
    found, after, more = [], None, True
    while more:
        page = (await client.get("/v1/datasets", params={"limit": 2, **({"after": after} if after else {})})).json()
        found += [dataset["sha256"] for dataset in page["data"]]
        after, more = page["last_id"], page["has_more"]
    assert found == every


async def test_a_dataset_above_the_size_that_is_set_is_413(tmp_path):
    async with opened(settings_for(tmp_path, max_dataset_bytes=10_000)) as client:
        problem = assert_problem(await send(client, JSONL + b"\n" * 10_000), 413, "body-too-large")
        assert "QUOD_MAX_DATASET_BYTES" in problem["detail"]
