"""`quod eval` as its users run it: processes, signals, a recording or a server for a language model, and a database."""

import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
import pytest

from app.cli import main
from app.problem import Problem
from app.store.evaluation_types import EvaluationConfig, Outcome, Sample, State
from app.store.evaluations import EvaluationStore
from app.store.session import Database
from tests.app.api.serving import environment
from tests.ports import free_port

pytestmark = pytest.mark.timeout(900)

SECONDS = 300
"""Of a process, on a machine that has other things to do."""

NUMBER = 12
WRONG, UNKNOWN = (0, 4, 8), (5, 11)
"""Which problems have another target than their answer, and which no completion is recorded for."""
COUNTS = {"correct": 7, "wrong": 3, "abstained": 0, "errored": 2}


def problem(number):
    return f"Anna has {number + 3} boxes with 4 pencils each and gives 5 pencils away. How many pencils has she left?"


def completion(boxes):
    return (
        f"```prolog\n:- use_module(library(clpq)).\nboxes({boxes}).\nper_box(4).\ngiven(5).\n"
        "solve(X) :- boxes(B), per_box(P), given(G), {X = B * P - G}.\n"
        "% boxes/1: how many boxes Anna has\n% query: solve(X).\n```"
    )


def write_dataset(file):
    rows = [
        {"id": f"p{number}", "question": problem(number), "answer": (number + 3) * 4 - 5 + (number in WRONG)}
        for number in range(NUMBER)
    ]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


def write_recording(file, without=UNKNOWN, more_boxes=()):
    lines = [
        {"problem": problem(number), "attempt": 1, "completion": completion(number + 3 + (number in more_boxes))}
        for number in range(NUMBER)
        if number not in without
    ]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return file


@pytest.fixture
def home(tmp_path):
    """A folder with a dataset and a recording."""
    write_dataset(tmp_path / "set.jsonl")
    write_recording(tmp_path / "recording.jsonl")
    return tmp_path


@dataclass
class Ended:
    returncode: int
    stdout: str
    stderr: str

    @property
    def document(self):
        """The one JSON document that was printed."""
        assert self.stdout.count("\n") == 1, (self.stdout, self.stderr)
        return json.loads(self.stdout)


def settings_of(home):
    return {
        "QUOD_DATABASE_URL": f"sqlite:///{home}/quod.db",
        "QUOD_LM": f"recorded:{home}/recording.jsonl",
        "QUOD_BUDGET_SECONDS": "300",
        "QUOD_LIMIT_WALL_SECONDS": "60",
        "QUOD_CHECK_SECONDS": "60",
    }


@pytest.fixture
def quod(home, monkeypatch, capsys):
    """Runs `quod eval` in this process."""
    for name in list(os.environ):
        if name.startswith("QUOD_"):
            monkeypatch.delenv(name)
    for name, value in settings_of(home).items():
        monkeypatch.setenv(name, value)

    def run(*arguments):
        with monkeypatch.context() as patch:
            patch.setattr(sys, "argv", ["quod", "eval", *map(str, arguments)])
            patch.setattr(sys, "stdin", io.StringIO())
            with pytest.raises(SystemExit) as raised:
                main()
        ended = Ended(raised.value.code or 0, *capsys.readouterr())
        assert "Traceback" not in ended.stderr
        return ended

    return run


@contextmanager
def started(home, *arguments):
    """`quod eval` as a process; it is ended at the end."""
    process = subprocess.Popen(
        [sys.executable, "-m", "app.cli", "eval", *map(str, arguments)],
        env=environment(**settings_of(home)),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()


def ended(process):
    stdout, stderr = process.communicate(timeout=SECONDS)
    assert "Traceback" not in stderr, stderr
    return Ended(process.returncode, stdout, stderr)


@contextmanager
def store_of(home):
    with Database.open(f"sqlite:///{home}/quod.db", busy_seconds=60) as database:
        database.upgrade()
        yield EvaluationStore(database)


def when_recorded(home, least, process):
    """The evaluation, once so many of its results are recorded."""
    deadline = time.monotonic() + SECONDS
    with store_of(home) as store:
        while (evaluation := store.last()) is None or evaluation.counts.recorded < least:
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        return evaluation


@contextmanager
def served(completions, port=0, **faults):
    """A language model's server; gives what names it."""
    options = [word for name, value in faults.items() for word in (f"--{name}", str(value))]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.stand_in", "--completions", str(completions), "--port", str(port), *options],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        found = re.search(r"http://\S+", process.stdout.readline())
        assert found is not None
        yield f"http:stand-in@{found[0]}"
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


def control(lm, **faults):
    address = lm.partition("@")[2].removesuffix("/v1")
    httpx.post(f"{address}/control", json=faults, timeout=60).raise_for_status()


def outcomes(home, evaluation_id):
    with store_of(home) as store:
        found, more = store.results(evaluation_id, 1_000)
    assert not more
    assert len({(result.position, result.epoch) for result in found}) == len(found)
    return {result.sample_id: (result.outcome, result.answer, result.trust) for result in found}


def counts(document):
    return {name: document["counts"][name] for name in COUNTS}


# One that nothing disturbs


def test_a_run_prints_its_result_alone_and_writes_a_report_that_needs_nothing_else(home):
    page = home / "report.html"
    with started(home, "run", home / "set.jsonl", "--out", page) as process:
        run = ended(process)
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith("completed  evl_")
    for name, share in (
        ("accuracy", "7 of 12"),
        ("coverage", "10 of 12"),
        ("accuracy of what was answered", "7 of 10"),
    ):
        assert re.search(rf"^{name} +{share} +\d+\.\d %  \d+\.\d to \d+\.\d %", run.stdout, re.MULTILINE), run.stdout
    assert re.search(r"^  certified +7 of 10 ", run.stdout, re.MULTILINE)
    assert "7 correct, 3 wrong, 0 abstained, 2 errored (2 NoRecordedCompletionError)" in run.stdout
    assert re.search(r"quod eval report evl_\w+ --out ", run.stdout)
    assert f"the report is in {page}" in run.stderr
    text = page.read_text()
    assert text.startswith("<!DOCTYPE html>")
    assert "<svg" in text
    assert not re.search(r"<script|<img|@import|\b(?:src|href)=.http", text)
    assert os.listdir(home).count("report.html") == 1
    assert not [name for name in os.listdir(home) if name.startswith(".report")]


def test_what_is_recorded_can_be_listed_shown_reported_and_compared(home, quod):
    run = quod("run", home / "set.jsonl", "--json").document
    name = run["id"]
    assert (run["state"], counts(run)) == ("completed", COUNTS)
    assert run["metrics"]["accuracy"]["part"] == 7
    assert run["lm"]["name"] == "recording.jsonl"
    assert quod("show", "--last", "--json").document == run == quod("show", name, "--watch", "--json").document

    assert [each["id"] for each in quod("list", "--json").document["data"]] == [name]
    assert quod("list", "--state", "paused").stdout == "no evaluations\n"
    assert name in quod("list").stdout

    wrong = quod("samples", name, "--outcome", "wrong", "--json").document
    assert [each["sample_id"] for each in wrong["data"]] == [f"p{number}" for number in WRONG]
    assert all(each["trace_id"].startswith("trc_") for each in wrong["data"])
    assert quod("samples", name, "--outcome", "wrong", "--trust", "executed").stdout == "no results\n"
    first = quod("samples", name, "--limit", 1, "--json").document
    assert first["has_more"]
    assert len(quod("samples", name, "--after", first["data"][0]["sequence"], "--json").document["data"]) == NUMBER - 1

    kept = quod("datasets", "--json").document
    assert [each["samples"] for each in kept["data"]] == [NUMBER]
    assert re.search(r"^  gsm8k +yes +MIT", quod("datasets").stdout, re.MULTILINE)

    page = home / "report.html"
    assert quod("report", "--last", "--out", page, "--json").document["bytes"] == page.stat().st_size
    refused = quod("report", "--last", "--out", page)
    assert refused.returncode == 1
    assert "--force" in refused.stderr
    assert quod("report", "--last", "--out", page, "--force").returncode == 0

    # The dataset by its hash, and a language model that miscounts the boxes of a problem.
    other = write_recording(home / "other.jsonl", more_boxes=(1,))
    again = quod("run", kept["data"][0]["sha256"][:12], "--lm", f"recorded:{other}", "--json").document
    compared = quod("compare", name, again["id"], "--json").document
    assert [(each["sample_id"], each["second"]["outcome"]) for each in compared["changes"]] == [("p1", "wrong")]
    assert compared["table"] == {"both": 6, "only_first": 1, "only_second": 0, "neither": 5, "p": 1.0}
    shown = quod("compare", name, again["id"]).stdout
    assert "second less first: -8.3 percentage points" in shown
    assert "language_model.name" in shown


def test_columns_are_mapped_and_samples_are_drawn_by_their_seed(home, quod):
    rows = [f"{problem(number)},{(number + 3) * 4 - 5}\n" for number in range(4)]
    (home / "table.csv").write_text("text,gold\n" + "".join(rows))
    columns = ["--map", "text=problem", "--map", "gold=target", "--map", "=arithmetic=kind"]
    run = quod("run", home / "table.csv", *columns, "--limit", 2, "--sample-seed", 7, "--epochs", 2, "--json").document
    assert counts(run) == {"correct": 4, "wrong": 0, "abstained": 0, "errored": 0}
    assert (run["config"]["sample_seed"], run["config"]["epochs"], run["dataset"]["samples"]) == (7, 2, 4)


# What is wrong is said before anything runs


def test_every_fault_of_a_dataset_is_named_with_its_line_and_nothing_is_begun(home, quod):
    good = json.dumps({"id": "a", "question": problem(0), "answer": "7"})
    (home / "bad.jsonl").write_text(f'{good}\n{{"id": "b", "question": "q"}}\n{good}\nnonsense\n')
    refused = quod("run", home / "bad.jsonl")
    assert refused.returncode == 1
    assert refused.stdout == ""
    for line in (2, 3, 4):
        assert f"- line {line}: " in refused.stderr
    assert "line 2" in quod("run", home / "bad.jsonl", "--json").document["detail"]
    assert not (home / "quod.db").exists()


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["run", "gsm9k"], 1, "did you mean 'gsm8k'"),
        (["run", "SET", "--lm", "oracle"], 2, "names no language model"),
        (["run", "SET", "--lm", "recorded:nothing.jsonl"], 2, "nothing.jsonl"),
        (["run", "SET", "--lm", "embedded:", "--baseline"], 2, "no baseline"),
        (["run", "SET", "--map", "question"], 2, "COLUMN=FIELD"),
        (["run", "SET", "--map", "question=text"], 2, "no 'text'"),
        (["run", "SET", "--dask=localhost"], 2, "tcp://"),
        (["run", "SET", "--out", "no/such/folder.html"], 2, "no such folder"),
        (["run", "0123456789ab"], 1, "no dataset"),
        (["show"], 2, "--last"),
        (["show", "--last"], 1, "quod eval run"),
        (["resume", "evl_1"], 1, "no evaluation 'evl_1'"),
        (["pause", "../evl"], 1, "no evaluation"),
        (["samples", "--last", "--error-class", "bad"], 2, "--error-class is one of"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_done_is_said_in_a_sentence(home, quod, arguments, status, said):
    with store_of(home):
        pass
    given = [str(home / "set.jsonl") if word == "SET" else word for word in arguments]
    refused = quod(*given)
    assert (refused.returncode, refused.stdout) == (status, "")
    assert said in refused.stderr
    assert said in quod(*given, "--json").document["detail"]
    assert quod("list").stdout == "no evaluations\n"


# Interrupted


def test_ctrl_c_pauses_a_run_which_says_how_to_resume_and_resumes_to_the_same_results(home, quod):
    with served(home / "recording.jsonl", latency=0.5) as lm:
        with started(home, "run", home / "set.jsonl", "--lm", lm, "--concurrency", 1, "--json") as process:
            evaluation = when_recorded(home, 2, process)
            process.send_signal(signal.SIGINT)
            run = ended(process)
        assert run.returncode == 130
        assert (run.document["id"], run.document["state"]) == (evaluation.id, "paused")
        assert f"quod eval resume {evaluation.id}" in run.stderr
        recorded = outcomes(home, evaluation.id)
        assert 2 <= len(recorded) < NUMBER
        assert not quod("show", "--last", "--json").document["owned"]

        control(lm, latency=0.0)
        resumed = quod("resume", evaluation.id, "--json")
        assert resumed.returncode == 0, resumed.stderr
        assert (resumed.document["state"], counts(resumed.document)) == ("completed", COUNTS)
        assert outcomes(home, evaluation.id).items() >= recorded.items()
        undisturbed = quod("run", home / "set.jsonl", "--lm", lm, "--json").document
        assert outcomes(home, evaluation.id) == outcomes(home, undisturbed["id"])


def test_ctrl_c_twice_gives_up_what_is_under_way_and_nothing_is_lost(home, quod):
    with served(home / "recording.jsonl", latency=0.5) as lm:
        with started(home, "run", home / "set.jsonl", "--lm", lm, "--concurrency", 1) as process:
            when_recorded(home, 1, process)
            control(lm, latency=1_000.0)
            process.send_signal(signal.SIGINT)
            while not (line := process.stderr.readline()).startswith("pausing"):
                assert line
            process.send_signal(signal.SIGINT)
            run = ended(process)
        assert run.returncode == 130
        assert run.stdout.startswith("paused")
        control(lm, latency=0.0)
        resumed = quod("resume", "--last", "--json")
        assert (resumed.returncode, counts(resumed.document)) == (0, COUNTS)


def test_a_run_that_is_killed_resumes_to_the_results_of_one_that_nothing_disturbed(home, quod):
    with served(home / "recording.jsonl", latency=1.0) as lm:
        with started(home, "run", home / "set.jsonl", "--lm", lm, "--concurrency", 2) as process:
            evaluation = when_recorded(home, 3, process)
            process.kill()
            process.wait()
        left = quod("show", "--last", "--json").document
        assert (left["state"], left["owned"]) == ("in_progress", True)

        control(lm, latency=0.0)
        resumed = quod("resume", "--last", "--json")
        assert "has an owner" in resumed.stderr
        assert (resumed.returncode, counts(resumed.document)) == (0, COUNTS)
        undisturbed = quod("run", home / "set.jsonl", "--lm", lm, "--json").document
        assert outcomes(home, evaluation.id) == outcomes(home, undisturbed["id"])


def test_another_process_pauses_a_run_and_cancels_it_for_good(home, quod):
    with served(home / "recording.jsonl", latency=0.5) as lm:
        with started(home, "run", home / "set.jsonl", "--lm", lm, "--concurrency", 1, "--json") as process:
            evaluation = when_recorded(home, 1, process)
            control(lm, latency=3.0)  # it must not end before it is asked to
            busy = quod("resume", "--last")
            assert busy.returncode == 1
            assert "another process, which is alive" in busy.stderr
            paused = quod("pause", evaluation.id, "--json")
            run = ended(process)
        assert (paused.returncode, paused.document["state"]) == (0, "paused")
        assert (run.returncode, run.document["state"]) == (1, "paused")
        assert "somebody asked for a pause" in run.stderr
        assert quod("cancel", "--last", "--json").document["state"] == "cancelled"
        refused = quod("resume", "--last")
        assert refused.returncode == 1
        assert "begin a new one" in refused.stderr


@pytest.mark.parametrize(("command", "state"), [("pause", "paused"), ("cancel", "cancelled")])
def test_what_a_killed_process_left_is_paused_or_cancelled_all_the_same(home, quod, command, state):
    with store_of(home) as store:
        store.add_dataset("one", "here", "", "5" * 64, [Sample("a", Problem(problem(0)), "7")])
        store.create("evl_1", "5" * 64, EvaluationConfig(lm="recorded:"), attended=True)
        assert store.take("evl_1", "somebody who was killed", (0, 0)) is not None
    stopped = quod(command, "evl_1", "--json")
    assert stopped.returncode == 0, stopped.stderr
    assert (stopped.document["state"], stopped.document["owned"]) == (state, False)


# Again


def test_what_errored_is_solved_again_and_another_language_model_is_refused(home, quod):
    port = free_port()
    with served(home / "recording.jsonl", port=port) as lm:
        run = quod("run", home / "set.jsonl", "--lm", lm, "--json").document
        assert counts(run) == COUNTS
    whole = write_recording(home / "whole.jsonl", without=())
    with served(whole, port=port):
        again = quod("retry-errored", run["id"], "--json")
        assert again.returncode == 0, again.stderr
        assert counts(again.document) == {"correct": 9, "wrong": 3, "abstained": 0, "errored": 0}
        assert "nothing to retry" in quod("retry-errored", run["id"]).stderr
    with store_of(home) as store:
        assert [result.outcome for result in store.earlier(run["id"], 10)[0]] == [Outcome.ERRORED] * 2

    recorded = quod("run", home / "set.jsonl", "--json").document
    write_recording(home / "recording.jsonl", without=())
    refused = quod("retry-errored", recorded["id"])
    assert refused.returncode == 1
    assert "are not mixed" in refused.stderr
    with store_of(home) as store:
        kept = store.get(recorded["id"])
        assert (kept.state, kept.counts.errored) == (State.COMPLETED, 2)


def test_a_run_pauses_at_its_cap_of_tokens(home, quod):
    with served(home / "recording.jsonl") as lm:
        capped = quod("run", home / "set.jsonl", "--lm", lm, "--token-cap", 1, "--concurrency", 1, "--json")
    assert (capped.returncode, capped.document["state"]) == (1, "paused")
    assert "the cap is 1" in capped.stderr
    assert capped.document["counts"]["waiting"] > 0
