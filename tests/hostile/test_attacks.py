"""Every hostile program, with every layer on and with the layers above each other one switched off.

Whatever it tried: the secret was not read, nothing was written, nobody was called, no process is left, the runtime
answered within the limit and a second, and the next program still gets the right answer.
"""

import json
import os
import secrets
import socket
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from solvers import (
    Answers,
    Finished,
    Job,
    Language,
    Layers,
    Limits,
    Program,
    Rejected,
    Run,
    Runtime,
    RuntimeConfig,
    Satisfiable,
    Stopped,
    run_to_json,
)
from tests.hostile.attack import Attack, Targets, load_attacks
from tests.solvers.scripted import BUSY_SECONDS

pytestmark = pytest.mark.anyio

ATTACKS = load_attacks(Path(__file__).parent)
LIMITS = Limits(wall_seconds=0.4, cpu_seconds=0.4, memory_mib=128, output_bytes=100_000, max_answers=5)
LAYERS = {
    "every-layer": Layers(),
    "no-policy": Layers(policy=False),
    "seccomp-alone": Layers(policy=False, landlock=False),
    "landlock-alone": Layers(policy=False, seccomp=False),
}
NEXT = {
    Language.PROLOG: Job(
        Program(
            Language.PROLOG,
            'solve(X) :- append([1], [2], L), sum_list(L, S), atom_length("abc", N), X is S * 13 + N.\n',
        ),
        "solve(X)",
    ),
    Language.SMT: Job(
        Program(Language.SMT, "(declare-const total Int)\n(assert (= (* 3 total) 126))\n(check-sat)\n"), answer="total"
    ),
}


@pytest.fixture(scope="module")
def targets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Targets]:
    folder = tmp_path_factory.mktemp("canary")
    secret = "canary" + secrets.token_hex(12)
    read = folder / "secret.pl"
    read.write_text(f"canary({secret}).\n")
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_UNIX) as unix:
        unix.bind(str(folder / "s"))
        unix.listen()
        tcp.setblocking(False)
        unix.setblocking(False)
        os.environ["CANARY"] = secret
        try:
            yield Targets(secret, read, folder / "written", tcp.getsockname()[1], folder / "s", "CANARY")
            for server in (tcp, unix):
                with pytest.raises(BlockingIOError):
                    server.accept()
        finally:
            del os.environ["CANARY"]


@dataclass(frozen=True, slots=True)
class Fortress:
    name: str
    runtime: Runtime


@pytest.fixture(scope="module", params=LAYERS)
async def fortress(request: pytest.FixtureRequest, targets: Targets) -> AsyncIterator[Fortress]:
    # After `targets`, so that the fork servers start in an environment that holds the secret.
    # Landlock alone leaves UDP and forking open, and the runtime would rightly refuse to work so.
    config = RuntimeConfig(concurrency=2, layers=LAYERS[request.param], allow_open=request.param == "landlock-alone")
    async with Runtime(config) as runtime:
        await runtime.health()  # loads the engines, so that no attack is charged for it
        yield Fortress(request.param, runtime)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
async def test_an_attack_reaches_nothing_and_the_next_program_is_answered(
    attack: Attack, fortress: Fortress, targets: Targets
) -> None:
    if fortress.name == "landlock-alone" and attack.needs == "seccomp":
        pytest.skip("Landlock does not claim to close this; seccomp does")
    folder = targets.read.parent
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    limits = LIMITS
    if fortress.name == "every-layer" and attack.expect not in ("any", "stopped"):
        # It ends by itself, on a busy machine a little later.
        limits = replace(LIMITS, wall_seconds=20.0, cpu_seconds=5.0)
    started = time.monotonic()
    run = await fortress.runtime.solve(attack.job(targets), limits)
    seconds = time.monotonic() - started

    # run_to_json escapes nothing of the secret's alphabet, so a plain search sees it wherever it may be.
    assert targets.secret not in json.dumps(run_to_json(run))
    assert "canary_exists" not in run.output
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before
    assert seconds < limits.wall_seconds + BUSY_SECONDS
    if fortress.name == "every-layer":
        assert_ends_as_expected(attack, run)
    if attack.answerless:
        assert not (isinstance(run.ending, Finished) and isinstance(run.ending.outcome, Answers | Satisfiable))

    following = await fortress.runtime.solve(NEXT[attack.language], Limits())
    assert answer_of(following, attack.language) == "42"
    assert children_of_fork_servers() == []


def assert_ends_as_expected(attack: Attack, run: Run) -> None:
    match attack.expect:
        case "any":
            return
        case "stopped":
            assert isinstance(run.ending, Stopped), run
        case error_class:
            assert isinstance(run.ending, Rejected), run
            assert error_class in [diagnostic.error_class for diagnostic in run.ending.diagnostics]


def answer_of(run: Run, language: Language) -> str:
    assert isinstance(run.ending, Finished), run
    outcome = run.ending.outcome
    if language is Language.PROLOG:
        assert isinstance(outcome, Answers)
        assert outcome.exhausted
        return outcome.substitutions[0].bindings["X"].text
    assert isinstance(outcome, Satisfiable)
    return outcome.model["total"].text


def children_of_fork_servers() -> list[int]:
    """Our grandchildren: what a program started, or left behind. Once a run is answered there is none."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue  # ended while we looked
            if fields[0] != "Z":
                parents[int(entry.name)] = int(fields[1])
    servers = {pid for pid, parent in parents.items() if parent == os.getpid()}
    return [pid for pid, parent in parents.items() if parent in servers]


def test_there_are_at_least_eighty_attacks_in_both_languages() -> None:
    assert len(ATTACKS) >= 80
    assert {attack.language for attack in ATTACKS} == set(Language)
