"""`scripts/demo.sh`, as `make demo` runs it after the set-up."""

import json
import runpy
import subprocess
from pathlib import Path

import pytest

from app.problem import World
from app.reasoning.kind import decide_kind, decide_language
from app.reasoning.types import Problem
from app.translator.candidates import Candidate
from app.translator.loading import UNMEASURED
from app.translator.result import Abstention
from app.translator.translate import Reader, translate
from app.translator.vocabulary import make_vocabulary
from tests.app.api.serving import environment

ROOT = Path(__file__).resolve().parent.parent
DEMO = runpy.run_path(str(ROOT / "scripts" / "demo.py"))
SAID = {
    "all w0 -s are w1 -s .": "w1 X :- w0 X .",
    "no w0 is a w1 .": "not w1 X :- w0 X .",
    "w0 is a w1 .": "w1 w0 .",
    "is ^ w0 a w1 ?": "w1 w0 .",
    "5 w0 stand in a w1 : w2 , w3 , w4 , w5 and w6 .": "list 5 : w2 ; w3 ; w4 ; w5 ; w6",
    "w0 is first .": "at 1 first : w0",
    "w0 is ahead of w1 .": "rel ahead : w0 ; w1",
    "w0 is directly behind w1 .": "next behind : w0 ; w1",
    "w0 is last .": "at 1 last : w0",
    "who is second ?": "ask at 2 first : ?",
}
"""What each masked sentence of the demo says, in the notations of the translator."""


def read(text, arithmetic):
    """What the translator makes of a text that it reads right."""

    def decode(form, sources, beams):
        return [[Candidate(tuple(SAID.get(" ".join(source), arithmetic).split()), -0.001)] for source in sources]

    problem = Problem(text)
    kind = decide_kind(problem)
    words = make_vocabulary(word.strip(".,?:").lower() for word in text.split())
    readers = {form: Reader(words, decode, needed) for form, needed in UNMEASURED.items()}
    found, abstention = translate(text, kind, decide_language(problem, kind), World.OPEN, readers)
    return found[0] if found else abstention


def record(file, arithmetic="- * n0 n1 n2"):
    """A recording of the demo in which `arithmetic` is what the first problem says."""
    lines = []
    for text in (*(shown.problem for shown in DEMO["PROBLEMS"]), DEMO["TOO_HARD"]):
        match read(text, arithmetic):
            case Abstention(reason):
                lines.append({"problem": text, "attempt": 1, "completion": reason, "finish_reason": "abstained"})
            case found:
                lines.append({"problem": text, "attempt": 1, "completion": found.completion})
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return f"recorded:{file}"


def demo(*arguments, **settings):
    return subprocess.run(
        ["bash", str(ROOT / "scripts" / "demo.sh"), *arguments],
        env=environment(**settings),
        capture_output=True,
        text=True,
        timeout=280,
    )


@pytest.mark.timeout(300)
def test_the_translator_that_ships_does_the_demo(tmp_path):
    ended = demo(QUOD_DATABASE_URL=f"sqlite:///{tmp_path}/quod.db")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "demo: language model embedded: embedded" in ended.stdout
    for said in ("answered  35", "refuted", "answered  ada", "the translator abstains: ", "\nconfirmed: "):
        assert said in ended.stdout, ended.stdout


def test_the_demo_shows_the_evidence_and_how_to_see_all_of_it(tmp_path):
    settings = {"QUOD_DATABASE_URL": f"sqlite:///{tmp_path}/quod.db", "QUOD_LM": record(tmp_path / "right.jsonl")}
    ended = demo(**settings)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stdout.count("certificate  confirmed by") == 3
    assert ended.stdout.count("not covered: whether the program says what the problem says") == 4
    assert ended.stdout.count("quod traces trc_") == 3
    assert ended.stderr == ""


def test_a_demo_with_another_answer_than_the_expected_one_fails(tmp_path):
    wrong = record(tmp_path / "wrong.jsonl", arithmetic="* n0 n1")
    ended = demo(QUOD_DATABASE_URL=f"sqlite:///{tmp_path}/quod.db", QUOD_LM=wrong)
    assert ended.returncode == 1
    assert "demo: expected was: answered 35" in ended.stdout


def test_the_demo_takes_a_problem_of_yours(tmp_path):
    settings = {"QUOD_DATABASE_URL": f"sqlite:///{tmp_path}/quod.db", "QUOD_LM": record(tmp_path / "right.jsonl")}
    ended = demo(DEMO["PROBLEMS"][0].problem, **settings)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stdout.startswith("demo: starting")
    assert "answered  35  (trust: certified)" in ended.stdout
    assert demo(DEMO["TOO_HARD"], **settings).returncode == 1
