"""`quod traces export` as its users run it, and `quod traces` beside it."""

import io
import json
import os
import sys
from dataclasses import dataclass

import pytest

from app.cli import main
from app.reasoning.types import Trust
from app.store.session import Database
from app.store.traces import TraceStore
from tests.app.training.recorded import record

PENS, BOOKS = (
    "Ann has 3 boxes with 12 pens each and gives 5 pens to her brother. How many pens has she left?",
    "A shelf holds 40 books. Tom takes 7 of them home on Monday. How many books are still on the shelf?",
)


@dataclass
class Ended:
    returncode: int
    stdout: str
    stderr: str


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A folder with a database of four traces."""
    folder = tmp_path_factory.mktemp("export")
    with Database.open(f"sqlite:///{folder}/quod.db") as database:
        database.upgrade()
        store = TraceStore(database)
        record(store, 1, PENS, ["bad", "good"])
        record(store, 2, BOOKS, ["good"], trust=Trust.CORROBORATED)
        record(store, 3, "Not trusted. How many?", ["good"], trust=Trust.EXECUTED)
        record(store, 4, "Not solved. How many?", ["bad"], trust=None)
    return folder


@pytest.fixture
def quod(home, monkeypatch, capsys):
    for name in list(os.environ):
        if name.startswith("QUOD_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("QUOD_DATABASE_URL", f"sqlite:///{home}/quod.db")

    def run(*arguments):
        with monkeypatch.context() as patch:
            patch.setattr(sys, "argv", ["quod", *map(str, arguments)])
            patch.setattr(sys, "stdin", io.StringIO())
            with pytest.raises(SystemExit) as raised:
                main()
        return Ended(raised.value.code or 0, *capsys.readouterr())

    return run


def lines_of(file):
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_verified_traces_become_a_file_and_a_summary(quod, tmp_path):
    out = tmp_path / "sft.jsonl"
    ended = quod("traces", "export", "--format", "sft", "--out", out)
    assert ended.returncode == 0
    assert [line["problem"] for line in lines_of(out)] == [PENS, BOOKS]
    assert ended.stdout.startswith("2 lines of 2 verified traces in ")
    assert "sha256 " in ended.stdout
    assert "no --exclude was given" in ended.stderr


def test_json_prints_one_document_with_every_count(quod, tmp_path):
    out = tmp_path / "pairs.jsonl"
    ended = quod("traces", "export", "--format", "preference", "--out", out, "--json")
    summary = json.loads(ended.stdout)
    assert ended.stdout.count("\n") == 1
    assert (summary["format"], summary["traces"], summary["rows"]) == ("preference", 2, 1)
    assert summary["left_out"] == {"no_pair": 1}


def test_options_narrow_the_selection_and_nothing_found_is_exit_status_1(quod, tmp_path):
    def rows(name, *options):
        ended = quod("traces", "export", "--format", "sft", "--out", tmp_path / name, "--json", *options)
        found = json.loads(ended.stdout)["rows"]
        assert ended.returncode == (0 if found else 1)
        return found

    assert rows("a", "--min-trust", "executed") == 3
    assert rows("b", "--min-trust", "corroborated") == 1
    assert rows("c", "--kind", "entailment") == 0
    assert rows("d", "--language", "prolog", "--created-after", "2026-11-22") == 2
    assert rows("e", "--created-after", "2030-01-01T00:00:00Z") == 0


def test_problems_of_every_excluded_file_are_left_out(quod, tmp_path):
    one, other, out = tmp_path / "test.jsonl", tmp_path / "test.txt", tmp_path / "sft.jsonl"
    nearly = PENS.replace("3 boxes", "4 boxes").replace("Ann", "Ida")
    one.write_text(json.dumps({"question": nearly, "answer": "43"}) + "\n")
    other.write_text(f"Something else?\n{BOOKS}\n")
    ended = quod("traces", "export", "--format", "sft", "--out", out, "--json", "--exclude", one)
    assert json.loads(ended.stdout)["left_out"] == {"evaluated": 1}
    assert ended.stderr == ""
    assert [line["problem"] for line in lines_of(out)] == [BOOKS]
    ended = quod("traces", "export", "--format", "sft", "--out", out, "--force", "--exclude", one, "--exclude", other)
    assert "2 left out: an evaluation uses the problem, or one nearly alike" in ended.stdout
    assert lines_of(out) == []


def test_targets_reach_a_reward_file_alone(quod, tmp_path):
    targets, out = tmp_path / "targets.csv", tmp_path / "reward.jsonl"
    targets.write_text(f'problem,answer\n"{PENS}",31\n')
    ended = quod("traces", "export", "--format", "reward", "--out", out, "--targets", targets)
    assert [line["answer"] for line in lines_of(out)] == ["31", None]
    assert "1 with a target" in ended.stdout
    ended = quod("traces", "export", "--format", "sft", "--out", tmp_path / "sft", "--targets", targets)
    assert ended.returncode == 2
    assert "--targets belongs to --format reward" in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["--format", "sft"], 2, "out"),
        (["--out", "x"], 2, "format"),
        (["--format", "xml", "--out", "x"], 2, "xml"),
        (["--format", "sft", "--out", "-"], 2, "names a file"),
        (["--format", "sft", "--out", "/nowhere/x"], 1, "cannot be written"),
        (["--format", "sft", "--out", "/"], 1, "folder"),
        (["--format", "sft", "--out", "x", "--created-after", "soon"], 2, "--created-after"),
        (["--format", "sft", "--out", "x", "--exclude", "/nowhere/x.jsonl"], 1, "/nowhere/x.jsonl cannot be read"),
        (["--format", "reward", "--out", "x", "--targets", "{home}/none.txt"], 1, "no answers"),
    ],
)
def test_what_is_wrong_is_a_sentence(quod, home, tmp_path, monkeypatch, arguments, status, said):
    monkeypatch.chdir(tmp_path)
    (home / "none.txt").write_text("A problem without an answer?\n")
    arguments = [argument.replace("{home}", str(home)) for argument in arguments]
    ended = quod("traces", "export", *arguments)
    assert (ended.returncode, ended.stdout) == (status, "")
    assert ended.stderr.startswith("quod: ")
    assert said in ended.stderr
    assert list(tmp_path.iterdir()) == []
    as_json = quod("traces", "export", *arguments, "--json")
    assert json.loads(as_json.stdout)["type"].startswith("urn:quod:problem:")


def test_traces_goes_on_to_list_and_to_show(quod):
    assert "Not solved. How many?" in quod("traces").stdout
    assert len(json.loads(quod("traces", "--limit", "2", "--json").stdout)["data"]) == 2
    assert PENS in quod("traces", f"trc_{1:026d}").stdout
    assert quod("traces", "trc_nope").returncode == 1
    assert quod("traces", "--trust", "certified", "--json").returncode == 0


def test_help_names_the_command_and_its_options(quod):
    assert "quod traces export" in quod("traces", "--help").stdout
    shown = quod("traces", "export", "--help").stdout
    assert shown.startswith("Usage: quod traces export [OPTIONS]")
    for option in ("--format", "--min-trust", "--exclude", "--targets", "--created-after"):
        assert option in shown


def test_progress_is_told_when_it_takes_longer(quod, tmp_path, monkeypatch):
    monkeypatch.setattr("app.cli.exporting._SILENT_SECONDS", 0.0)
    ended = quod("traces", "export", "--format", "sft", "--out", tmp_path / "sft.jsonl")
    assert "1 traces read, 1 lines written" in ended.stderr
