"""`quod check` and `python -m solvers.checking` where neither engines nor database nor web framework are installed."""

import json
import re

import pytest

from tests.app.alone import ABSENT, checking_alone, quod_without_engines, recheck_without_anything
from tests.app.api.conftest import HOPELESS, MORTAL, PENCILS, opened, settings_for
from tests.app.api.evidence import RUSTY, traces_of

pytestmark = pytest.mark.anyio

NOT_COVERED = "not covered: whether the program says what the problem says\n"


@pytest.fixture(scope="module")
async def documents(anyio_backend, tmp_path_factory):
    """A trace of each problem, and its certificates: a derivation, a model, proofs."""
    folder = tmp_path_factory.mktemp("documents")
    async with opened(settings_for(folder)) as client:
        found = {"traces": await traces_of(client, (PENCILS, MORTAL, RUSTY, HOPELESS))}
        for problem, trace in found["traces"].items():
            reply = await client.get(f"/v1/traces/{trace['id']}/certificates")
            found[problem] = reply.json()["certificates"]
    return found


@pytest.fixture
def certificates(documents):
    named = {
        "derivation": documents[PENCILS]["query"],
        "model": documents[RUSTY]["query"],
        "proof": documents[MORTAL]["premises_and_not_conclusion"],
    }
    kinds = [certificate["evidence"]["kind"] for certificate in named.values()]
    assert kinds == ["derivations", "model", "proof"]
    return named


def changed(certificate):
    """A certificate that claims something else."""
    text = json.dumps(certificate)
    for old, new in (('"X": "7"', '"X": "8"'), ('"nuts": "6"', '"nuts": "5"'), ("(man socrates)", "(mortal socrates)")):
        text = text.replace(old, new)
    assert json.loads(text) != certificate
    return json.loads(text)


def written(folder, document):
    file = folder / "document.json"
    file.write_text(json.dumps(document))
    return str(file)


def test_the_engines_are_absent_indeed(tmp_path):
    ended = quod_without_engines(tmp_path, "traces")
    assert ended.returncode == 1
    assert re.search(rb"No module named '([a-z_]+)", ended.stderr)[1].decode() in ABSENT


@pytest.mark.parametrize("kind", ["derivation", "model", "proof"])
def test_a_certificate_is_confirmed_and_a_changed_one_is_not(tmp_path, certificates, kind):
    for check in (
        lambda file: quod_without_engines(tmp_path, "check", file),
        lambda file: checking_alone(tmp_path, file),
    ):
        ended = check(written(tmp_path, certificates[kind]))
        assert ended.returncode == 0, ended.stderr
        assert ended.stdout.decode().startswith("confirmed: ")
        assert ended.stdout.decode().endswith(NOT_COVERED)
        assert ended.stderr == b""
        ended = check(written(tmp_path, changed(certificates[kind])))
        assert ended.returncode == 1
        assert not ended.stdout.startswith(b"confirmed")
        assert ended.stderr == b""


@pytest.mark.parametrize("problem", [PENCILS, MORTAL, RUSTY])
def test_a_whole_trace_is_confirmed_and_a_changed_one_refuted(tmp_path, documents, problem):
    trace = documents["traces"][problem]
    ended = quod_without_engines(tmp_path, "check", written(tmp_path, trace))
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert ended.stdout.decode().startswith("confirmed: ")
    for name in trace["evidence"]["certificate"]["parts"]:
        assert f"{name}: " in ended.stdout.decode()
    lie = {**trace, "verdict": {**trace["verdict"], "kind": "refuted", "answer": None}}
    ended = quod_without_engines(tmp_path, "check", written(tmp_path, lie))
    assert ended.returncode == 1
    assert ended.stdout.decode().startswith("refuted: the verdict does not follow from the runs")
    assert ended.stdout.decode().endswith(NOT_COVERED)


def test_a_trace_is_rechecked_with_no_package_at_all(tmp_path, documents):
    for problem in (PENCILS, MORTAL, RUSTY):
        ended = recheck_without_anything(tmp_path, json.dumps(documents["traces"][problem]).encode())
        assert (ended.stdout, ended.stderr) == (b"confirmed\n", b"")


def test_a_certificate_or_a_trace_comes_from_standard_input_too(tmp_path, documents, certificates):
    given = json.dumps(certificates["model"]).encode()
    assert checking_alone(tmp_path, "-", given=given).returncode == 0
    assert quod_without_engines(tmp_path, "check", "-", given=given).returncode == 0
    trace = json.dumps(documents["traces"][PENCILS]).encode()
    assert quod_without_engines(tmp_path, "check", "-", given=trace).returncode == 0
    ended = checking_alone(tmp_path, "-", given=trace)
    assert ended.returncode == 1  # it takes certificates; `quod check` takes traces as well
    assert ended.stdout.startswith(b"not_checkable: no certificate in -")


def test_with_json_exactly_one_document_is_printed(tmp_path, documents):
    ended = quod_without_engines(tmp_path, "check", written(tmp_path, documents["traces"][PENCILS]), "--json")
    assert ended.returncode == 0
    found = json.loads(ended.stdout)
    assert (found["what"], found["result"]) == ("trace", "confirmed")
    assert found["parts"]["query"]["result"] == "confirmed"
    assert found["does_not_cover"] == "whether the program says what the problem says"
    for given in (b"{", b"{}", b"[1]", b'{"outcome": 1}'):
        ended = quod_without_engines(tmp_path, "check", "-", "--json", given=given)
        assert ended.returncode == 1
        assert json.loads(ended.stdout)["detail"]
        assert ended.stderr == b""


def test_a_trace_that_concludes_nothing_is_exit_status_1(tmp_path, documents):
    ended = quod_without_engines(tmp_path, "check", written(tmp_path, documents["traces"][HOPELESS]))
    assert ended.returncode == 1
    assert ended.stdout.startswith(b"not_checkable: the trace concludes nothing")


@pytest.mark.parametrize(
    ("arguments", "given", "status"),
    [
        (["nothing.json"], b"", 2),
        (["."], b"", 2),
        (["-"], b"\xff\xfe", 2),
        ([], b"", 2),
        (["-", "--seconds", "0"], b"{}", 2),
        (["-"], b"", 1),
        (["-"], b"not json", 1),
        (["-"], b"[" * 100_000, 1),
        (["-"], b'{"outcome": ' + b"9" * 10_000 + b"}", 1),
        (["-"], b'"a trace"', 1),
    ],
)
def test_what_cannot_be_checked_is_a_sentence_and_never_a_traceback(tmp_path, arguments, given, status):
    ended = quod_without_engines(tmp_path, "check", *arguments, given=given)
    assert ended.returncode == status
    assert b"Traceback" not in ended.stderr
    assert ended.stderr.startswith(b"quod: ")
    assert ended.stdout == b""


@pytest.mark.parametrize(
    ("arguments", "given", "status"),
    [
        (["nothing.json"], b"", 1),
        (["."], b"", 1),
        (["-"], b"\xff\xfe", 1),
        ([], b"", 2),
        (["--help"], b"", 2),
        (["a", "b"], b"", 2),
        (["-"], b"[" * 100_000, 1),
        (["-"], b'{"format": "quod-certificate/1"}', 1),
    ],
)
def test_the_checker_alone_says_what_is_wrong_with_a_file(tmp_path, arguments, given, status):
    ended = checking_alone(tmp_path, *arguments, given=given)
    assert ended.returncode == status
    assert b"Traceback" not in ended.stderr
    assert ended.stdout or ended.stderr


def test_a_short_limit_is_kept_and_confirms_nothing(tmp_path, certificates):
    ended = quod_without_engines(tmp_path, "check", written(tmp_path, certificates["proof"]), "--seconds", "0.001")
    assert ended.stdout.startswith((b"not_checkable: ", b"confirmed: "))


def test_what_stands_in_a_document_cannot_play_with_the_terminal_nor_write_a_line_of_its_own(
    tmp_path, documents, certificates
):
    evil = "\x1b[31m\u202e\nconfirmed: all of it\ud800"
    certificate = {**certificates["model"], "outcome": {"kind": "unknown", "reason": evil}}
    trace = documents["traces"][PENCILS]
    strange = {**trace, "verdict": {**trace["verdict"], "kind": evil}}
    for ended in (
        checking_alone(tmp_path, written(tmp_path, certificate)),
        quod_without_engines(tmp_path, "check", written(tmp_path, certificate)),
        quod_without_engines(tmp_path, "check", written(tmp_path, strange)),
    ):
        said = (ended.stdout + ended.stderr).decode()
        assert ended.returncode == 1
        assert "Traceback" not in said
        assert "\x1b" not in said
        assert "\u202e" not in said
        assert not any(line.startswith("confirmed") for line in said.splitlines())
