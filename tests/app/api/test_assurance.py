"""How much evidence a request asks for, and how often that much was right."""

import json

import pytest

from app.reasoning.trust import TRUST_RULE
from tests.app.api.conftest import MORTAL, PENCILS, assert_problem, opened, settings_for, write_recording
from tests.app.api.evidence import CITING_COMPLETION, check_of, record

pytestmark = pytest.mark.anyio

SAME = "```smt2\n(declare-const left Int)\n(assert (= left (- (* 3 4) 5)))\n; left: pencils left\n; query: left\n```"
ANOTHER = SAME.replace("(- (* 3 4) 5)", "(+ (* 3 4) 5)")
WRITTEN_DOWN = "Fay has 6 nets with 7 fish each. How many fish has Fay?"
TABLE = [
    {"set": "GSM8K", "lm": "recording.jsonl", "kind": "arithmetic", "trust": "certified", "trust_rule": TRUST_RULE}
    | {"right": 630, "n": 650}
]


async def solved(client, problem, **asked):
    reply = await client.post("/v1/solve", json={"problem": problem, **asked})
    assert reply.status_code == 200, reply.text
    return reply.json()


@pytest.fixture
def recording(tmp_path):
    return write_recording(tmp_path / "recording.jsonl")


async def test_less_trust_than_is_asked_for_is_unresolved_with_what_it_lacks(client):
    trace = await solved(client, PENCILS, min_trust="corroborated")
    assert trace["verdict"]["kind"] == "unresolved"
    assert (trace["verdict"]["answer"], trace["verdict"]["trust"]) == (None, None)
    assert trace["verdict"]["reason"].startswith("corroborated was asked for, and '7' reaches certified: ")


@pytest.mark.parametrize("trust", ["executed", "determinate", "certified"])
async def test_trust_that_is_reached_changes_nothing(client, trust):
    trace = await solved(client, PENCILS, min_trust=trust)
    assert (trace["verdict"]["kind"], trace["verdict"]["trust"]) == ("answered", "certified")


async def test_trust_that_there_is_not_is_an_invalid_request(client):
    for body in ({"min_trust": "blind"}, {"min_trust": 3}, {"corroborate": "maybe"}):
        reply = await client.post("/v1/solve", json={"problem": PENCILS, **body})
        assert_problem(reply, 422, "invalid-request")


async def test_an_answer_that_is_written_down_is_executed_at_most_and_warned_of(tmp_path, recording):
    record(recording, WRITTEN_DOWN, "```prolog\nsolve(X) :- X = 42.\n% query: solve(X).\n```")
    async with opened(settings_for(tmp_path)) as client:
        trace = await solved(client, WRITTEN_DOWN)
        assert (trace["verdict"]["answer"], trace["verdict"]["trust"]) == ("42", "executed")
        assert trace["evidence"]["inference"]["computed"] is False
        [warning, *_] = trace["evidence"]["inference"]["warnings"]
        assert "42" in warning
        refused = await solved(client, WRITTEN_DOWN, min_trust="certified")
        assert refused["verdict"]["kind"] == "unresolved"


async def test_a_doubt_keeps_an_answer_below_certified_and_is_shown(tmp_path, recording):
    problem, doubt = f"{PENCILS} Count them.", "61 % speak for this answer, and 83 % are needed"
    record(recording, problem, CITING_COMPLETION.replace('  % "5 balloons"', ""), doubt=doubt)
    async with opened(settings_for(tmp_path)) as client:
        trace = await solved(client, problem)
        assert (trace["verdict"]["answer"], trace["verdict"]["trust"]) == ("7", "determinate")
        assert trace["attempts"][0]["completion"]["doubt"] == doubt
        assert trace["evidence"]["translation"]["doubt"] == doubt
        assert trace["evidence"]["inference"]["next_rung_lacks"] == doubt
        # The certificate is what it is all the same.
        assert trace["evidence"]["certificate"]["result"] == "confirmed"
        stored = (await client.get(f"/v1/traces/{trace['id']}")).json()
        assert stored["attempts"][0]["completion"]["doubt"] == doubt
        assert (await check_of(client, stored))["result"] == "confirmed"
        stored["verdict"]["trust"] = "certified"
        assert (await check_of(client, stored))["result"] == "refuted"
        refused = await solved(client, problem, min_trust="certified")
        assert (refused["verdict"]["kind"], refused["verdict"]["answer"]) == ("unresolved", None)
        assert refused["verdict"]["reason"] == f"certified was asked for, and '7' reaches determinate: {doubt}"
        sure = await solved(client, PENCILS)
        assert sure["attempts"][0]["completion"]["doubt"] is None
        assert "doubt" not in sure["evidence"]["translation"]


async def test_what_the_embedded_translator_is_set_to_answer_reaches_it_and_is_named(tmp_path, translator_folder):
    revisions = []
    for answers in ("likely", "sure", "all"):
        async with opened(
            settings_for(tmp_path, lm=f"embedded:{translator_folder}", embedded_answers=answers)
        ) as client:
            revisions.append((await client.get("/v1/info")).json()["lm"]["revision"])
    assert revisions == [revisions[0], f"{revisions[0]}, answers sure", f"{revisions[0]}, answers all"]


async def test_a_second_reading_that_says_the_same_corroborates(tmp_path, recording):
    record(recording, PENCILS, SAME, corroboration=True)
    async with opened(settings_for(tmp_path)) as client:
        trace = await solved(client, PENCILS, corroborate=True)
        assert (trace["verdict"]["answer"], trace["verdict"]["trust"]) == ("7", "corroborated")
        assert [attempt["purpose"] for attempt in trace["attempts"]] == ["formalisation", "corroboration"]
        assert trace["evidence"]["translation"]["corroboration"]["agrees"] is True
        found = await check_of(client, trace)
        assert found["result"] == "confirmed"
        # Nobody proved that the second reading has no other answer.
        assert [word for word in found["assumptions"] if "second reading" in word] == [
            "what the run uniqueness of the second reading found, as the trace says"
        ]
        # Without the second reading, or with one of another problem, the claim does not stand.
        for change in (
            lambda trace: trace["attempts"].pop(),
            lambda trace: trace["attempts"][1].update(messages=[{"role": "user", "content": "Translate.\n\nAnother."}]),
            lambda trace: trace["attempts"][1]["run"]["outcome"]["model"].update(left="8"),
            lambda trace: trace["attempts"][1]["formalisation"].update(
                program="(declare-const left Int)(assert (= left 8))"
            ),
            lambda trace: trace["evidence"]["translation"].pop("corroboration"),
            lambda trace: (
                trace["attempts"][1].update(number=0)
                or trace["evidence"]["translation"]["corroboration"].update(attempt=0)
            ),
        ):
            changed = json.loads(json.dumps(trace))
            change(changed)
            reply = await client.post("/v1/check", json=changed)
            assert reply.status_code == 422 or reply.json()["result"] == "refuted", reply.json()


async def test_readings_that_differ_are_shown_both_and_nothing_is_concluded(tmp_path, recording):
    record(recording, PENCILS, ANOTHER, corroboration=True)
    async with opened(settings_for(tmp_path)) as client:
        trace = await solved(client, PENCILS, corroborate=True, budget={"attempts": 1})
        assert trace["verdict"]["kind"] == "unresolved"
        corroboration = trace["evidence"]["translation"]["corroboration"]
        assert corroboration["agrees"] is False
        assert [reading["answer"] for reading in corroboration["readings"]] == ["7", "17"]
        shown = (await client.get(f"/v1/traces/{trace['id']}", headers={"accept": "text/markdown"})).text
        assert "one reading gives 7, the other 17" in shown
        for title in ("## reading of attempt 1, prolog: answered 7", "## reading of attempt 2, smt: answered 17"):
            assert title in shown


async def test_without_a_second_reading_a_verdict_stays_uncorroborated(client):
    trace = await solved(client, PENCILS, corroborate=True)
    assert trace["verdict"]["trust"] == "certified"
    assert "no second formalisation" in trace["evidence"]["translation"]["corroboration"]["reason"]


async def test_how_often_a_trust_was_right_is_null_where_nobody_knows(client):
    assert (await solved(client, MORTAL))["verdict"]["calibration"] is None


async def test_how_often_a_trust_was_right_stands_in_the_verdict(tmp_path, recording):
    table = tmp_path / "calibration.json"
    table.write_text(json.dumps(TABLE))
    async with opened(settings_for(tmp_path, calibration=table)) as client:
        trace = await solved(client, PENCILS)
        known = {"p": 0.9692, "low": 0.953, "high": 0.98, "n": 650, "set": "GSM8K"}
        assert trace["verdict"]["calibration"] == known
        assert (await client.get(f"/v1/traces/{trace['id']}")).json() == trace
        # Another kind was not measured.
        assert (await solved(client, MORTAL))["verdict"]["calibration"] is None
        shown = (await client.get(f"/v1/traces/{trace['id']}", headers={"accept": "text/markdown"})).text
        assert "right in 96.9 % of 650 labelled problems, 95.3 % to 98 % \\(GSM8K\\)" in shown


async def test_of_fewer_than_a_hundred_labelled_problems_nothing_is_said(tmp_path, recording):
    table = tmp_path / "calibration.json"
    table.write_text(json.dumps([{**TABLE[0], "right": 99, "n": 99}]))
    async with opened(settings_for(tmp_path, calibration=table)) as client:
        assert (await solved(client, PENCILS))["verdict"]["calibration"] is None
