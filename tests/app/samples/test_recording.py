"""The recording that ships: made with the prompts as they are, and still giving what it gave."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.errors import LmUnavailableError
from app.lm.recorded import RecordedLM
from app.lm.types import Message, Role
from app.prompts import all_prompts
from app.reasoning.formalise import formalise
from app.reasoning.kind import decide_kind, decide_language
from app.samples import Sample, load_samples
from app.samples.record import RECORDING, load_entries, messages_sha256, record, summary
from solvers import Runtime
from solvers.types import Language
from tests.app.reasoning.scripted import ScriptedLM, completion, prolog

SUM = Sample("sum", decide_kind(load_samples()[0].as_problem()), "Two and two, how many are they?", "4")
RIGHT = prolog("solve(X) :- X is 2 + 2.\n% query: solve(X).")
WRONG = prolog("solve(X) :- X is 2 / 0.\n% query: solve(X).")


async def take(
    runtime: Runtime, path: Path, *replies: Any, samples: tuple[Sample, ...] = (SUM,), corroborate: bool = False
) -> tuple[ScriptedLM, dict[str, Any]]:
    lm = ScriptedLM(*replies)
    pairs = await record(lm, runtime, path, samples, concurrency=2, attempts=3, seconds=60.0, corroborate=corroborate)
    return lm, summary(pairs)


async def test_a_recording_keeps_each_completion_with_what_was_asked(runtime: Runtime, tmp_path: Path) -> None:
    path = tmp_path / "completions.jsonl"
    _, counts = await take(runtime, path, WRONG, RIGHT)
    assert (counts["right"], counts["right_at_first"], counts["repairs"]) == (1, 0, 1)
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert [(row["attempt"], row["prompt"]["name"]) for row in rows] == [(1, "formalise-prolog"), (2, "repair")]
    first = formalise(SUM.as_problem(), SUM.kind, Language.PROLOG)
    assert rows[0]["messages_sha256"] == messages_sha256(first.messages)
    assert rows[0]["prompt"]["sha256"] == first.prompt.sha256
    assert [entry.completion for entry in RecordedLM(path).entries] == [WRONG, RIGHT]


async def test_only_what_is_missing_or_asked_otherwise_is_asked_again(runtime: Runtime, tmp_path: Path) -> None:
    path = tmp_path / "completions.jsonl"
    await take(runtime, path, WRONG, RIGHT)
    again, counts = await take(runtime, path)
    assert again.requests == []
    assert counts["right"] == 1
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    rows[1]["messages_sha256"] = "0" * 64
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    third, _ = await take(runtime, path, RIGHT)
    assert [request.attempt for request in third.requests] == [2]
    assert len(path.read_text().splitlines()) == 2


async def test_a_second_reading_is_recorded_apart(runtime: Runtime, tmp_path: Path) -> None:
    path = tmp_path / "completions.jsonl"
    second = "```smt2\n(declare-const x Int)\n(assert (= x (+ 2 2)))\n; answer: x\n```"
    _, counts = await take(runtime, path, RIGHT, second, corroborate=True)
    assert (counts["right"], counts["repairs"]) == (1, 0)
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert [(row["attempt"], row.get("corroboration", False)) for row in rows] == [(1, False), (1, True)]
    again, _ = await take(runtime, path, corroborate=True)
    assert again.requests == []


async def test_a_doubt_is_recorded_and_said_again(runtime: Runtime, tmp_path: Path) -> None:
    path = tmp_path / "completions.jsonl"
    await take(runtime, path, replace(completion(RIGHT), doubt="not sure"))
    (row,) = [json.loads(line) for line in path.read_text().splitlines()]
    assert row["doubt"] == "not sure"
    again, _ = await take(runtime, path)
    assert again.requests == []
    assert [json.loads(line)["doubt"] for line in path.read_text().splitlines()] == ["not sure"]
    assert [entry.doubt for entry in RecordedLM(path).entries] == ["not sure"]


async def test_what_came_before_a_language_model_failed_is_kept(runtime: Runtime, tmp_path: Path) -> None:
    path = tmp_path / "completions.jsonl"
    with pytest.raises(LmUnavailableError):
        await take(runtime, path, WRONG, LmUnavailableError("gone"))
    lm, _ = await take(runtime, path, RIGHT)
    assert [request.attempt for request in lm.requests] == [2]


async def test_a_sample_that_is_not_run_keeps_its_lines(runtime: Runtime, tmp_path: Path) -> None:
    path = tmp_path / "completions.jsonl"
    await take(runtime, path, RIGHT)
    other = Sample("other", SUM.kind, "Three and one, how many are they?", "4")
    await take(runtime, path, RIGHT, samples=(other,))
    assert len(path.read_text().splitlines()) == 2


def test_the_messages_hash_tells_roles_and_texts_apart() -> None:
    a, b = Message(Role.USER, "a"), Message(Role.SYSTEM, "a")
    assert len({messages_sha256(m) for m in ([a], [b], [a, b], [Message(Role.USER, "aa")])}) == 4


# The one that ships


def test_every_sample_was_recorded_with_the_prompts_as_they_are() -> None:
    """A prompt that changes needs new completions: `python -m app.samples.record --lm ...` asks for those alone."""
    entries = load_entries(RECORDING)
    current = {(prompt.ref.name, prompt.ref.version): prompt.ref.sha256 for prompt in all_prompts()}
    stale = {
        (entry.prompt["name"], entry.prompt["version"])
        for entry in entries.values()
        if current.get((entry.prompt["name"], entry.prompt["version"])) != entry.prompt["sha256"]  # type: ignore[index]
    }
    assert stale == set()
    for sample in load_samples():
        problem = sample.as_problem(decide=True)
        kind = decide_kind(problem)
        asked = formalise(problem, kind, decide_language(problem, kind))
        assert (sample.problem, False, 1) in entries, f"{sample.id} has not been recorded"
        assert entries[sample.problem, False, 1].messages_sha256 == messages_sha256(asked.messages), sample.id


async def test_the_recording_still_runs_and_asks_for_nothing_else(runtime: Runtime, tmp_path: Path) -> None:
    """Its repairs are asked with the same words, and it gives the answers that it was shipped with."""
    path = tmp_path / "completions.jsonl"
    path.write_bytes(RECORDING.read_bytes())
    lm, counts = await take(runtime, path, samples=load_samples(), corroborate=True)
    assert lm.requests == []
    assert path.read_bytes() == RECORDING.read_bytes()
    assert counts["right"] == len(load_samples()), counts["not_right_at_first"]
