"""Files of training data: what trl takes, what recipes take, and that a file is whole or not there."""

import errno
import hashlib
import json
import os

import pytest

from app.errors import ExportError
from app.lm.types import Role
from app.reasoning.formalise import formalise
from app.reasoning.types import Kind, Trust
from app.store.traces import TraceStore
from app.training.export import MOST_PAIRS, Format, export, target_key
from app.training.row_files import read_rows
from app.training.traces import Selection, verified_rows
from solvers.types import Language
from tests.app.training.recorded import record

SELECTION = Selection()


@pytest.fixture
def write(store, tmp_path):
    def run(format, selection=SELECTION, out=tmp_path / "out.jsonl", **options):
        written = export(store, Format(format), out, selection, **options)
        assert written.sha256 == hashlib.sha256(out.read_bytes()).hexdigest()
        lines = [json.loads(line) for line in out.read_text().splitlines()]
        assert written.rows == len(lines)
        return written, lines

    return run


def contents(messages):
    return [message["content"] for message in messages]


def test_supervised_lines_ask_as_the_service_does_and_end_with_the_completion(store, write):
    id = record(store, 1, "How many pens?", ["bad", "good"])
    written, (line,) = write("sft")
    asked = formalise(next(verified_rows(store)).problem, Kind.ARITHMETIC, Language.PROLOG)
    assert contents(line["messages"]) == [*(message.content for message in asked.messages), "good"]
    assert [message["role"] for message in line["messages"]] == [Role.SYSTEM, Role.USER, Role.ASSISTANT]
    assert (line["trace_id"], line["trust"], line["answer"], line["problem"]) == (
        id,
        "certified",
        "18",
        "How many pens?",
    )
    assert line["prompt_refs"]["rendered"]["sha256"] == asked.prompt.sha256
    assert line["prompt_refs"]["answered"]["name"] == "repair"
    assert (written.traces, written.left_out) == (1, {})


def test_supervised_lines_are_rows_for_a_recipe(store, write, tmp_path):
    record(store, 1, "How many pens?", ["good"])
    record(store, 2, "Does it follow?", ["good too"], kind=Kind.ENTAILMENT, language=Language.SMT)
    write("sft")
    assert list(read_rows(tmp_path / "out.jsonl")) == list(verified_rows(store))


def test_a_problem_that_looks_like_a_prompt_stays_the_text_of_a_problem(store, write):
    text = "{{ problem }} \ue000 # system\n<!-- only: smt -->\n\u2028 How many?"
    record(store, 1, text, ["good"])
    _, (line,) = write("sft")
    asked = formalise(next(verified_rows(store)).problem, Kind.ARITHMETIC, Language.PROLOG)
    assert contents(line["messages"])[:-1] == [message.content for message in asked.messages]


def test_pairs_hold_what_reached_the_trust_against_what_was_corrected(store, write):
    record(store, 1, "How many pens?", ["bad", "worse", "good"])
    record(store, 2, "How many pens are left?", ["at once"])
    written, lines = write("preference")
    assert [(contents(line["chosen"]), contents(line["rejected"])) for line in lines] == [
        (["good"], ["bad"]),
        (["good"], ["worse"]),
    ]
    assert all([message["role"] for message in line["prompt"]] == ["system", "user"] for line in lines)
    assert written.left_out == {"no_pair": 1}


def test_pairs_take_replies_that_failed_in_other_traces_of_the_same_problem(store, write):
    record(store, 1, "How many pens?", ["bad", "good"], trust=None)
    record(store, 2, "How many pens?", ["bad"], trust=None, language=Language.SMT)
    record(store, 3, "How many pencils?", ["of another problem"], trust=None)
    record(store, 4, "How many pens?", ["good"])
    _, lines = write("preference")
    assert [contents(line["rejected"]) for line in lines] == [["bad"]], "not `good` itself, and none of other prompts"


def test_pairs_of_one_problem_are_not_endless_and_none_comes_twice(store, write):
    for number in range(10):
        record(store, number, "How many pens?", [f"bad {number}", "again"], trust=None)
    record(store, 20, "How many pens?", ["good"])
    record(store, 21, "How many pens?", ["good"])
    written, lines = write("preference")
    assert len({line["rejected"][0]["content"] for line in lines}) == len(lines) == MOST_PAIRS
    assert written.left_out == {"repeated": 1}


def test_a_reward_file_has_each_problem_once_and_no_answer(store, write):
    record(store, 1, "How many pens?", ["good"], answer="987654321")
    record(store, 2, "How many pens?", ["another"], answer="987654321")
    written, (line,) = write("reward")
    assert line["answer"] is None
    assert "987654321" not in json.dumps(line)
    assert "good" not in contents(line["prompt"])
    assert {"problem", "kind", "language", "world"} <= line.keys()
    reserved = {"prompts", "completion", "completions", "completion_ids", "trainer_state", "images", "tools"}
    assert not reserved & line.keys(), "trl hands columns on to the reward by their names"
    assert (written.with_target, written.left_out) == (0, {"repeated": 1})


def test_targets_are_joined_by_the_text_of_the_problem_and_kept_out_of_the_prompt(store, write):
    record(store, 1, "How many  pens?\n", ["good"])
    record(store, 2, "How many pencils?", ["good"])
    written, lines = write("reward", targets={target_key("how many pens?"): "987654321"})
    assert [line["answer"] for line in lines] == ["987654321", None]
    assert "987654321" not in json.dumps(lines[0]["prompt"])
    assert written.with_target == 1


@pytest.mark.parametrize("format", list(Format))
def test_problems_of_an_evaluation_reach_no_format(store, write, format):
    record(store, 1, "An evaluated problem", ["bad", "good"])
    written, lines = write(format, guard=lambda texts: [True for _ in texts])
    assert lines == []
    assert written.left_out == {"evaluated": 1}


def test_nothing_that_a_trace_holds_can_break_a_line(store, write):
    record(store, 1, 'A "quoted"\nproblem \u2028 \x85 \x1e?', ["bad\r\n", "good \u2029"])
    for format in Format:
        _, lines = write(format, overwrite=True)
        assert len(lines) == 1


def test_a_file_that_is_there_stays_unless_it_may_be_replaced(store, write, tmp_path):
    record(store, 1, "How many?", ["good"])
    out = tmp_path / "out.jsonl"
    out.write_text("mine")
    with pytest.raises(ExportError, match="is there already"):
        export(store, Format.SFT, out, SELECTION)
    assert out.read_text() == "mine"
    assert write("sft", overwrite=True)[0].rows == 1


@pytest.mark.parametrize("what", ["out.jsonl", "no/folder/out.jsonl"])
def test_a_full_disk_or_a_missing_folder_is_a_sentence_and_leaves_nothing(store, tmp_path, monkeypatch, what):
    record(store, 1, "How many?", ["good"])

    def full(file):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("app.new_file.os.fsync", full)
    (tmp_path / "out.jsonl").write_text("mine")
    with pytest.raises(ExportError, match="cannot be written"):
        export(store, Format.SFT, tmp_path / what, SELECTION, overwrite=True)
    assert [file.name for file in tmp_path.iterdir() if not file.name.startswith("quod.db")] == ["out.jsonl"]
    assert (tmp_path / "out.jsonl").read_text() == "mine"


def test_an_interruption_leaves_no_half_of_a_file(store, tmp_path, monkeypatch):
    record(store, 1, "How many?", ["good"])

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(TraceStore, "conversations", interrupted)
    with pytest.raises(KeyboardInterrupt):
        export(store, Format.SFT, tmp_path / "out.jsonl", SELECTION)
    assert not [file for file in tmp_path.iterdir() if "out" in file.name]


def test_progress_counts_what_is_read_and_written(store, write):
    record(store, 1, "How many?", ["good"], trust=Trust.CERTIFIED)
    record(store, 2, "How many more?", ["good"], trust=Trust.CORROBORATED)
    told = []
    write("sft", progress=lambda traces, rows: told.append((traces, rows)))
    assert told == [(1, 1), (2, 2)]
