"""The client of `scripts/demo.sh`: waits until the service at ADDRESS is ready, posts problems, shows verdicts and
evidence, and checks a certificate by the checker alone, with nothing but Python's standard library.

Usage: demo.py ADDRESS [PROBLEM]

Exit status 1: a verdict is not the expected one, or PROBLEM has none; or the checker does not confirm.
"""

import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import httpx
from rich.console import Console

from app.api.advice import abstains
from app.api.bodies import TraceRead
from app.cli.trace_view import print_summary, print_trace
from app.reasoning.types import VerdictKind

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 300
"""Longest wait for a reply: on a busy machine the first one takes a while, since the translator is loaded."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A problem with what comes of it."""

    title: str
    problem: str
    verdict: VerdictKind
    answer: str | None = None


PROBLEMS = (
    Shown(
        "an arithmetic problem",
        "A cinema has 18 rows with 24 seats in each. 397 tickets are sold. How many seats stay empty?",
        VerdictKind.ANSWERED,
        "35",
    ),
    Shown(
        "a deduction",
        "All herons are birds. No bird is a fish. Greta is a heron. Is Greta a fish?",
        VerdictKind.REFUTED,
    ),
    Shown(
        "an ordering puzzle",
        "Five friends stand in a queue: Ada, Ben, Cleo, Dora and Emil. Cleo is first. Ada is ahead of Ben. "
        "Emil is directly behind Ben. Dora is last. Who is second?",
        VerdictKind.ANSWERED,
        "ada",
    ),
)
TOO_HARD = (
    "A letter needs stamps worth exactly 95 cents. There are plenty of stamps of 5, 16 and 23 cents. "
    "What is the smallest number of stamps that will do?"
)


def main(address: str, *problems: str) -> int:
    console = Console(highlight=False, markup=False, soft_wrap=True)
    with httpx.Client(base_url=address, timeout=SECONDS) as client:
        ready = wait_until_ready(client)
        engines = ", ".join(f"{name} {engine['version']}" for name, engine in ready["engines"].items())
        lm = ready["lm"]
        console.print(f"demo: ready at {address} with {engines}")
        console.print(f"demo: language model {lm['backend']}: {lm['name']}\n")
        if problems:
            return solve_one(console, client, problems[0])
        return show_all(console, client, may_abstain=lm["backend"] != "embedded")


def show_all(console: Console, client: httpx.Client, may_abstain: bool) -> int:
    """Every problem of the demo. `may_abstain`: a larger language model may also solve what is too hard."""
    traces = []
    for shown in PROBLEMS:
        trace = posted(console, client, shown.title, shown.problem)
        if trace is None:
            return 1
        verdict = trace.verdict
        if verdict.kind != shown.verdict or (shown.answer is not None and verdict.answer != shown.answer):
            expected = " ".join(filter(None, (shown.verdict.value, shown.answer)))
            console.print(f"demo: expected was: {expected}")
            return 1
        traces.append(trace)
    trace = posted(console, client, "and one that a small translator does not know how to do", TOO_HARD)
    if trace is None:
        return 1
    if not may_abstain and not abstains(trace):
        console.print("demo: expected was: it abstains")
        return 1
    status = checked_alone(console, client, traces[0].id)
    console.print("demo: all of a trace, with the program and the derivation beside the words of the problem:")
    for trace in traces:
        console.print(f"      .venv/bin/quod traces {trace.id}")
    return status


def solve_one(console: Console, client: httpx.Client, problem: str) -> int:
    reply = client.post("/v1/solve", json={"problem": problem})
    if reply.status_code != 200:
        console.print(reply.text)
        return 1
    trace = TraceRead.model_validate(reply.json())
    print_trace(trace, brief=True)
    console.print()
    if trace.verdict.kind == VerdictKind.UNRESOLVED:
        console.print("demo: the problem was not resolved")
        return 1
    return checked_alone(console, client, trace.id)


def posted(console: Console, client: httpx.Client, title: str, problem: str) -> TraceRead | None:
    """The trace, after it was shown; None where the service gives none."""
    console.print(f"demo: {title}: POST /v1/solve\n\n  {problem}\n")
    reply = client.post("/v1/solve", json={"problem": problem})
    if reply.status_code != 200:
        console.print(reply.text)
        return None
    trace = TraceRead.model_validate(reply.json())
    print_summary(trace)
    console.print()
    return trace


def checked_alone(console: Console, client: httpx.Client, trace_id: str) -> int:
    """Exit status of a checker that sees the certificates of the trace and the folder `solvers/`: no package is
    installed for it.
    """
    found = client.get(f"/v1/traces/{trace_id}/certificates").json()["certificates"]
    console.print(f"demo: what certifies {trace_id}, checked without engine, database and language model:")
    return max((check_alone(console, name, certificate) for name, certificate in found.items()), default=0)


def check_alone(console: Console, name: str, certificate: dict) -> int:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.json"
        path.write_text(json.dumps(certificate), encoding="utf-8")
        command = [sys.executable, "-S", "-m", "solvers.checking", str(path)]
        checked = subprocess.run(command, cwd=ROOT, env={}, capture_output=True, text=True, check=False)
    console.print(f"      python -S -m solvers.checking {name}.json\n\n{checked.stdout}{checked.stderr}")
    return checked.returncode


def wait_until_ready(client: httpx.Client, seconds: float = 60.0) -> dict:
    deadline = time.monotonic() + seconds
    while True:
        try:
            reply = client.get("/readyz")
            if reply.status_code == 200:
                return reply.json()
            said = reply.text
        except httpx.TransportError as error:
            said = f"{type(error).__name__}: {error}"
        if time.monotonic() > deadline:
            sys.exit(f"demo: the service is not ready after {seconds:.0f} s: {said}")
        time.sleep(0.1)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
