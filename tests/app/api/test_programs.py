"""`POST /v1/execute`: one program, and many."""

import asyncio

import pytest

from tests.app.api.conftest import assert_problem, opened, settings_for

pytestmark = pytest.mark.anyio

PROLOG = {"language": "prolog", "program": "p(1).\np(2).", "query": "p(X)"}
SMT = {"language": "smt", "program": "(declare-const x Int)\n(assert (= x 18))\n(check-sat)\n(get-model)"}
LOOP = {"language": "prolog", "program": "p :- p.", "query": "p", "limits": {"wall_seconds": 0.3}}


async def execute(client, body):
    reply = await client.post("/v1/execute", json=body)
    assert reply.status_code == 200, reply.text
    return reply.json()


async def test_a_prolog_program_gives_its_answers_as_exact_texts(client):
    run = await execute(client, PROLOG)
    assert run["status"] == "finished"
    assert run["outcome"] == {
        "kind": "answers",
        "answers": [{"X": "1"}, {"X": "2"}],
        "kinds": [{"X": "integer"}, {"X": "integer"}],
        "residual": [[], []],
        "exhausted": True,
    }
    assert run["limit"] is None
    assert run["diagnostics"] == []
    assert set(run["usage"]) == {"wall_seconds", "cpu_seconds", "peak_memory_mib"}
    assert run["sandbox"]["seccomp"] is True


async def test_an_smt_program_gives_its_model(client):
    run = await execute(client, SMT)
    assert run["outcome"]["kind"] == "satisfiable"
    assert run["outcome"]["model"] == {"x": "18"}


async def test_a_faulty_program_is_a_result_with_class_and_place(client):
    run = await execute(client, {**PROLOG, "program": "p(1) :- q(1", "query": "p(X)"})
    assert run["status"] == "rejected"
    assert run["outcome"] is None
    [fault, *_] = run["diagnostics"]
    assert fault["class"] == "syntax"
    assert fault["line"] == 1
    assert set(fault) == {"class", "message", "line", "column", "symbol", "suggestion", "part"}


async def test_a_program_that_loops_is_stopped_and_names_its_limit(client):
    run = await execute(client, LOOP)
    assert (run["status"], run["limit"], run["outcome"]) == ("stopped", "wall_seconds", None)


@pytest.mark.parametrize("wrapped", [True, False])
async def test_results_of_a_list_come_in_order_each_with_its_own_status(client, wrapped):
    programs = [{"id": "slow", **LOOP}, {"id": "a", **PROLOG}, {**PROLOG, "query": "missing(X)"}, {"id": "s", **SMT}]
    body = await execute(client, {"programs": programs} if wrapped else programs)
    assert [item["id"] for item in body["data"]] == ["slow", "a", None, "s"]
    assert [item["status"] for item in body["data"]] == ["stopped", "finished", "rejected", "finished"]
    assert all(item["error"] is None for item in body["data"])


async def test_a_thousand_programs_are_taken_and_one_more_is_not(client):
    program = {"language": "prolog", "program": "p(1).", "query": "p(X)"}
    body = await execute(client, [{"id": str(n), **program} for n in range(1000)])
    assert [item["id"] for item in body["data"]] == [str(n) for n in range(1000)]
    assert {item["status"] for item in body["data"]} == {"finished"}
    refused = await client.post("/v1/execute", json=[program] * 1001)
    assert "1000" in assert_problem(refused, 422, "text-too-long")["detail"]


async def test_a_single_program_is_not_starved_by_a_long_list(client):
    many = asyncio.create_task(execute(client, [{**LOOP, "limits": {"wall_seconds": 0.2}}] * 1000))
    await asyncio.sleep(0.3)
    run = await execute(client, PROLOG)
    assert run["status"] == "finished"
    assert not many.done()
    many.cancel()
    await asyncio.gather(many, return_exceptions=True)


async def test_the_limits_of_a_list_are_for_those_that_bring_none(client):
    loop = {key: value for key, value in LOOP.items() if key != "limits"}
    programs = [loop, {**PROLOG, "limits": {"max_answers": 1}}]
    body = await execute(client, {"programs": programs, "limits": {"wall_seconds": 0.2}})
    assert body["data"][0]["limit"] == "wall_seconds"
    assert body["data"][1]["outcome"]["exhausted"] is False


async def test_what_was_wanted_is_held_against_the_outcome(client):
    run = await execute(client, {**PROLOG, "wanted": "one"})
    assert run["status"] == "finished"
    assert [fault["class"] for fault in run["diagnostics"]] == ["logical"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/language"),
        ({**PROLOG, "language": "lisp"}, "/language"),
        ({**PROLOG, "limits": {"cpu_seconds": -2}}, "/limits/cpu_seconds"),
        ([PROLOG, {**PROLOG, "language": "lisp"}], "/1/language"),
        ({"programs": [PROLOG, {**PROLOG, "wanted": "two"}]}, "/programs/1/wanted"),
        ({"programs": []}, "/programs"),
        ({"programs": 3}, "/programs"),
        ([], ""),
        ("p(1).", ""),
    ],
)
async def test_a_request_that_is_not_as_documented_says_where(client, body, pointer):
    problem = assert_problem(await client.post("/v1/execute", json=body), 422, "invalid-request")
    assert pointer in [fault["pointer"] for fault in problem["errors"]]


async def test_a_prolog_program_without_a_query_is_only_loaded(client):
    run = await execute(client, {"language": "prolog", "program": "p(1)."})
    assert run["outcome"]["answers"] == [{}]


async def test_a_limit_above_the_maximum_names_the_item_and_the_maximum(client):
    programs = [PROLOG, {**PROLOG, "limits": {"output_bytes": 5_000_000}}]
    problem = assert_problem(await client.post("/v1/execute", json=programs), 422, "limit-above-maximum")
    [fault] = problem["errors"]
    assert fault["pointer"] == "/1/limits/output_bytes"
    assert "1000000" in fault["detail"]


async def test_a_program_of_more_than_256_kilobytes_is_refused_and_one_of_256_is_not(client):
    fits = "% " + "x" * 255_990 + "\np(1)."
    assert (await execute(client, {**PROLOG, "program": fits[:256_000]}))["status"] in ("finished", "rejected")
    refused = await client.post("/v1/execute", json={**PROLOG, "program": fits + "x" * 256_000})
    assert assert_problem(refused, 422, "text-too-long")["errors"][0]["pointer"] == "/program"


async def test_what_a_program_prints_comes_back_as_valid_json_whatever_it_is(client):
    program = {
        **PROLOG,
        "program": "p :- put_char('\\e'), put_char('\\a'), write('\\uFFFF\\x202e\\'), write('נס').",
        "query": "p",
    }
    run = await execute(client, program)
    assert run["status"] in ("finished", "rejected")
    run["output"].encode("utf-8")


@pytest.mark.parametrize("program", ["p(1).\0", "\0", "p('a\0b')."])
async def test_nul_in_a_program_is_the_programs_fault_or_harmless(client, program):
    run = await execute(client, {**PROLOG, "program": program})
    assert run["status"] in ("rejected", "finished")


async def test_a_fault_of_ours_is_an_error_of_its_item_and_a_503_for_one_program(tmp_path):
    async with opened(settings_for(tmp_path)) as client:
        await client.app.state.service.runtime.close()
        assert_problem(await client.post("/v1/execute", json=PROLOG), 503, "shutting-down")
        body = (await client.post("/v1/execute", json=[PROLOG, SMT])).json()
        assert [item["status"] for item in body["data"]] == ["error", "error"]
        assert body["data"][0]["error"]["type"] == "urn:quod:problem:shutting-down"
