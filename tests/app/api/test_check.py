"""`POST /v1/check`: evidence from anywhere, and what is made of it."""

import copy
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.errors import NotATraceError
from app.reasoning.recheck import recheck
from tests.app.api.conftest import HOPELESS, MORTAL, PENCILS, REPAIRED, assert_problem
from tests.app.api.evidence import RUSTY, check_of, traces_of

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def traces(anyio_backend, client):
    """The trace of each problem, as GET gives it."""
    return await traces_of(client, (PENCILS, MORTAL, REPAIRED, HOPELESS, RUSTY))


@pytest.mark.parametrize("problem", [PENCILS, MORTAL, REPAIRED, RUSTY])
async def test_a_trace_that_the_service_gave_is_confirmed(client, traces, problem):
    found = await check_of(client, traces[problem])
    assert (found["what"], found["result"]) == ("trace", "confirmed")
    assert found["checker"] == "quod.checking/1"
    assert found["does_not_cover"] == "whether the program says what the problem says"
    assert {part["result"] for part in found["parts"].values()} == {"confirmed"}


async def test_that_an_answer_is_computed_is_taken_from_the_trace_and_said_so(client, traces):
    [assumption] = (await check_of(client, traces[PENCILS]))["assumptions"]
    assert "computed from quantities" in assumption
    assert (await check_of(client, traces[MORTAL]))["assumptions"] == []


@pytest.mark.parametrize("problem", [PENCILS, MORTAL, REPAIRED, RUSTY])
async def test_each_certificate_of_a_trace_is_complete_in_itself(client, traces, problem):
    trace = traces[problem]
    body = (await client.get(f"/v1/traces/{trace['id']}/certificates")).json()
    assert body["does_not_cover"] == "whether the program says what the problem says"
    assert set(body["certificates"]) == set(trace["evidence"]["certificate"]["parts"])
    for certificate in body["certificates"].values():
        found = await check_of(client, certificate)
        assert (found["what"], found["result"], found["parts"]) == ("certificate", "confirmed", {})


async def test_a_trace_that_concludes_nothing_has_nothing_to_check(client, traces):
    trace = traces[HOPELESS]
    assert (await client.get(f"/v1/traces/{trace['id']}/certificates")).json()["certificates"] == {}
    found = await check_of(client, trace)
    assert (found["result"], found["checker"]) == ("not_checkable", None)


def put(document, path, value):
    """A copy of `document` with another value at `path`."""
    changed = copy.deepcopy(document)
    *steps, last = path
    place = changed
    for step in steps:
        place = place[step]
    place[last] = value(place[last]) if callable(value) else value
    return changed


ATTEMPT = ("attempts", 0)
STEPS = (*ATTEMPT, "run", "evidence", "derivations", 0)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("verdict", "answer"), "8"),
        (("verdict", "answer"), 7),
        (("verdict", "answer"), None),
        (("verdict", "kind"), "proved"),
        (("verdict", "trust"), "corroborated"),
        (("evidence", "inference", "unique"), False),
        (("evidence", "inference", "computed"), False),
        (("problem", "text"), PENCILS.replace("5", "6")),
        (("problem", "text"), PENCILS[:20]),
        (("problem", "text"), ""),
        ((*ATTEMPT, "messages"), []),
        ((*ATTEMPT, "formalisation", "program"), lambda text: text.replace("boxes(3)", "boxes(4)")),
        ((*ATTEMPT, "formalisation", "program"), lambda text: text + "\nsolve(9)."),
        ((*ATTEMPT, "formalisation", "query"), "solve(X), X > 7"),
        ((*ATTEMPT, "run", "outcome", "answers", 0, "X"), "8"),
        ((*ATTEMPT, "run", "outcome", "exhausted"), False),
        ((*STEPS, 2, 0), "boxes(4)"),
        ((*STEPS, 2, 2), 4),
        ((*STEPS, 1, 3), [2, 3, 4]),
        ((*STEPS, 0, 0), "solve(8)"),
    ],
)
async def test_a_trace_that_was_changed_is_refuted(client, traces, path, value):
    found = await check_of(client, put(traces[PENCILS], path, value))
    assert found["result"] == "refuted", found
    assert found["reason"]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("verdict", "kind"), "refuted"),
        (("verdict", "trust"), "corroborated"),
        ((*ATTEMPT, "formalisation", "query"), "(mortal plato)"),
        ((*ATTEMPT, "formalisation", "query"), "(not (mortal socrates))"),
        ((*ATTEMPT, "formalisation", "program"), lambda text: text.replace("(man socrates)", "(mortal socrates)")),
        ((*ATTEMPT, "second_opinions"), {}),
    ],
)
async def test_a_proof_that_was_changed_is_never_confirmed(client, traces, path, value):
    found = await check_of(client, put(traces[MORTAL], path, value))
    assert found["result"] != "confirmed", found


async def test_a_trace_without_the_run_that_looked_for_another_answer_claims_too_much(client, traces):
    trace = copy.deepcopy(traces[RUSTY])
    assert trace["verdict"]["trust"] == "certified"
    [attempt] = trace["attempts"]
    del attempt["further_runs"]["uniqueness"]
    assert (await check_of(client, trace))["result"] == "refuted"
    trace["evidence"]["inference"]["unique"] = None
    found = await check_of(client, trace)
    assert found["result"] == "refuted"
    assert "reaches executed at most" in found["reason"]
    trace["verdict"]["trust"] = "executed"
    assert (await check_of(client, trace))["result"] == "confirmed"


async def test_less_trust_than_the_evidence_bears_out_is_no_lie(client, traces):
    for trust in ("executed", "determinate", None):
        found = await check_of(client, put(traces[PENCILS], ("verdict", "trust"), trust))
        assert found["result"] == "confirmed"


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"problem": "x"},
        {"outcome": None},
        {"format": "quod-certificate/9"},
        {"format": "quod-certificate/1", "job": {}, "outcome": {}, "evidence": None},
    ],
)
async def test_what_is_neither_trace_nor_certificate_is_a_422(client, document):
    assert_problem(await client.post("/v1/check", json=document), 422, "nothing-to-check")


@pytest.mark.parametrize("document", [[], "trace", 7])
async def test_what_is_no_object_is_an_invalid_request(client, document):
    assert_problem(await client.post("/v1/check", json=document), 422, "invalid-request")


@pytest.mark.parametrize(
    "content", [b"{", b"[" * 1000, b'{"a":' * 500 + b"1" + b"}" * 500, b'{"a": ' + b"9" * 9_000 + b"}"]
)
async def test_what_is_not_json_as_we_read_it_is_a_400(client, content):
    reply = await client.post("/v1/check", content=content, headers={"content-type": "application/json"})
    assert_problem(reply, 400, "invalid-json")


async def test_numbers_that_no_machine_holds_are_no_fault_of_ours(client, traces):
    for number in (10**4000, -(10**400), 1e308):
        for path in (
            ("attempts", 0, "number"),
            ("attempts", 0, "run", "usage", "wall_seconds"),
            (*STEPS, 1, 2),
            (*STEPS, 1, 3),
            ("evidence", "execution", "attempt"),
        ):
            reply = await client.post("/v1/check", json=put(traces[PENCILS], path, number))
            assert reply.status_code in (200, 422), reply.text
    for answer in ("9" * 100_000, "1e999999999", "1/0", "1r0"):
        changed = put(traces[PENCILS], ("attempts", 0, "run", "outcome", "answers", 0, "X"), answer)
        assert (await check_of(client, put(changed, ("verdict", "answer"), answer)))["result"] != "confirmed"


JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.integers(min_value=10**30),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["", "0", "proved", "smt", "prolog", "entailment", "query", "(", ")", "p :- p.", "\n\n", "\x00é"]),
    st.just([]),
    st.just({}),
    st.recursive(
        st.integers(), lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner)
    ),
)


def places(value, path=()):
    """The path of every value within `value`."""
    yield path
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, member in members:
        yield from places(member, (*path, name))


def essential(document):
    """What the outcome hangs on: the problem's verdict, its runs and their evidence; not what is only shown."""
    for path in places(document):
        if path and "completion" not in path and "gloss" not in path and "prompt" not in path:
            yield path


async def test_no_change_of_a_trace_makes_the_check_fail_or_run_long(client, traces):
    """Straight to what the endpoint calls: anything but a report or `NotATraceError` would be a 500."""
    by_problem = {problem: [traces[problem], list(essential(traces[problem]))] for problem in (PENCILS, MORTAL, RUSTY)}

    @settings(max_examples=300, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def holds(data):
        document, paths = by_problem[data.draw(st.sampled_from(sorted(by_problem)))]
        for path in data.draw(st.lists(st.sampled_from(paths), min_size=1, max_size=3)):
            value = data.draw(JUNK)
            try:
                document = put(document, path, value)
            except (KeyError, IndexError, TypeError):
                continue  # the one before took this place away
        try:
            found = recheck(json.loads(json.dumps(document)), 2.0)
        except NotATraceError:
            return
        assert found.report.reason

    holds()


@pytest.mark.parametrize("problem", [PENCILS, MORTAL, RUSTY])
async def test_a_trace_that_is_confirmed_after_a_change_still_says_what_it_said(traces, problem):
    document = traces[problem]
    paths = list(essential(document))

    @settings(max_examples=100, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(paths), JUNK)
    def holds(path, value):
        changed = put(document, path, value)
        try:
            found = recheck(changed, 2.0)
        except NotATraceError:
            return
        if found.report.result == "confirmed":
            assert changed["verdict"]["kind"] == document["verdict"]["kind"]
            assert changed["verdict"]["answer"] == document["verdict"]["answer"]
            assert changed["problem"]["text"].strip() == problem

    holds()


async def test_execute_gives_evidence_where_it_is_asked_for(client):
    program = {"language": "prolog", "program": "p(1).\np(2).", "query": "p(X)"}
    without = (await client.post("/v1/execute", json=program)).json()
    assert "evidence" not in without
    run = (await client.post("/v1/execute", json={**program, "evidence": True})).json()
    assert run["evidence"]["kind"] == "derivations"
    certificate = {
        "format": "quod-certificate/1",
        "job": {
            "language": "prolog",
            "text": program["program"],
            "query": "p(X)",
            "wanted": "any",
            "answer": None,
            "engine": None,
            "evidence": True,
        },
        "outcome": run["outcome"],
        "evidence": run["evidence"],
    }
    assert (await check_of(client, certificate))["result"] == "confirmed"
    certificate["outcome"]["answers"][0]["X"] = "3"
    assert (await check_of(client, certificate))["result"] == "refuted"


async def test_a_contradiction_of_smt_is_executed_with_its_reason_for_no_evidence_or_its_proof(client):
    program = {"language": "smt", "program": "(assert false)\n(check-sat)", "evidence": True}
    run = (await client.post("/v1/execute", json=program)).json()
    assert run["outcome"]["kind"] == "unsatisfiable"
    assert run["evidence"]["kind"] in ("none", "proof")
