"""Files of other tools: each says all of every result, its own tool reads it, and nothing in a text can break it.

The keys of lm-eval are those of `lm_eval/result_schema.py` and `lm_eval/loggers/evaluation_tracker.py` 0.4.13, those of
Inspect of `inspect_ai/log/_log.py` 0.3.285. Where the packages are installed they read the files themselves.
"""

import csv
import hashlib
import io
import json
import re
import sys
import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.cli import main
from app.errors import ExportError
from app.evaluation.exports import Format, export_lines, file_name, write_export
from app.evaluation.exports.results import number_or_text
from app.evaluation.exports.text import csv_line, json_text
from app.lm.types import LmIdentity
from app.problem import Kind, Problem
from app.reasoning.events import TraceBegun
from app.reasoning.types import Trust, VerdictKind
from app.store.evaluation_types import Answers, EvaluationConfig, Outcome, Sample, State
from app.store.evaluations import EvaluationStore
from app.store.session import Database
from solvers.types import Language
from tests.app.evaluation.made import MOMENT, VERSIONS, baseline, drawn, result
from tests.app.store.examples import versions
from tests.app.store.strategies import json_values, texts

C, W, A, E = Outcome.CORRECT, Outcome.WRONG, Outcome.ABSTAINED, Outcome.ERRORED
LM = LmIdentity("http", "org/qwen2.5:7b", "r1", "http://localhost/v1")
SHA256 = "ab" * 32
HOSTILE = '=1+1,"q"\r\nline\x00\ud800 \u2028\x85 \udc00é😀\t#### 7'
FORMULAS = [
    "=1+1",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    " =1",
    "\uff1d1+1",
    "'=1",
    "\ufeff=1",
    "=cmd|' /C calc'!A0",
]
NEARLY_FORMULAS = st.sampled_from(FORMULAS) | st.builds("".join, st.tuples(st.sampled_from("=+-@\t\r\n'"), texts))
COMPARED = "sample_id epoch outcome target prediction trust trace_id prompt_tokens completion_tokens seconds".split()


@pytest.fixture
def store(tmp_path):
    with Database.open(f"sqlite:///{tmp_path}/quod.db", busy_seconds=30) as database:
        database.upgrade()
        yield EvaluationStore(database)


def record(store, results, *, name="gsm8k", lm=LM, samples=None, state=State.COMPLETED, **config):
    """An evaluation whose results are these."""
    epochs = max(each.epoch for each in results)
    ids = {each.position: each for each in results}
    found = samples or [
        Sample(ids[place].sample_id, Problem(f"How many are {place}?"), ids[place].target) for place in sorted(ids)
    ]
    store.add_dataset(name, "gsm8k_test.jsonl", "MIT", SHA256, found)
    store.create("evl_1", SHA256, EvaluationConfig(f"http:{lm.name}", epochs=epochs, **config), attended=True)
    lease = store.take("evl_1", "me", (0, 0))
    store.opened(lease, lm, VERSIONS)
    for first in range(0, len(results), 500):
        store.record(lease, [(each, trace_of(each)) for each in results[first : first + 500]])
    return store.release(lease, state)


def trace_of(result):
    if result.trace_id is None:
        return ()
    return [TraceBegun(result.trace_id, Problem("?"), Kind.ARITHMETIC, Language.PROLOG, MOMENT, versions())]


@pytest.fixture
def evaluation(store):
    """One result of each outcome, all of them different."""
    return record(
        store,
        [
            result(C, 0, answer="18.00", prompt_tokens=11, completion_tokens=3, seconds=0.5, baseline=baseline(C)),
            result(W, 1, verdict=VerdictKind.PROVED, answer=None, trust=Trust.EXECUTED, baseline=baseline(A)),
            result(A, 2, reason="the budget is spent"),
            result(E, 3, seconds=1.25),
        ],
        baseline=True,
    )


def text_of(store, evaluation, format):
    return "".join(export_lines(store, evaluation, Format(format)))


def json_lines(text):
    assert text.endswith("\n")
    assert len(text.splitlines()) == text.count("\n")
    return [json.loads(line) for line in text.splitlines()]


def csv_rows(text):
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def facts_of(store, evaluation, format):
    """The facts that a format gives of each result."""
    text = text_of(store, evaluation, format)
    if format == "csv":
        return csv_rows(text)
    if format == "inspect":
        return [sample["metadata"] for sample in json.loads(text)["samples"]]
    return [line["quod"] for line in json_lines(text)]


def spelt(text):
    """As UTF-8 can hold it."""
    return text.encode("utf-8", "backslashreplace").decode()


def spelt_in_csv(text):
    return spelt(text).replace("\x00", "\\u0000")


def unprotected(cell):
    return cell.removeprefix("'")


# What every format says


@pytest.mark.parametrize("format", ["lm-eval", "inspect", "openai", "csv"])
def test_every_format_has_every_result_with_its_facts(store, evaluation, format):
    recorded, _ = store.results(evaluation.id, 10)
    rows = facts_of(store, evaluation, format)
    assert [row["outcome"] for row in rows] == ["correct", "wrong", "abstained", "errored"]
    assert [row["prediction"] or None for row in rows] == ["18.00", "proved", None, None]
    for row, each in zip(rows, recorded, strict=True):
        said = {name: str(row[name]) for name in COMPARED if name != "prediction"}
        wanted = {
            name: "" if getattr(each, name) is None else str(getattr(each, name)) for name in said if name != "trust"
        }
        assert {**said, "trust": row["trust"] or None} == {**wanted, "trust": each.trust}
    assert {row["baseline_outcome"] or None for row in rows} == {"correct", "abstained", None}


@pytest.mark.parametrize("format", ["lm-eval", "inspect", "openai", "csv"])
def test_the_configuration_names_all_that_the_results_depend_on(store, evaluation, format, tmp_path):
    written = write_export(store, evaluation, Format(format), tmp_path / "out.file")
    whole = json.loads(next(file for file in written if file.name.endswith(".json") or format == "inspect").read_text())
    said = whole["eval"]["metadata"] if format == "inspect" else whole.get("quod", whole)
    assert said["dataset"]["sha256"] == SHA256
    assert said["lm"] == {"backend": "http", "name": LM.name, "revision": "r1", "base_url": "http://localhost/v1"}
    assert said["versions"] == VERSIONS
    assert said["config"]["limits"]["memory_mib"] == evaluation.config.limits.memory_mib
    assert said["counts"] == {"correct": 1, "wrong": 1, "abstained": 1, "errored": 1, "waiting": 0}


@pytest.mark.parametrize("format", ["lm-eval", "inspect", "openai", "csv"])
def test_hostile_texts_come_back_as_they_were(store, format):
    hostile = replace(
        result(W, 0, answer=HOSTILE, reason=HOSTILE, baseline=baseline(C)),
        sample_id=HOSTILE,
        target=HOSTILE,
    )
    broken = replace(result(E, 1, error=HOSTILE, error_type=HOSTILE), target=HOSTILE)
    samples = [Sample(each.sample_id, Problem(HOSTILE), HOSTILE) for each in (hostile, broken)]
    evaluation = record(
        store, [hostile, broken], samples=samples, name=HOSTILE, lm=LmIdentity("http", HOSTILE, HOSTILE)
    )
    text_of(store, evaluation, format).encode("utf-8")
    first, second = facts_of(store, evaluation, format)
    spell = (lambda text: "'" + spelt_in_csv(text)) if format == "csv" else spelt
    wanted = spell(HOSTILE)
    assert [first[name] for name in ("sample_id", "target", "prediction", "reason")] == [wanted] * 4
    assert [second[name] for name in ("error", "error_type", "target")] == [wanted] * 3


@pytest.mark.parametrize(
    ("answer", "number"),
    [
        ("18", "18"),
        ("18.00", "18"),
        ("1,200", "1200"),
        ("-5", "-5"),
        ("6/3", "2"),
        ("1/3", "1/3"),
        ("2.5", "2.5"),
        ("Ann", "Ann"),
        ("option 3", "option 3"),
        ("a\n b", "a b"),
    ],
)
def test_an_answer_ends_in_the_number_that_harnesses_look_for(answer, number):
    assert number_or_text(answer) == number


def test_results_of_many_pages_are_there_once_in_their_order_and_take_no_more_memory(store):
    results = [replace(each, trace_id=None) for each in drawn(650, epochs=2)]
    evaluation = record(store, results)
    found, peaks = [], []
    tracemalloc.start()
    try:
        for number, line in enumerate(export_lines(store, evaluation, Format.LM_EVAL), 1):
            found.append((int(line.partition('"doc_id": ')[2].partition(",")[0]), 1 + (number > 650)))
            if number % 650 == 0:
                peaks.append(tracemalloc.get_traced_memory()[1])
                tracemalloc.reset_peak()
    finally:
        tracemalloc.stop()
    assert found == [(each.position, each.epoch) for each in results]
    assert peaks[1] < 1.2 * peaks[0] + 500_000
    rows = csv_rows(text_of(store, evaluation, "csv"))
    assert [(int(row["position"]), int(row["epoch"])) for row in rows] == found


# While it goes on


def test_what_is_recorded_while_it_is_written_is_not_in(store):
    record(
        store,
        [result(C, 0)],
        samples=[Sample(f"s{place}", Problem("?"), "18") for place in range(2)],
        state=State.PAUSED,
    )
    seen = store.get("evl_1")
    store.ask("evl_1", "run")
    store.record(store.take("evl_1", "me", store.heartbeat("evl_1")), [(each := result(W, 1), trace_of(each))])
    assert [row["sample_id"] for row in csv_rows(text_of(store, seen, "csv"))] == ["s0"]
    assert len(csv_rows(text_of(store, store.get("evl_1"), "csv"))) == 2


@pytest.mark.parametrize("format", ["lm-eval", "inspect", "openai", "csv"])
def test_results_that_are_retried_meanwhile_end_it_and_no_file_is_left(store, evaluation, format, tmp_path):
    store.retry_errored(evaluation.id)
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(ExportError, match="changed while they were read"):
        write_export(store, evaluation, Format(format), out)
    assert [file for file in out.rglob("*") if file.is_file()] == []


def test_an_evaluation_that_has_no_results_yet_is_a_file_without_any(store):
    store.add_dataset("made up", "here", "", SHA256, [Sample("s0", Problem("?"), "18")])
    evaluation = store.create("evl_1", SHA256, EvaluationConfig("recorded:x"), attended=True)
    assert csv_rows(text_of(store, evaluation, "csv")) == []
    assert text_of(store, evaluation, "openai") == ""
    assert json.loads(text_of(store, evaluation, "inspect"))["samples"] == []
    assert json.loads(text_of(store, evaluation, "lm-eval-results"))["results"]["made_up"]["acc_stderr,none"] == "N/A"


# Files


@pytest.mark.parametrize("format", list(Format))
def test_a_file_that_is_there_stays_unless_it_may_be_replaced(store, evaluation, format, tmp_path):
    written = write_export(store, evaluation, format, tmp_path / "out")
    for file in written:
        file.write_text("mine")
    with pytest.raises(ExportError, match="is there already"):
        write_export(store, evaluation, format, tmp_path / "out")
    assert {file.read_text() for file in written} == {"mine"}
    assert write_export(store, evaluation, format, tmp_path / "out", overwrite=True) == written
    assert "mine" not in {file.read_text() for file in written}


@pytest.mark.parametrize("format", list(Format))
def test_a_file_in_a_folder_gets_a_name_that_leads_nowhere_else(store, format, tmp_path):
    evaluation = record(store, [result(C, 0)], name="../../etc\x00/passwd\ud800", lm=LmIdentity("http", ".."))
    assert re.fullmatch(r"[\w+.-]+", file_name(evaluation, format), re.ASCII)
    folder = tmp_path / "out"
    folder.mkdir()
    written = write_export(store, evaluation, format, folder)
    assert all(file.resolve().is_relative_to(folder.resolve()) and file.is_file() for file in written)


@pytest.mark.parametrize("format", list(Format))
def test_no_file_has_the_password_of_a_server(store, format, tmp_path):
    lm = LmIdentity("http", "m", "r1", "http://me:secret@localhost/v1?key=secret")
    evaluation = record(store, [result(C, 0)], lm=lm)
    config = replace(evaluation.config, lm="http:m@http://me:secret@localhost/v1?key=secret")
    for file in write_export(store, replace(evaluation, config=config), format, tmp_path / "out"):
        assert "secret" not in file.read_text()


@pytest.mark.parametrize("format", ["lm-eval", "lm-eval-results", "inspect", "openai", "csv"])
def test_the_command_writes_the_files_and_names_them(store, evaluation, format, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("QUOD_DATABASE_URL", f"sqlite:///{tmp_path}/quod.db")
    command = ["quod", "eval", "export", "--last", "--format", format, "--out", str(tmp_path / "out"), "--json"]

    def run(*more):
        monkeypatch.setattr(sys, "argv", [*command, *more])
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code or 0, json.loads(capsys.readouterr().out)

    status, printed = run()
    assert (status, printed["id"], printed["format"]) == (0, evaluation.id, format)
    assert text_of(store, evaluation, format) in {Path(file).read_bytes().decode() for file in printed["files"]}
    assert run()[0] == 1
    assert run("--force") == (0, printed)


# lm-eval


SAMPLE_KEYS = (
    "doc_id doc target arguments resps filtered_resps filter metrics doc_hash prompt_hash target_hash acc answered quod"
)
RESULT_KEYS = (
    "results group_subtasks configs versions n-shot higher_is_better n-samples config git_hash date task_hashes "
    "model_source model_name model_name_sanitized system_instruction system_instruction_sha fewshot_as_multiturn "
    "chat_template chat_template_sha total_evaluation_time_seconds quod"
)


@pytest.fixture
def lm_eval_files(store, evaluation, tmp_path):
    return write_export(store, evaluation, Format.LM_EVAL, tmp_path / "out")


def test_lm_eval_files_have_its_names_and_keys(lm_eval_files):
    results, samples = lm_eval_files
    assert results.parent == samples.parent
    assert results.parent.name == "org__qwen2.5__7b"
    assert re.fullmatch(r"results_\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{6}\.json", results.name)
    assert samples.name == results.name.replace("results_", "samples_gsm8k_").replace(".json", ".jsonl")
    whole = json.loads(results.read_text())
    assert list(whole) == RESULT_KEYS.split()
    assert whole["model_name_sanitized"] == results.parent.name
    assert all(list(line) == SAMPLE_KEYS.split() for line in json_lines(samples.read_text()))


def test_lm_eval_figures_are_those_of_its_lines(lm_eval_files):
    results, samples = lm_eval_files
    lines, whole = json_lines(samples.read_text()), json.loads(results.read_text())
    measured = whole["results"]["gsm8k"]
    assert [line["acc"] for line in lines] == [1.0, 0.0, 0.0, 0.0]
    assert [line["answered"] for line in lines] == [1.0, 1.0, 0.0, 0.0]
    assert (measured["acc,none"], measured["answered,none"]) == (0.25, 0.5)
    # The sample standard deviation of 1, 0, 0, 0 is one half.
    assert measured["acc_stderr,none"] == pytest.approx(0.5 / 4**0.5)
    assert measured["sample_len"] == whole["n-samples"]["gsm8k"]["effective"] == 4
    hashes = "".join(line["doc_hash"] + line["prompt_hash"] + line["target_hash"] for line in lines)
    assert whole["task_hashes"] == {"gsm8k": hashlib.sha256(hashes.encode()).hexdigest()}


def test_lm_eval_answers_are_read_by_the_filter_of_its_gsm8k(lm_eval_files):
    lines = json_lines(lm_eval_files[1].read_text())
    assert [line["resps"] for line in lines] == [[["#### 18"]], [["#### proved"]], [[""]], [[""]]]
    assert [line["filtered_resps"] for line in lines] == [["18"], ["proved"], ["[invalid]"], ["[invalid]"]]
    # `strict-match` of lm_eval/tasks/gsm8k/gsm8k.yaml.
    assert re.findall(r"#### (\-?[0-9\.\,]+)", lines[0]["resps"][0][0]) == ["18"]
    assert lines[0]["target_hash"] == hashlib.sha256(b"18").hexdigest()


def test_lm_eval_results_alone_are_those_beside_the_samples(store, evaluation, lm_eval_files):
    assert text_of(store, evaluation, "lm-eval-results") == lm_eval_files[0].read_text()
    assert text_of(store, evaluation, "lm-eval") == lm_eval_files[1].read_text()


def test_the_library_that_the_harness_reads_its_files_with_reads_them(lm_eval_files, tmp_path, monkeypatch):
    datasets = pytest.importorskip("datasets", reason="datasets is not installed")
    monkeypatch.setattr(datasets.config, "HF_DATASETS_OFFLINE", True)
    results, samples = (
        datasets.load_dataset("json", data_files=str(file), split="train", cache_dir=str(tmp_path / "cache"))
        for file in lm_eval_files
    )
    assert samples["acc"][:] == [1.0, 0.0, 0.0, 0.0]
    assert [facts["error_type"] for facts in samples["quod"]] == ["", "", "", "LmRefusedError"]
    assert results["results"][0]["gsm8k"]["acc,none"] == 0.25


def test_the_harness_reads_its_own_names_and_prints_its_table(lm_eval_files):
    utils = pytest.importorskip("lm_eval.utils", reason="lm-eval is not installed")
    schema = pytest.importorskip("lm_eval.result_schema")
    results, samples = lm_eval_files
    whole = json.loads(results.read_text())
    assert utils.get_results_filenames([str(results), str(samples)]) == [str(results)]
    assert utils.get_sample_results_filenames([str(results), str(samples)]) == [str(samples)]
    assert utils.get_file_task_name(samples.name) == "gsm8k"
    assert utils.get_file_datetime(results.name).removesuffix(".json") == utils.get_file_datetime(samples.name)
    assert utils.sanitize_model_name(LM.name) == whole["model_name_sanitized"]
    assert "|acc" in utils.make_table(whole).replace(" ", "")
    assert set(whole) - set(schema.EvalResults.__annotations__) == {"quod"}
    assert set(schema.SampleResult.__annotations__) <= set(json_lines(samples.read_text())[0])


# Inspect


def test_inspect_counts_only_what_is_correct_and_reads_its_head_first(store, evaluation):
    text = text_of(store, evaluation, "inspect")
    log = json.loads(text)
    assert list(log) == ["version", "status", "eval", "plan", "results", "stats", "samples"]
    assert (log["version"], log["status"], log["eval"]["model"]) == (2, "success", "http/org/qwen2.5:7b")
    assert [sample["scores"]["quod"]["value"] for sample in log["samples"]] == ["C", "I", "N", "N"]
    assert log["samples"][0]["output"]["completion"] == "#### 18"
    assert log["samples"][0]["scores"]["baseline"]["value"] == "C"
    assert log["samples"][3]["error"]["message"] == "LmRefusedError: the server said 500"
    assert log["results"]["scores"][0]["metrics"]["accuracy"]["value"] == 0.25
    assert (log["results"]["total_samples"], log["results"]["completed_samples"]) == (4, 3)


def test_inspect_itself_reads_the_log(store, tmp_path):
    inspect_log = pytest.importorskip("inspect_ai.log", reason="inspect-ai is not installed")
    hostile = result(W, 1, answer=HOSTILE, reason=HOSTILE, target=HOSTILE)
    samples = [
        Sample("s0", Problem("How many?"), "18"),
        Sample("s1", Problem(HOSTILE), HOSTILE, Answers.OPTION, ("one", HOSTILE)),
        Sample("s2", Problem("How many?"), "18"),
        Sample("s3", Problem("How many?"), "18"),
    ]
    results = [result(C, 0, baseline=baseline(C)), hostile, result(A, 2), result(E, 3)]
    evaluation = record(store, results, samples=samples, sample_seed=7, limit=4)
    [file] = write_export(store, evaluation, Format.INSPECT, tmp_path)
    log = inspect_log.read_eval_log(str(file))
    assert [sample.scores["quod"].value for sample in log.samples] == ["C", "I", "N", "N"]
    assert log.samples[1].target == log.samples[1].input == spelt(HOSTILE)
    assert log.samples[0].output.completion == "#### 18"
    assert inspect_log.read_eval_log(str(file), header_only=True).results == log.results
    assert [info.name.rpartition("/")[2] for info in inspect_log.list_eval_logs(str(tmp_path))] == [file.name]


# OpenAI


def test_a_batch_line_is_a_completion_a_refusal_or_an_error(store, evaluation):
    right, wrong, abstained, errored = json_lines(text_of(store, evaluation, "openai"))
    assert all(list(line) == ["id", "custom_id", "response", "error", "quod"] for line in (right, errored))
    assert right["custom_id"] == "s0"
    assert right["error"] is None
    assert (right["response"]["status_code"], right["response"]["request_id"]) == (200, right["quod"]["trace_id"])
    body = right["response"]["body"]
    assert (body["object"], body["model"], body["system_fingerprint"]) == ("chat.completion", LM.name, "r1")
    assert body["choices"][0]["message"] == {"role": "assistant", "content": "#### 18", "refusal": None}
    assert body["usage"] == {"prompt_tokens": 11, "completion_tokens": 3, "total_tokens": 14}
    assert wrong["response"]["body"]["choices"][0]["message"]["content"] == "#### proved"
    message = abstained["response"]["body"]["choices"][0]["message"]
    assert (message["content"], message["refusal"]) == (None, "the budget is spent")
    assert errored["response"] is None
    assert errored["error"] == {"code": "LmRefusedError", "message": "the server said 500"}


def test_no_two_lines_of_a_batch_have_one_name(store):
    results = [
        replace(result(C, place, epoch), trace_id=None, sample_id=("a", "a#1")[place])
        for epoch in (1, 2)
        for place in (0, 1)
    ]
    lines = json_lines(text_of(store, record(store, results), "openai"))
    assert len({line["custom_id"] for line in lines}) == len({line["id"] for line in lines}) == 4


# Texts


@given(st.lists(texts | NEARLY_FORMULAS, min_size=1))
@example(FORMULAS)
@example([HOSTILE])
def test_a_csv_record_gives_back_its_texts_and_has_no_formula(cells):
    line = csv_line(cells)
    line.encode("utf-8")
    [record] = csv.reader(io.StringIO(line, newline=""), strict=True)
    assert [unprotected(cell) for cell in record] == [spelt_in_csv(cell) for cell in cells]
    for cell in record:
        if cell.lstrip().startswith(("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")):
            float(cell.replace(",", ""))


def test_formulas_in_a_csv_are_texts_and_numbers_are_numbers():
    [record] = csv.reader(io.StringIO(csv_line([*FORMULAS, "-5", "+1,200.50", "1e-5", -2, 0.5, None]), newline=""))
    assert record[: len(FORMULAS)] == [f"'{formula}" for formula in FORMULAS]
    assert record[len(FORMULAS) :] == ["-5", "+1,200.50", "1e-5", "-2", "0.5", ""]


@given(json_values)
@example({HOSTILE: [HOSTILE, "\\ud800", "\ud83d\ude00"]})
def test_a_line_of_json_is_one_line_and_gives_back_its_value(value):
    text = json_text(value)
    text.encode("utf-8")
    assert len(text.splitlines()) == 1

    def wanted(part):
        if isinstance(part, str):
            return spelt(part)
        if isinstance(part, list):
            return [wanted(each) for each in part]
        return {spelt(key): wanted(each) for key, each in part.items()} if isinstance(part, dict) else part

    assert json.loads(text) == wanted(value)
