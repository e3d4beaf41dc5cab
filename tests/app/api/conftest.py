"""The real service on a database of its own, with recorded completions for a language model; no network."""

import json
from contextlib import asynccontextmanager

import httpx
import pytest

from app.main import create_app
from app.settings import Settings
from tests.app.api.evidence import CITED, CITING_COMPLETION, RUSTY, SMT_COMPLETION

PENCILS = "Anna has 3 boxes with 4 pencils each and gives 5 pencils away. How many pencils has she left?"
MORTAL = "Every man is mortal. Socrates is a man. Does it follow that Socrates is mortal?"
REPAIRED = "Ben has 2 red and 3 blue marbles. How many marbles has Ben?"
HOPELESS = "Cleo thinks of a number. Which number is it?"

COMPLETIONS = [
    (
        PENCILS,
        "```prolog\n:- use_module(library(clpq)).\nboxes(3).\nper_box(4).\ngiven(5).\n"
        "solve(X) :- boxes(B), per_box(P), given(G), {X = B * P - G}.\n"
        "% boxes/1: how many boxes Anna has\n% query: solve(X).\n```",
    ),
    (
        MORTAL,
        "```smt2\n(declare-sort Thing 0)\n(declare-fun man (Thing) Bool)\n(declare-fun mortal (Thing) Bool)\n"
        "(declare-const socrates Thing)\n(assert (! (forall ((x Thing)) (=> (man x) (mortal x))) "
        ":named men_are_mortal))\n"
        "(assert (! (man socrates) :named socrates_is_a_man))\n; query: (mortal socrates)\n```",
    ),
    (
        REPAIRED,
        "```prolog\n:- use_module(library(clpq)).\nsolve(X) :- red(R), blue(B), {X = R + B}.\nred(2).\n"
        "% query: solve(X).\n```",
    ),
    (
        REPAIRED,
        "```prolog\n:- use_module(library(clpq)).\nsolve(X) :- red(R), blue(B), {X = R + B}.\nred(2).\nblue(3).\n"
        "% query: solve(X).\n```",
    ),
    (RUSTY, SMT_COMPLETION),
    (CITED, CITING_COMPLETION),
    *[(HOPELESS, f"I cannot write a program for that, try {number}.") for number in (1, 2, 3)],
]


def write_recording(file):
    attempts = {}
    lines = []
    for problem, completion in COMPLETIONS:
        attempts[problem] = attempts.get(problem, 0) + 1
        lines.append(json.dumps({"problem": problem, "attempt": attempts[problem], "completion": completion}))
    file.write_text("\n".join(lines) + "\n")
    return file


def settings_for(folder, **values):
    """Settings that depend on nothing of the machine's environment."""
    recording = folder / "recording.jsonl"
    if not recording.exists():
        write_recording(recording)
    return Settings(**{"database_url": f"sqlite:///{folder}/quod.db", "lm": f"recorded:{recording}", **values})


@asynccontextmanager
async def opened(settings):
    """A client of the running service; the transport lets exceptions through, so that none hides behind a 500."""
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://quod") as client:
            client.app = app
            yield client


@pytest.fixture(scope="session")
async def client(anyio_backend, tmp_path_factory):
    async with opened(settings_for(tmp_path_factory.mktemp("service"))) as client:
        yield client


def assert_problem(reply, status, name):
    assert reply.status_code == status, reply.text
    assert reply.headers["content-type"] == "application/problem+json"
    body = reply.json()
    assert body["type"] == f"urn:quod:problem:{name}"
    assert body["status"] == status
    assert body["request_id"] == reply.headers["x-request-id"]
    assert body["detail"]
    return body
