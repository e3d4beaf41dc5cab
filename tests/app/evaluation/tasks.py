"""Samples to solve, and what a recorded language model says to them."""

import json
from itertools import count

from app.evaluation.engine import SampleTask
from app.lm.types import Sampling
from app.problem import Problem
from app.reasoning.events import VerdictReached
from app.reasoning.pipeline import new_trace_id
from app.reasoning.types import Assurance, Budget
from app.settings import Settings
from solvers.types import Limits

MORTAL = "Every man is mortal. Socrates is a man. Does it follow that Socrates is mortal?"
ENDLESS = "Cleo counts and counts. Which number does she come to?"
HOPELESS = "Cleo thinks of a number. Which number is it?"
UNKNOWN = "What does nobody know?"

_MORTAL = (
    "```smt2\n(declare-sort Thing 0)\n(declare-fun man (Thing) Bool)\n(declare-fun mortal (Thing) Bool)\n"
    "(declare-const socrates Thing)\n(assert (! (forall ((x Thing)) (=> (man x) (mortal x))) "
    ":named men_are_mortal))\n"
    "(assert (! (man socrates) :named socrates_is_a_man))\n; query: (mortal socrates)\n```"
)
_ENDLESS = "```prolog\ncount(N) :- M is N + 1, count(M).\nsolve(X) :- count(0), X = 0.\n% query: solve(X).\n```"


def pencils(boxes, each=4, given=5):
    return f"Anna has {boxes} boxes with {each} pencils each and gives {given} away. How many pencils has she left?"


def _pencils(boxes, each=4, given=5):
    return (
        f"```prolog\n:- use_module(library(clpq)).\nboxes({boxes}).\nper_box({each}).\ngiven({given}).\n"
        "solve(X) :- boxes(B), per_box(P), given(G), {X = B * P - G}.\n"
        "% boxes/1: how many boxes Anna has\n% query: solve(X).\n```"
    )


def write_recording(file, boxes=range(3, 13)):
    """Every one of these problems with one completion, and each about pencils with the answer alone, too."""
    found = [(MORTAL, 1, _MORTAL), (ENDLESS, 1, _ENDLESS), (HOPELESS, 1, "I cannot do that.")]
    for number in boxes:
        found += [(pencils(number), 1, _pencils(number)), (pencils(number), 0, f"Easy.\n#### {number * 4 - 5}")]
    lines = [json.dumps({"problem": text, "attempt": n, "completion": said}) for text, n, said in found]
    file.write_text("\n".join(lines) + "\n")
    return f"recorded:{file}"


def settings(**values):
    """Settings that depend on nothing of the machine's environment."""
    return Settings(**{"database_url": "sqlite:////nowhere/quod.db", "lm": "recorded:", **values})


_numbers = count(1)

GENEROUS = Limits(wall_seconds=60, cpu_seconds=60)


def task(lm, text, evaluation="evl_1", seconds=300.0, **more):
    """A sample with a budget of one attempt, on a machine that may be busy."""
    given = {
        "evaluation_id": evaluation,
        "key": f"{evaluation}-{next(_numbers)}-1",
        "problem": Problem(text),
        "lm": lm,
        "trace_id": new_trace_id(),
        "baseline": False,
        "sampling": Sampling(),
        "budget": Budget(attempts=1, seconds=seconds),
        "limits": GENEROUS,
        "assurance": Assurance(),
    }
    return SampleTask(**{**given, **more})


def endless(lm, **more):
    """A sample whose program runs until somebody ends it."""
    return task(lm, ENDLESS, **more)


def verdict_of(run):
    """The verdict at the end of a run that came to its end."""
    assert run.failure is None, run.failure
    assert isinstance(run.events[-1], VerdictReached)
    return run.events[-1].verdict
