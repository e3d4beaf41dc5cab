"""What the embedded translator cannot translate, through the pipeline, over HTTP and on the command line."""

import io
import json
import re
import sys

import pytest

pytest.importorskip("torch", reason="torch is not installed: `make setup` installs it")

from app.cli import main  # behind the check for torch
from app.lm.embedded import EmbeddedLM
from app.lm.options import LmOptions
from app.lm.spec import open_language_model
from app.lm.types import FinishReason
from app.reasoning.types import Assurance, NotExtracted, Problem, Trust, VerdictKind
from app.settings import EmbeddedAnswers
from solvers.types import Diagnostic, ErrorClass, Rejected
from tests.app.api.conftest import opened, settings_for
from tests.app.reasoning.scripted import solve
from tests.app.translator.test_doubts import OTTERS, RUNNERS
from tests.app.translator.test_translate import BAD
from tests.app.translator.tiny import ANSWERS, DIFFERENCE, SUM, make_two_networks

GERMAN = BAD["german"][0]


@pytest.fixture(scope="module")
def lm(translator_folder):
    return EmbeddedLM(translator_folder, LmOptions(threads=1, answers=EmbeddedAnswers.ALL))


@pytest.mark.parametrize(("text", "reason"), BAD.values(), ids=BAD)
async def test_bad_input_ends_in_an_unresolved_verdict_that_says_why(text, reason, lm, runtime):
    trace = await solve(Problem(text), [], runtime, lm=lm)
    assert trace.verdict.kind is VerdictKind.UNRESOLVED
    assert trace.verdict.trust is None
    assert trace.verdict.reason.startswith("the translator abstains: ")
    assert re.search(reason, trace.verdict.reason)
    (attempt,) = trace.attempts
    assert attempt.formalisation == NotExtracted(())
    assert attempt.completion.finish_reason is FinishReason.ABSTAINED
    assert attempt.runs == {}
    assert attempt.diagnostics == ()


async def test_what_it_can_translate_is_certified(lm, runtime):
    for text, answer in ANSWERS.items():
        trace = await solve(Problem(text), [], runtime, lm=lm)
        assert (trace.verdict.answer, trace.verdict.trust) == (answer, Trust.CERTIFIED), trace.verdict


async def test_a_second_reading_is_asked_for_in_vain(lm, runtime):
    trace = await solve(Problem(SUM), [], runtime, lm=lm, assurance=Assurance(corroborate=True))
    assert trace.verdict.trust in (Trust.CERTIFIED, None)
    wanted = Assurance(corroborate=True, min_trust=Trust.CORROBORATED)
    trace = await solve(Problem(SUM), [], runtime, lm=lm, assurance=wanted)
    assert trace.verdict.kind is VerdictKind.UNRESOLVED
    assert "corroborated was asked for" in trace.verdict.reason


class Failing:
    """The real solver; the first program is rejected."""

    def __init__(self, runtime):
        self.runtime, self.jobs = runtime, []

    async def solve(self, job, limits):
        run = await self.runtime.solve(job, limits)
        self.jobs.append(job.program.text)
        if job.program.text == self.jobs[0]:
            fault = Diagnostic(ErrorClass.LOGICAL, "it does not hold")
            return type(run)(**{**{name: getattr(run, name) for name in run.__slots__}, "ending": Rejected((fault,))})
        return run


async def test_the_attempt_after_a_failed_one_gets_the_next_candidate(lm, runtime):
    trace = await solve(Problem(DIFFERENCE), [], Failing(runtime), lm=lm)
    assert len(trace.attempts) >= 2
    one, two = (attempt.completion.text for attempt in trace.attempts[:2])
    assert one != two
    assert one.startswith("```prolog")
    assert two.startswith("```prolog")


@pytest.mark.parametrize(
    ("networks", "text", "reason"),
    [
        ("problems", OTTERS, "this translator was not trained on deductions"),
        ("problems", RUNNERS, "this translator was not trained on ordering puzzles"),
        ("sentences", SUM, "this translator was not trained on word problems"),
    ],
)
async def test_a_problem_that_no_network_was_trained_on_is_unresolved(
    networks, text, reason, translator_folder, tmp_path, runtime
):
    folder = make_two_networks(tmp_path / "two", translator_folder) / networks
    lm = open_language_model(f"embedded:{folder}")
    trace = await solve(Problem(text), [], runtime, lm=lm)
    await lm.close()
    assert trace.verdict.kind is VerdictKind.UNRESOLVED
    assert trace.verdict.reason.startswith(f"the translator abstains: {reason}")
    assert [attempt.completion.finish_reason for attempt in trace.attempts] == [FinishReason.ABSTAINED]


async def test_two_networks_answer_as_one_translator(translator_folder, tmp_path, runtime):
    lm = EmbeddedLM(make_two_networks(tmp_path / "two", translator_folder), LmOptions(answers=EmbeddedAnswers.ALL))
    trace = await solve(Problem(SUM), [], runtime, lm=lm)
    assert (trace.verdict.answer, trace.verdict.trust) == (ANSWERS[SUM], Trust.CERTIFIED)
    # The network that reads sentences knows nothing yet, and is asked all the same.
    trace = await solve(Problem(OTTERS), [], runtime, lm=lm)
    await lm.close()
    assert "was not trained on" not in trace.verdict.reason


# Over HTTP and on the command line


async def test_an_abstention_is_kept_and_shown_by_the_service_and_has_nothing_to_replay(translator_folder, tmp_path):
    async with opened(settings_for(tmp_path, lm=f"embedded:{translator_folder}")) as client:
        reply = await client.post("/v1/solve", json={"problem": GERMAN})
        assert reply.status_code in (200, 201), reply.text
        trace = reply.json()
        assert trace["verdict"]["kind"] == "unresolved"
        assert trace["verdict"]["reason"].startswith("the translator abstains: ")
        where = f"/v1/traces/{trace['id']}"
        again = (await client.get(where)).json()
        assert again["verdict"] == trace["verdict"]
        assert len(again["attempts"]) == 1
        shown = (await client.get(where, headers={"accept": "text/markdown"})).text
        assert "the translator abstains" in shown
        replayed = await client.post(f"{where}/replay")
        assert replayed.json()["type"] == "urn:quod:problem:trace-not-replayable", "it holds no program"
        assert (await client.get("/v1/info")).json()["lm"]["backend"] == "embedded"


def test_the_command_line_ends_with_status_1_and_a_reason(translator_folder, tmp_path, monkeypatch, capfd):
    monkeypatch.setenv("QUOD_DATABASE_URL", f"sqlite:///{tmp_path}/quod.db")
    spec = f"embedded:{translator_folder}"

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["quod", *arguments])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
        with pytest.raises(SystemExit) as raised:
            main()
        return raised.value.code or 0, *capfd.readouterr()

    status, out, err = run("solve", GERMAN, "--lm", spec)
    assert (status, err) == (1, "")
    assert "the translator abstains: " in out
    status, out, err = run("solve", SUM, "--lm", spec, "--json")
    assert (status, err) == (0, "")
    assert json.loads(out)["verdict"]["answer"] == ANSWERS[SUM]
    status, out, _ = run("info", "--lm", spec)
    assert status == 0
    assert "embedded" in out
    assert "sha256:" in out
    status, out, err = run("solve", SUM, "--lm", f"embedded:{tmp_path}")
    assert status != 0
    assert f"{tmp_path} holds no translator" in out + err
    assert "Traceback" not in out + err
