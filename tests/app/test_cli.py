"""The command line as its users run it: a process, its output, its exit status."""

import importlib.util
import io
import json
import os
import pty
import re
import resource
import signal
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass

import pytest

from app.cli import main
from app.reasoning.trust import TRUST_RULE
from app.samples import load_samples
from tests.app.api.conftest import HOPELESS, MORTAL, PENCILS, REPAIRED, write_recording
from tests.app.api.evidence import CITED, CITING_COMPLETION, RUSTY, record
from tests.app.api.serving import descendants, environment, gone


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A folder with a recording and a database that the tests of this module share."""
    folder = tmp_path_factory.mktemp("cli")
    write_recording(folder / "recording.jsonl")
    return folder


@dataclass
class Ended:
    returncode: int
    stdout: bytes
    stderr: bytes


@pytest.fixture
def quod(home, monkeypatch, capfdbinary):
    """Runs a command in this process: its imports cost a second, and most tests are not about them."""
    for name in list(os.environ):
        if name.startswith("QUOD_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("QUOD_DATABASE_URL", f"sqlite:///{home}/quod.db")
    monkeypatch.setenv("QUOD_LM", f"recorded:{home}/recording.jsonl")

    def run(*arguments, given=b"", **settings):
        with monkeypatch.context() as patch:
            for name, value in settings.items():
                patch.setenv(name, value)
            patch.setattr(sys, "argv", ["quod", *map(str, arguments)])
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))
            with pytest.raises(SystemExit) as raised:
                main()
        return Ended(raised.value.code or 0, *capfdbinary.readouterr())

    return run


def document(ended):
    """The one JSON document that was printed."""
    text = ended.stdout.decode()
    assert text.count("\n") == 1, text
    return json.loads(text)


def process_of(*arguments, **settings):
    return subprocess.run(
        [sys.executable, "-m", "app.cli", *arguments],
        env=environment(**settings),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=90,
    )


def cpu_seconds_of_children():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_help_is_quick_and_names_every_command():
    before = cpu_seconds_of_children()
    ended = process_of("--help")
    assert cpu_seconds_of_children() - before < 1.5, "0.2 s on an idle machine"
    assert ended.returncode == 0
    for command in ("solve", "execute", "serve", "traces", "replay", "check", "info", "db"):
        assert f"\n  {command}" in ended.stdout.decode()


def test_help_loads_neither_engine_nor_database_nor_web_framework():
    heavy = ("z3", "janus_swi", "sqlmodel", "fastapi", "pydantic")
    code = f"import sys, app.cli; print([name for name in {heavy} if name in sys.modules])"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert ended.stdout.strip() == "[]"


UNTOUCHED = """
import sys
sys.argv = ["quod", *sys.argv[1:]]
from app.cli import main
try:
    main()
finally:
    heavy = {"torch", "transformers", "llguidance", "numpy"} & set(sys.modules)
    print("loaded:", *heavy, file=sys.stderr)
"""


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["execute", "program.pl", "--query", "p"],
        ["check", "trace.json"],
        ["traces"],
        ["info", "--settings"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_what_translates_nothing_loads_no_torch(home, tmp_path, quod, arguments):
    (tmp_path / "program.pl").write_text("p.\n")
    (tmp_path / "trace.json").write_bytes(quod("solve", PENCILS, "--json").stdout)
    ended = subprocess.run(
        [sys.executable, "-c", UNTOUCHED, *arguments],
        env=environment(QUOD_DATABASE_URL=f"sqlite:///{home}/quod.db"),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 0
    assert ended.stderr.endswith("loaded:\n"), ended.stderr


def test_solve_shows_the_answer_the_evidence_and_the_trace(home):
    where = {"QUOD_DATABASE_URL": f"sqlite:///{home}/quod.db", "QUOD_LM": f"recorded:{home}/recording.jsonl"}
    ended = process_of("solve", PENCILS, **where)
    shown = ended.stdout.decode()
    assert ended.returncode == 0, ended.stderr
    assert shown.startswith("answered  7  (trust: certified)")
    for word in ("execution", "inference", "certificate", "translation", "solve(X)", "trace trc_", "not covered: "):
        assert word in shown
    assert ended.stderr == b""


def test_solve_reads_standard_input_and_prints_the_trace_as_json(quod):
    ended = quod("solve", "-", "--json", given=MORTAL.encode())
    assert ended.returncode == 0
    trace = document(ended)
    assert trace["verdict"]["kind"] == "proved"
    assert trace["problem"]["text"] == MORTAL


def test_an_unresolved_problem_is_exit_status_1_and_a_trace_all_the_same(quod):
    ended = quod("solve", HOPELESS, "--json")
    assert ended.returncode == 1
    assert document(ended)["verdict"]["kind"] == "unresolved"


def test_the_options_of_solve_are_those_of_the_service(quod):
    ended = quod("solve", REPAIRED, "--kind", "arithmetic", "--attempts", "1", "--wall-seconds", "3", "--json")
    trace = document(ended)
    assert ended.returncode == 1
    assert trace["problem"]["kind"] == "arithmetic"
    assert len(trace["attempts"]) == 1
    assert trace["versions"]["limits"]["wall_seconds"] == 3.0


def test_the_shipped_samples_answer_without_any_setting(quod, tmp_path):
    sample = load_samples()[0]
    ended = quod(
        "solve", sample.problem, "--json", QUOD_LM="recorded:", QUOD_DATABASE_URL=f"sqlite:///{tmp_path}/new.db"
    )
    assert document(ended)["verdict"]["answer"] == sample.answer


def test_a_problem_that_is_no_sample_is_refused_with_the_language_models_there_are(quod):
    ended = quod("solve", "Nobody recorded this.", QUOD_LM="recorded:")
    assert ended.returncode == 1
    assert ended.stdout == b""
    assert b"QUOD_LM=embedded:" in ended.stderr
    assert b"QUOD_LM=http:" in ended.stderr
    as_json = quod("solve", "Nobody recorded this.", "--json", QUOD_LM="recorded:")
    assert document(as_json)["type"] == "urn:quod:problem:no-language-model"


@pytest.mark.parametrize("missing", ["torch", "llguidance"])
def test_without_torch_the_error_says_what_to_install_and_how_to_name_another(quod, monkeypatch, missing):
    installed = importlib.util.find_spec
    monkeypatch.delenv("QUOD_LM")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == missing else installed(name))
    ended = quod("solve", PENCILS)
    assert ended.returncode == 2
    for said in (missing, "make setup", "pip install 'quod[local]'", "--lm", "QUOD_LM"):
        assert said in ended.stderr.decode()
    assert document(quod("serve", "--port", "0", "--json"))["type"] == "urn:quod:problem:settings"


def test_what_needs_no_language_model_does_without_one(quod, monkeypatch):
    trace_id = document(quod("solve", PENCILS, "--json"))["id"]
    nothing = {"QUOD_LM": "embedded:/nonexistent"}
    assert quod("solve", PENCILS, **nothing).returncode == 2
    assert quod("traces", trace_id, **nothing).returncode == 0
    assert quod("replay", trace_id, **nothing).returncode == 0


def test_the_embedded_translator_answers_and_is_named(quod, translator_folder):
    from tests.app.translator.tiny import ANSWERS, SUM  # needs torch

    chosen = {"QUOD_LM": f"embedded:{translator_folder}"}
    trace = document(quod("solve", SUM, "--json", **chosen))
    assert trace["verdict"]["answer"] == ANSWERS[SUM]
    assert trace["versions"]["lm"]["backend"] == "embedded"
    assert trace["versions"]["lm"]["revision"].startswith("sha256:")
    assert b"embedded: tiny sha256:" in quod("info", **chosen).stdout


ABSTENTION = "it is not sure enough what the problem says"


@pytest.fixture
def abstaining(tmp_path):
    """Settings of a language model that abstains from `HOPELESS`, and from `REPAIRED` at the second attempt."""
    recording = tmp_path / "abstaining.jsonl"
    lines = [
        {"problem": HOPELESS, "attempt": 1, "completion": ABSTENTION, "finish_reason": "abstained"},
        {"problem": REPAIRED, "attempt": 1, "completion": "```prolog\nsolve(X) :- gone(X).\n% query: solve(X).\n```"},
        {"problem": REPAIRED, "attempt": 2, "completion": ABSTENTION, "finish_reason": "abstained"},
    ]
    recording.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return {"QUOD_LM": f"recorded:{recording}"}


def test_an_abstention_is_told_plainly_with_what_to_do(quod, abstaining):
    ended = quod("solve", HOPELESS, **abstaining)
    assert ended.returncode == 1
    assert ended.stderr == b""
    headline, reason, advice, *rest = ended.stdout.decode().splitlines()
    assert headline == "unresolved"
    assert reason == f"  the translator abstains: {ABSTENTION}"
    assert "--lm" in advice
    assert not any(word in "\n".join(rest) for word in ("evidence", "certificate", "attempt 1 of")), "nothing was run"
    trace_id = re.search(r"trc_\w+", rest[-1])[0]
    whole = quod("traces", trace_id).stdout.decode()
    assert f"abstains  {ABSTENTION}" in whole
    assert "--lm" in whole


def test_an_abstention_after_an_attempt_shows_the_attempt(quod, abstaining):
    shown = quod("solve", REPAIRED, **abstaining).stdout.decode()
    assert f"the translator abstains: {ABSTENTION}" in shown
    assert "attempt 1 of 2" in shown
    assert "gone/1" in shown


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["solve"], "TEXT"),
        (["solve", ""], "empty"),
        (["solve", "x", "--kind", "riddle"], "riddle"),
        (["solve", "x", "--attempts", "0"], "attempts"),
        (["solve", "x", "--wall-seconds", "-1"], "wall_seconds"),
        (["solve", "x", "--colour"], "--colour"),
        (["execute"], "FILE"),
        (["execute", "nothing.pl", "--query", "p"], "nothing.pl"),
        (["execute", "program.txt", "--query", "p"], "--language"),
        (["execute", "--batch", "in.jsonl"], "--out"),
        (["execute", "a.pl", "--batch", "in.jsonl"], "either"),
        (["traces", "--verdict", "maybe"], "maybe"),
        (["traces", "--error-class", "timeout"], "error-class"),
        (["serve", "--port", "70000"], "port"),
        (["nonsense"], "nonsense"),
    ],
)
def test_wrong_usage_is_exit_status_2_and_a_sentence(quod, arguments, said):
    ended = quod(*arguments)
    assert ended.returncode == 2
    assert said in ended.stderr.decode()
    assert b"Traceback" not in ended.stderr
    as_json = quod(*arguments, "--json")
    assert as_json.returncode == 2
    assert document(as_json)["type"] == "urn:quod:problem:usage"


def test_a_limit_above_the_maximum_says_the_maximum(quod):
    ended = quod("solve", "x", "--wall-seconds", "100")
    assert ended.returncode == 2
    assert b"60" in ended.stderr


def test_an_unknown_setting_is_exit_status_2(quod):
    ended = quod("info", QUOD_LIMIT_WAL_SECONDS="3")
    assert ended.returncode == 2
    assert b"did you mean QUOD_LIMIT_WALL_SECONDS" in ended.stderr


@pytest.mark.parametrize("given", [b"\xff\xfe", b"", b"a\0b"])
def test_standard_input_that_is_no_text_is_exit_status_2(quod, given):
    ended = quod("solve", "-", given=given)
    assert ended.returncode == 2
    assert b"Traceback" not in ended.stderr


def test_execute_gives_evidence_where_it_is_asked_for(quod, tmp_path):
    program = tmp_path / "price.pl"
    program.write_text("price(18).\n")
    done = quod("execute", program, "--query", "price(X)", "--evidence", "--json")
    assert json.loads(done.stdout)["evidence"]["derivations"] == [
        [["price(18)", "query", None, [1]], ["price(18)", "clause", 1, []]]
    ]
    assert "evidence" not in json.loads(quod("execute", program, "--query", "price(X)", "--json").stdout)


def test_execute_guesses_the_language_and_shows_the_answers(quod, tmp_path):
    program = tmp_path / "family.pl"
    program.write_text("parent(ada, ben).\nparent(ada, cleo).\n")
    ended = quod("execute", program, "--query", "parent(ada, X)")
    assert ended.returncode == 0
    assert "X = ben" in ended.stdout.decode()
    assert "no other answer" in ended.stdout.decode()
    smt = tmp_path / "number.smt2"
    smt.write_text("(declare-const x Int)\n(assert (= (* 2 x) 36))\n(check-sat)\n(get-model)\n")
    run = document(quod("execute", smt, "--json"))
    assert run["outcome"]["model"] == {"x": "18"}


def test_a_faulty_program_is_exit_status_1_with_its_diagnostics(quod, tmp_path):
    program = tmp_path / "faulty.pl"
    program.write_text("parent(ada, ben).\n")
    ended = quod("execute", program, "--query", "parnt(ada, X)")
    assert ended.returncode == 1
    assert "Did you mean `parent/2`?" in ended.stdout.decode()


def test_a_program_from_standard_input_needs_its_language(quod):
    assert quod("execute", "-", "--query", "p", given=b"p.").returncode == 2
    assert quod("execute", "-", "--language", "prolog", "--query", "p", given=b"p.").returncode == 0


def test_what_a_program_prints_cannot_play_with_the_terminal(quod, tmp_path):
    program = tmp_path / "escape.pl"
    program.write_text("p :- put_char('\\e'), write('[31mred'), put_char('\\x202e\\'), write('[bold]x[/bold]').\n")
    shown = quod("execute", program, "--query", "p").stdout
    assert b"\x1b" not in shown
    assert "\u202e".encode() not in shown
    assert b"\\x1b[31mred\\u202e[bold]x[/bold]" in shown


LINES = [
    {"id": "one", "language": "prolog", "program": "p(1).", "query": "p(X)"},
    {"id": 2, "language": "smt", "program": "(check-sat)"},
    {"id": "loop", "language": "prolog", "program": "p :- p.", "query": "p", "limits": {"wall_seconds": 0.3}},
    {"id": "bad", "language": "prolog", "program": "p(", "query": "p(X)"},
]


def lines_of(file):
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_a_batch_writes_each_result_in_order(quod, tmp_path):
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text("\n".join(map(json.dumps, LINES)) + "\n\n")
    ended = quod("execute", "--batch", source, "--out", out, "--json")
    assert ended.returncode == 0, ended.stderr
    assert [(line["id"], line["status"]) for line in lines_of(out)] == [
        ("one", "finished"),
        ("2", "finished"),
        ("loop", "stopped"),
        ("bad", "rejected"),
    ]
    summary = document(ended)
    assert (summary["programs"], summary["finished"], summary["stopped"], summary["rejected"], summary["error"]) == (
        4,
        2,
        1,
        1,
        0,
    )


def test_a_bad_line_is_an_item_with_its_line_number_at_its_place(quod, tmp_path):
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    bad = [
        b"{",
        b"[]",
        b"\xff",
        b'{"id": "x", "language": "lisp", "program": ""}',
        b'{"id": "y", "language": "prolog"}',
    ]
    bad.append(json.dumps({**LINES[0], "limits": {"wall_seconds": 1000}}).encode())
    good = json.dumps(LINES[0]).encode()
    source.write_bytes(b"\n".join([good, *bad, good]))
    ended = quod("execute", "--batch", source, "--out", out)
    assert ended.returncode == 1
    results = lines_of(out)
    assert [line["status"] for line in results] == ["finished"] + ["error"] * 6 + ["finished"]
    for number, line in enumerate(results[1:-1], start=2):
        assert line["error"]["detail"].startswith(f"line {number}: ")
    assert [line["id"] for line in results[4:7]] == ["x", "y", "one"]
    assert "6 errors" in ended.stdout.decode()


def test_a_batch_does_not_overwrite_unless_told_to(quod, tmp_path):
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text(json.dumps(LINES[0]))
    out.write_text("precious\n")
    refused = quod("execute", "--batch", source, "--out", out)
    assert refused.returncode == 1
    assert b"--force" in refused.stderr
    assert out.read_text() == "precious\n"
    assert quod("execute", "--batch", source, "--out", out, "--force").returncode == 0
    assert lines_of(out)[0]["id"] == "one"
    same = quod("execute", "--batch", source, "--out", source, "--force")
    assert same.returncode == 1
    assert lines_of(source)[0]["id"] == "one"


@pytest.mark.parametrize("place", ["/dev/full", "/nowhere/out.jsonl"])
def test_a_batch_that_cannot_be_written_says_so(quod, tmp_path, place):
    source = tmp_path / "in.jsonl"
    source.write_text(json.dumps(LINES[0]) + "\n")
    ended = quod("execute", "--batch", source, "--out", place, "--force")
    assert ended.returncode == 1
    assert place in ended.stderr.decode()
    assert b"Traceback" not in ended.stderr


def test_traces_lists_and_shows(quod):
    trace_id = document(quod("solve", REPAIRED, "--json"))["id"]
    listed = document(quod("traces", "--json", "--limit", "1", "--verdict", "answered"))
    assert listed["first_id"] == trace_id
    shown = quod("traces").stdout.decode()
    assert trace_id in shown
    assert "answered 5 (certified)" in shown
    full = quod("traces", trace_id).stdout.decode()
    assert full.startswith(REPAIRED)
    assert "attempt 1 of 2" in full
    assert "existence" in full
    assert document(quod("traces", trace_id, "--json"))["id"] == trace_id


def test_a_trace_that_is_not_there_is_exit_status_1(quod):
    quod("db", "upgrade")
    ended = quod("traces", "trc_0", "--json")
    assert ended.returncode == 1
    assert document(ended)["type"] == "urn:quod:problem:no-such-trace"


def test_a_trace_shows_its_derivation_with_the_words_of_the_problem_beside_its_facts(quod):
    trace_id = document(quod("solve", CITED, "--json"))["id"]
    shown = quod("traces", trace_id).stdout.decode()
    lines = [line.lstrip("│├└─ ") for line in shown.splitlines()]
    assert "derivation of the run query" in lines
    assert "solve(7)  the query" in lines
    assert "boxes(3)  fact, line 2  “3 boxes”" in lines
    assert "given(5)  fact, line 4" in lines
    assert 'warning: line 4 cites "5 balloons", which the problem does not say' in lines
    brief = quod("solve", CITED).stdout.decode()
    assert "warning: " in brief
    assert "derivation of the run" not in brief


def test_the_verdict_stands_first_with_what_it_is_worth_and_what_is_not_covered(quod, tmp_path):
    lines = quod("solve", PENCILS).stdout.decode().splitlines()
    assert lines[:4] == [
        "answered  7  (trust: certified)",
        "  the only answer",
        "  how often certified verdicts were right is not known: fewer than 100 labelled problems",
        "  for more trust: no second formalisation that was made without sight of the first agrees",
    ]
    [certificate] = [place for place, line in enumerate(lines) if line.startswith("  certificate  confirmed by ")]
    assert lines[certificate + 1].strip() == "not covered: whether the program says what the problem says"
    table = tmp_path / "table.json"
    entry = {"set": "GSM8K", "lm": "recording.jsonl", "kind": "arithmetic", "trust": "certified"}
    table.write_text(json.dumps([{**entry, "trust_rule": TRUST_RULE, "right": 630, "n": 650}]))
    shown = quod("solve", PENCILS, QUOD_CALIBRATION=str(table)).stdout.decode()
    assert "were right in 96.9 % of 650 labelled problems, 95.3 % to 98 % (GSM8K)" in shown


def test_an_smt_trace_shows_its_assertions_and_both_engines(quod):
    trace_id = document(quod("solve", RUSTY, "--language", "smt", "--json"))["id"]
    shown = quod("traces", trace_id).stdout.decode()
    assert "(assert (= (+ nuts bolts) 18))  “18 of both together”" in shown
    assert "uniqueness: confirmed, " in shown
    assert "a second engine agrees" in shown
    assert "second opinion by another engine, run uniqueness" in shown


def test_less_trust_than_is_asked_for_is_exit_status_1_with_the_reason(quod):
    ended = quod("solve", PENCILS, "--min-trust", "corroborated")
    assert ended.returncode == 1
    assert b"corroborated was asked for, and '7' reaches certified" in ended.stdout
    assert quod("solve", PENCILS, "--min-trust", "certified").returncode == 0
    assert quod("solve", PENCILS, "--min-trust", "blind").returncode == 2


def test_a_doubt_stands_beside_the_answer_and_with_the_evidence(quod, tmp_path):
    recording = tmp_path / "recording.jsonl"
    doubt = "the translator is not sure that it read the problem right"
    record(recording, CITED, CITING_COMPLETION, doubt=doubt)
    ended = quod("solve", CITED, QUOD_LM=f"recorded:{recording}")
    lines = ended.stdout.decode().splitlines()
    assert ended.returncode == 0
    assert lines[0] == "answered  7  (trust: determinate)"
    assert f"  for more trust: {doubt}" in lines
    assert [line.split(maxsplit=1) for line in lines if "doubt: " in line] == [["translation", f"doubt: {doubt}"]]
    refused = quod("solve", CITED, "--min-trust", "certified", QUOD_LM=f"recorded:{recording}")
    assert refused.returncode == 1
    assert f"certified was asked for, and '7' reaches determinate: {doubt}" in refused.stdout.decode()


def test_a_second_reading_is_made_where_it_is_asked_for_and_both_are_shown_where_they_differ(quod, tmp_path):
    recording = write_recording(tmp_path / "recording.jsonl")
    second = "```smt2\n(declare-const left Int)\n(assert (= left {}))\n; left: pencils left\n; query: left\n```"
    record(recording, PENCILS, second.format("(- (* 3 4) 5)"), corroboration=True)
    record(recording, CITED, second.format("(+ (* 3 4) 5)"), corroboration=True)
    lm = {"QUOD_LM": f"recorded:{recording}"}
    shown = quod("solve", PENCILS, "--corroborate", **lm).stdout.decode()
    assert shown.startswith("answered  7  (trust: corroborated)")
    assert "a second reading agrees: both say 7" in shown
    assert "attempt 1 of 2" in shown
    ended = quod("solve", CITED, "--corroborate", "--attempts", "1", **lm)
    assert ended.returncode == 1
    shown = ended.stdout.decode()
    assert "warning: a second reading of the problem disagrees: one reading gives 7, the other 17" in shown
    assert "reading of attempt 1, prolog: answered 7" in shown
    assert "reading of attempt 2, smt: answered 17" in shown
    # QUOD_CORROBORATE is the default, and an option decides against it.
    always = {**lm, "QUOD_CORROBORATE": "true"}
    assert document(quod("solve", PENCILS, "--json", **always))["verdict"]["trust"] == "corroborated"
    alone = document(quod("solve", PENCILS, "--no-corroborate", "--json", **always))
    assert alone["verdict"]["trust"] == "certified"


def test_check_confirms_what_traces_prints(quod):
    trace = quod("traces", document(quod("solve", PENCILS, "--json"))["id"], "--json").stdout
    ended = quod("check", "-", given=trace)
    assert ended.returncode == 0
    assert ended.stdout.decode().startswith("confirmed: query: derivation of ")
    assert quod("check", "-", given=trace.replace(b"per_box(4)", b"per_box(3)")).returncode == 1
    found = document(quod("check", "-", "--json", given=trace))
    assert (found["what"], found["result"]) == ("trace", "confirmed")


def test_replay_says_whether_anything_differs(quod):
    trace_id = document(quod("solve", PENCILS, "--json"))["id"]
    ended = quod("replay", trace_id)
    assert ended.returncode == 0
    assert ended.stdout.decode().startswith("same")
    assert document(quod("replay", trace_id, "--json"))["same"] is True


def test_info_names_engines_and_language_model(quod):
    ended = quod("info", "--json")
    assert ended.returncode == 0
    info = document(ended)
    assert info["engines"]["prolog"]["error"] is None
    assert info["lm"]["name"] == "recording.jsonl"
    assert "seccomp" in quod("info").stdout.decode()


def test_info_lists_every_setting_with_secrets_masked(quod):
    ended = quod("info", "--settings", QUOD_LM_API_KEY="sk-secret")
    shown = ended.stdout.decode()
    assert "QUOD_LIMIT_WALL_SECONDS = 10.0" in shown
    assert "sk-secret" not in shown


def test_the_database_is_brought_up_to_date_by_command_and_by_solve(quod, tmp_path):
    fresh = {"QUOD_DATABASE_URL": f"sqlite:///{tmp_path}/deep/quod.db"}
    listed = quod("traces", **fresh)
    assert listed.returncode == 1
    assert b"quod db upgrade" in listed.stderr
    assert document(quod("db", "upgrade", "--json", **fresh))["status"] == "newest"
    assert quod("db", "upgrade", **fresh).returncode == 0
    assert quod("traces", **fresh).stdout.decode() == "no traces\n"


def test_ctrl_c_leaves_no_process(home, tmp_path):
    program = tmp_path / "loop.pl"
    program.write_text("p :- p.\n")
    # A terminal of its own, so that progress is shown and Ctrl-C reaches it as it would a person's.
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "app.cli", "execute", str(program), "--query", "p", "--wall-seconds", "60"],
        env=environment(QUOD_DATABASE_URL=f"sqlite:///{home}/quod.db"),
        stdin=follower,
        stdout=follower,
        stderr=follower,
        start_new_session=True,
    )
    os.close(follower)
    try:
        children = set()
        deadline = time.monotonic() + 60
        while len(children) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
            children = descendants(process.pid)
        assert len(children) >= 2, "a fork server and the program"
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
        assert gone(children)
    finally:
        process.kill()
        process.wait()
        os.close(leader)


@pytest.mark.parametrize("columns", [80, 100, 200])
def test_a_list_of_traces_keeps_its_answers_on_a_terminal_of_any_width(quod, columns):
    trace_id = document(quod("solve", REPAIRED, "--json"))["id"]
    shown = quod("traces", FORCE_COLOR="1", NO_COLOR="1", COLUMNS=str(columns)).stdout.decode()
    lines = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in shown.splitlines()]
    mine = next(line for line in lines if line.startswith(trace_id))
    assert "answered 5" in mine
    assert REPAIRED[:15] in mine
    assert max(map(len, lines)) <= columns


def test_nothing_of_a_diagnostic_is_cut_off_at_the_edge_of_a_terminal(quod, tmp_path):
    (tmp_path / "p.smt2").write_text("(declare-const aleph Int)\n(assert (> א 1))\n(check-sat)\n", encoding="utf-8")
    said = document(quod("execute", tmp_path / "p.smt2", "--json"))["diagnostics"][0]["message"]
    for settings in ({"FORCE_COLOR": "1", "COLUMNS": "60"}, {}):
        shown = re.sub(r"\x1b\[[0-9;]*m", "", quod("execute", tmp_path / "p.smt2", **settings).stdout.decode())
        assert said in " ".join(shown.split())


def test_a_pipe_gets_no_blanks_at_the_ends_of_lines_and_no_folded_program(quod):
    trace_id = document(quod("solve", REPAIRED, "--json"))["id"]
    for arguments in (("solve", PENCILS), ("traces",), ("traces", trace_id), ("info",)):
        shown = quod(*arguments).stdout.decode()
        assert [line for line in shown.split("\n") if line != line.rstrip()] == []


def test_a_batch_of_one_is_told_in_the_singular(quod, tmp_path):
    (tmp_path / "in.jsonl").write_text('{"language": "prolog", "program": "p.", "query": "p"}\n')
    said = quod("execute", "--batch", tmp_path / "in.jsonl", "--out", tmp_path / "out.jsonl").stdout.decode()
    assert said.startswith("1 program in ")
    assert "a second" not in said


def test_an_id_that_is_true_is_no_id(quod, tmp_path):
    (tmp_path / "in.jsonl").write_text('{"id": true, "language": "prolog", "program": "p.", "query": "p"}\n')
    assert quod("execute", "--batch", tmp_path / "in.jsonl", "--out", tmp_path / "out.jsonl").returncode == 1
    assert "id" in json.loads((tmp_path / "out.jsonl").read_text())["error"]["detail"]


def test_the_results_of_a_batch_do_not_land_in_a_file_called_dash(quod, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in.jsonl").write_text('{"language": "prolog", "program": "p.", "query": "p"}\n')
    ended = quod("execute", "--batch", "in.jsonl", "--out", "-")
    assert ended.returncode == 2
    assert b"--out" in ended.stderr
    assert not (tmp_path / "-").exists()


def test_without_a_command_the_help_is_shown_as_help(quod):
    ended = quod()
    assert ended.returncode == 2
    assert ended.stderr.startswith(b"Usage: ")


def test_a_language_model_that_cannot_be_named_so_is_wrong_usage(quod, tmp_path):
    for spec in ("oracle", "http:m@ftp://localhost/v1", f"recorded:{tmp_path}/nothing.jsonl"):
        ended = quod("solve", PENCILS, "--lm", spec, "--json")
        assert ended.returncode == 2
        assert document(ended)["type"] == "urn:quod:problem:settings"
    assert b"http://" in quod("solve", PENCILS, "--lm", "http:m@ftp://localhost/v1").stderr


def test_a_failed_language_model_leaves_a_trace_and_the_command_names_it(quod):
    down = {"QUOD_LM": "http:m@http://127.0.0.1:9/v1", "QUOD_LM_RETRIES": "0"}
    trace_id = document(quod("solve", PENCILS, "--json", **down))["trace_id"]
    assert document(quod("traces", trace_id, "--json"))["verdict"]["kind"] == "unresolved"
    assert re.search(rb"quod traces trc_\w+", quod("solve", PENCILS, **down).stderr)


def test_a_retry_is_told_in_words_on_standard_error(quod):
    ended = quod("solve", PENCILS, "--json", QUOD_LM="http:m@http://127.0.0.1:9/v1", QUOD_LM_RETRIES="1")
    document(ended)
    assert b"trying again in" in ended.stderr
    assert b"context block" not in ended.stderr


def test_an_argument_that_is_not_utf_8_is_called_so(quod):
    ended = quod("solve", "caf\udce9")
    assert ended.returncode == 2
    assert b"UTF-8" in ended.stderr
    assert b"surrogate" not in ended.stderr


def test_traces_can_be_narrowed_to_a_time(quod):
    trace_id = document(quod("solve", PENCILS, "--json"))["id"]
    for options, found in (
        (["--created-after", "2020-01-01"], True),
        (["--created-before", "2020-01-01"], False),
        (["--created-after", "2020-01-01T00:00:00Z", "--created-before", "2999-01-01T00:00:00+02:00"], True),
    ):
        listed = document(quod("traces", "--json", *options))
        assert (trace_id in [trace["id"] for trace in listed["data"]]) is found
    wrong = quod("traces", "--created-after", "yesterday")
    assert wrong.returncode == 2
    assert b"2026-" in wrong.stderr


def test_serve_prints_its_address_as_its_one_document(home):
    with subprocess.Popen(
        [sys.executable, "-m", "app.cli", "serve", "--port", "0", "--json"],
        env=environment(QUOD_DATABASE_URL=f"sqlite:///{home}/served.db", QUOD_LM="recorded:"),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        assert process.stdout is not None
        try:
            address = json.loads(process.stdout.readline())["url"]
            with urllib.request.urlopen(f"{address}/livez", timeout=30) as reply:
                assert reply.status == 200
            process.send_signal(signal.SIGINT)
            assert process.stdout.read() == b""
        except BaseException:
            process.kill()  # else a failure would wait for it for ever
            raise
