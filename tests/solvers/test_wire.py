"""What is written is read back the same, and nothing else is read at all."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solvers import (
    Answers,
    Diagnostic,
    Ending,
    ErrorClass,
    Finished,
    Job,
    Language,
    Layers,
    LimitName,
    NoAnswer,
    Part,
    Program,
    ProtocolError,
    Rejected,
    Run,
    Satisfiable,
    Stopped,
    Substitution,
    Unknown,
    Unsatisfiable,
    Usage,
    Value,
    ValueKind,
    Wanted,
    run_from_json,
    run_to_json,
)
from solvers.wire import decode_ending, decode_job, encode_ending, encode_job

TEXT = st.text(max_size=20)
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=20)
"""Lone surrogates and NUL too."""
VALUES = st.builds(Value, TEXT, st.sampled_from(ValueKind))
BINDINGS = st.dictionaries(TEXT, VALUES, max_size=3)
SUBSTITUTIONS = st.builds(Substitution, BINDINGS, st.lists(TEXT, max_size=2).map(tuple))
DECISIONS = st.one_of(
    st.builds(Satisfiable, BINDINGS, BINDINGS, BINDINGS),
    st.builds(Unsatisfiable, st.lists(TEXT, max_size=3).map(tuple)),
    st.builds(Unknown, TEXT),
)
OUTCOMES = st.one_of(
    st.builds(Answers, st.lists(SUBSTITUTIONS, max_size=3).map(tuple), st.booleans()), st.just(NoAnswer()), DECISIONS
)
PLACES = st.none() | st.integers(1, 10**6)
DIAGNOSTICS = st.lists(
    st.builds(
        Diagnostic,
        st.sampled_from(ErrorClass),
        TEXT,
        PLACES,
        PLACES,
        st.none() | TEXT,
        st.none() | TEXT,
        st.sampled_from(Part),
    ),
    max_size=3,
).map(tuple)
ENDINGS: st.SearchStrategy[Ending] = st.one_of(
    st.builds(Finished, OUTCOMES, st.lists(DECISIONS, max_size=3).map(tuple), DIAGNOSTICS),
    st.builds(Stopped, st.sampled_from(LimitName)),
    st.builds(Rejected, DIAGNOSTICS.filter(bool)),
)
AMOUNTS = st.floats(0, 1e9)
RUNS = st.builds(
    Run,
    ENDINGS,
    TEXT,
    st.builds(Usage, AMOUNTS, AMOUNTS, AMOUNTS),
    st.builds(Layers, *[st.booleans()] * 6),
)
JOBS = st.builds(
    Job,
    st.builds(Program, st.sampled_from(Language), ANY_TEXT),
    st.none() | ANY_TEXT,
    st.sampled_from(Wanted),
    st.none() | ANY_TEXT,
)


@given(JOBS)
def test_a_job_is_read_back_as_it_was_whatever_characters_it_holds(job: Job) -> None:
    assert decode_job(encode_job(job)) == job


@given(ENDINGS)
def test_an_ending_is_read_back_as_it_was(ending: Ending) -> None:
    assert decode_ending(encode_ending(ending)) == ending


@given(RUNS)
def test_a_run_passes_through_json_text_unchanged(run: Run) -> None:
    assert run_from_json(json.loads(json.dumps(run_to_json(run)))) == run


def test_two_lone_surrogates_side_by_side_stay_two() -> None:
    job = Job(Program(Language.SMT, "\ud83d\ude00"))
    assert decode_job(encode_job(job)).program.text == "\ud83d\ude00"


def test_a_lone_surrogate_in_an_ending_becomes_a_replacement_character() -> None:
    ending = Finished(Unknown("a\ud800b"))
    assert decode_ending(encode_ending(ending)) == Finished(Unknown("a\ufffdb"))


def test_a_run_looks_like_this() -> None:
    answers = Answers(
        (
            Substitution({"X": Value("18", ValueKind.INTEGER)}),
            Substitution({"X": Value("_1", ValueKind.CONSTRAINED)}, ("_1>0",)),
        ),
        exhausted=False,
    )
    diagnostic = Diagnostic(ErrorClass.LOGICAL, "two answers", symbol="X", part=Part.QUERY)
    run = Run(Finished(answers, diagnostics=(diagnostic,)), "hello\n", Usage(0.5, 0.25, 30.0), Layers(landlock=False))
    assert run_to_json(run) == {
        "status": "finished",
        "limit": None,
        "diagnostics": [
            {
                "class": "logical",
                "message": "two answers",
                "line": None,
                "column": None,
                "symbol": "X",
                "suggestion": None,
                "part": "query",
            }
        ],
        "outcome": {
            "kind": "answers",
            "answers": [{"X": "18"}, {"X": "_1"}],
            "kinds": [{"X": "integer"}, {"X": "constrained"}],
            "residual": [[], ["_1>0"]],
            "exhausted": False,
        },
        "output": "hello\n",
        "usage": {"wall_seconds": 0.5, "cpu_seconds": 0.25, "peak_memory_mib": 30.0},
        "sandbox": {
            "policy": True,
            "seccomp": True,
            "landlock": False,
            "no_new_privileges": True,
            "rlimits": True,
            "empty_environment": True,
        },
    }


def test_the_checks_of_a_program_show_when_there_was_not_exactly_one() -> None:
    one = Finished(Unsatisfiable(("a",)), (Unsatisfiable(("a",)),))
    several = Finished(
        Unsatisfiable(("a",)), (Satisfiable({"x": Value("1", ValueKind.INTEGER)}), Unsatisfiable(("a",)))
    )
    shown = [run_to_json(Run(ending, "", Usage(0, 0, 0), Layers()))["outcome"] for ending in (one, several)]
    assert shown[0] == {"kind": "unsatisfiable", "core": ["a"]}
    assert [check["kind"] for check in shown[1]["checks"]] == ["satisfiable", "unsatisfiable"]
    assert shown[1]["checks"][0]["model"] == {"x": "1"}
    assert shown[1]["checks"][0]["kinds"]["model"] == {"x": "integer"}


GOOD: dict[str, Any] = json.loads(
    encode_ending(Finished(Answers((Substitution({"X": Value("1", ValueKind.INTEGER)}),), True)))
)


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        b"not json",
        b"\xff\xfe",
        b"[]",
        b"null",
        b"{}",
        json.dumps(GOOD).encode() + b"{}",
        json.dumps(GOOD | {"status": "stopped"}).encode(),
        json.dumps(GOOD | {"status": "stopped", "outcome": None}).encode(),
        json.dumps(GOOD | {"status": "stopped", "outcome": None, "limit": "patience"}).encode(),
        json.dumps(GOOD | {"status": "rejected", "outcome": None}).encode(),
        json.dumps(GOOD | {"extra": 1}).encode(),
        json.dumps(GOOD | {"diagnostics": {}}).encode(),
        json.dumps(GOOD | {"outcome": GOOD["outcome"] | {"exhausted": "yes"}}).encode(),
        json.dumps(GOOD | {"outcome": GOOD["outcome"] | {"kinds": []}}).encode(),
        json.dumps(GOOD | {"outcome": GOOD["outcome"] | {"kinds": [{"Y": "integer"}]}}).encode(),
        json.dumps(GOOD | {"outcome": GOOD["outcome"] | {"answers": [{"X": 1}]}}).encode(),
        json.dumps(GOOD | {"outcome": {"kind": "true"}}).encode(),
        json.dumps(GOOD | {"outcome": {"kind": "unknown", "reason": None}}).encode(),
        b'{"status":NaN,"limit":null,"diagnostics":[],"outcome":null}',
        b"[" * 100_000,
        b'{"status":' + b"9" * 5000 + b"}",
    ],
    ids=lambda reply: reply[:60].decode(errors="replace"),
)
def test_what_no_worker_writes_is_refused(reply: bytes) -> None:
    with pytest.raises(ProtocolError):
        decode_ending(reply)


@given(st.binary(max_size=200))
def test_bytes_that_are_no_ending_never_become_one(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        decode_ending(data)


@given(ENDINGS, st.data())
def test_an_ending_cut_off_is_refused(ending: Ending, data: st.DataObject) -> None:
    whole = encode_ending(ending)
    length = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(ProtocolError):
        decode_ending(whole[:length])


def test_a_job_of_another_shape_is_refused() -> None:
    for body in (b"{}", b'{"language":"logo","text":"","query":null,"wanted":"any","answer":null}', b"\xff"):
        with pytest.raises(ProtocolError):
            decode_job(body)


@pytest.mark.parametrize("escape", [r"\ud800", r"\uDFFF", r"\u0041", r"\ud83d\ude00"])
def test_a_character_escaped_where_no_worker_escapes_it_is_refused(escape: str) -> None:
    ending = encode_ending(Finished(Unknown("-"), (Unknown("-"),)))
    forged = ending.replace(b'"-"', f'"{escape}"'.encode())
    assert forged != ending
    with pytest.raises(ProtocolError):
        decode_ending(forged)


def test_text_that_looks_like_an_escape_passes() -> None:
    ending = Finished(Unknown("\\ud800 \\u{d800} \x01"), (Unknown("\\ud800 \\u{d800} \x01"),))
    assert decode_ending(encode_ending(ending)) == ending


@pytest.mark.parametrize("line", ["0", "-1", "2147483648", "9" * 4000, "1.0", "true"])
def test_a_line_that_no_text_has_is_refused(line: str) -> None:
    rejected = encode_ending(Rejected((Diagnostic(ErrorClass.SYNTAX, "m", line=7),)))
    with pytest.raises(ProtocolError):
        decode_ending(rejected.replace(b'"line":7', f'"line":{line}'.encode()))


@pytest.mark.parametrize("depth", [*range(900, 1000, 3), 100_000])
def test_a_reply_that_nests_as_deep_as_python_goes_is_refused_like_any_other(depth: int) -> None:
    deep = "[" * depth + "]" * depth
    for place in ('"status":"stopped"', '"limit":"memory_mib"', '"diagnostics":[]', '"outcome":null'):
        name = place.partition(":")[0]
        forged = encode_ending(Stopped(LimitName.MEMORY_MIB)).decode().replace(place, f"{name}:{deep}")
        with pytest.raises(ProtocolError) as raised:
            decode_ending(forged.encode())
        assert len(str(raised.value)) < 500
