"""`make faults`: kill -9 of every part of an evaluation at random moments, and what is there afterwards.

A part is killed so many times while made samples are solved with a language model that answers at once; what died is
started again, as a restart policy does. Then everything must be recorded once, with the scores of a run that nobody
disturbed, and no process and no lease may be left.

Exit status 0: all of that holds; 1: it does not, and the logs of what ran are shown. What was begun has ended.
"""

import argparse
import ctypes
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import httpx
import psutil

from app.store.evaluation_types import ENDED, Evaluation, State
from app.store.evaluations import EvaluationStore
from tests.faults.killing import CHOOSERS, kill
from tests.faults.samples import write_samples
from tests.faults.stand import (
    GONE_SECONDS,
    STOP_SECONDS,
    FaultsError,
    Stand,
    asked_again,
    is_alive,
    language_model,
    say,
    shown,
    stand,
)
from tests.postgresql import running_server

PARTS = {
    "api": "the service that solves samples itself",
    "coordinator": "of two services before one cluster, that which holds the lease; the other one takes over",
    "worker": "a Dask worker, or the nanny that looks after it",
    "scheduler": "of Dask",
    "fork-server": "of an engine, in the service",
    "solver": "the process of a program that runs",
}
OF_THE_LM: Mapping[str, tuple[str, Mapping[str, float]]] = {
    "lm-down": ("its server resets every connection for a minute", {"down-for": 60}),
    "lm-busy": ("its server takes ten requests a second and answers 429 to the others", {"rate-limit": 10}),
    "lm-faulty": (
        "its server answers 500 to a tenth of the requests and resets another",
        {"errors": 0.1, "resets": 0.1},
    ),
}
"""Runs in which nobody is killed, and what `tests.stand_in` does instead."""
ON_A_CLUSTER = frozenset({"coordinator", "worker", "scheduler", "mixed"})
UNDISTURBED = "undisturbed"
MIXED = "mixed"
"""All parts in one run, on a cluster; the coordinator half as often."""

CONCURRENCY = 16
_STALL_SECONDS = 300.0
_LOOK_SECONDS = 0.05


# One run


@dataclass(frozen=True, slots=True)
class Found:
    """What a run left."""

    part: str
    samples: int
    kills: int
    recorded: int
    distinct: int
    asked_again: int
    same_scores: bool
    orphans: int
    leases: int
    seconds: float
    wrong: tuple[str, ...] = ()
    """What must not be, in sentences."""


Scores = list[tuple[object, ...]]


def scores(store: EvaluationStore, evaluation_id: str) -> Scores:
    """What an evaluation found out, in whatever order and time."""
    return sorted(
        (
            result.position,
            result.epoch,
            result.outcome.value,
            str(result.answer),
            result.verdict.value if result.verdict else "",
            result.trust.value if result.trust else "",
            str(result.error_type),
            str([(attempt.ended.value, str(attempt.error_class)) for attempt in result.attempts]),
        )
        for result in store.every_result(evaluation_id)
    )


def begin(found: Stand, dataset: Path) -> str:
    """The evaluation's id."""
    headers = {"content-type": "application/jsonl"}
    with httpx.Client(base_url=found.urls[0], timeout=120) as client:
        sent = client.post("/v1/datasets", params={"name": "made"}, content=dataset.read_bytes(), headers=headers)
        body = {
            "dataset": sent.raise_for_status().json()["sha256"],
            "concurrency": CONCURRENCY,
            # Whatever else the machine does: what a run reaches in its time must not decide about scores.
            "limits": {"wall_seconds": 60, "cpu_seconds": 60},
            "budget": {"seconds": 600},
        }
        evaluation_id: str = client.post("/v1/evaluations", json=body).raise_for_status().json()["id"]
    return evaluation_id


def disturb(found: Stand, evaluation_id: str, planned: Sequence[tuple[int, str]], chance: random.Random) -> int:
    """Kill each part of `planned` once so many samples are recorded, until the evaluation has ended. Returns how often
    that was done.
    """
    waiting, kills, recorded, moved = list(planned), 0, -1, time.monotonic()
    while (evaluation := found.store.get(evaluation_id)).state not in ENDED:
        if evaluation.state is State.PAUSED:
            raise FaultsError(f"the evaluation was paused: {evaluation.reason}")
        if evaluation.counts.recorded != recorded:
            recorded, moved = evaluation.counts.recorded, time.monotonic()
        elif time.monotonic() - moved > _STALL_SECONDS:
            raise FaultsError(f"nothing was recorded for {_STALL_SECONDS:.0f} s, after {recorded} samples")
        found.revive()
        if waiting and recorded >= waiting[0][0]:
            time.sleep(chance.uniform(0, 0.3))
            pid = CHOOSERS[waiting[0][1]](found, chance, evaluation_id)
            if pid is not None:
                with suppress(ProcessLookupError):
                    kill(found, pid)
                    kills += 1
                    waiting.pop(0)
        else:
            time.sleep(_LOOK_SECONDS)
    return kills


def faults_of_lm(part: str, samples: int) -> Mapping[str, float]:
    """Those of the language model's server in a run; it goes down after a third of the samples."""
    faults = OF_THE_LM[part][1] if part in OF_THE_LM else {}
    return {**faults, "down-after": samples // 3} if "down-for" in faults else faults


def plan(part: str, samples: int, kills: int, chance: random.Random) -> list[tuple[int, str]]:
    """After how many samples each kill is: by chance, and early enough that the last one meets work."""
    parts = list(PARTS) * kills if part == MIXED else [part] * kills if part in PARTS else []
    if part == MIXED:  # after each of these a lease has to become stale
        parts = [each for each in parts if each != "coordinator"] + ["coordinator"] * (-(-kills // 2))
    chance.shuffle(parts)
    moments = sorted(chance.randrange(max(1, samples // 2, samples - 400)) for _ in parts)
    return list(zip(moments, parts, strict=True))


def measure(
    folder: Path, part: str, samples: int, kills: int, seed: int, postgresql: bool, expected: Scores | None
) -> tuple[Found, Scores]:
    """One run of `samples` with `kills` of a part. `expected`: the scores of an undisturbed one; None: this is it."""
    chance = random.Random(f"{seed} {part}")
    with ExitStack() as ending:
        url = f"sqlite:///{folder / f'{part}.db'}"
        if postgresql:
            url = ending.enter_context(running_server()).create()
        base_url = ending.enter_context(language_model(folder / "recording.jsonl", faults_of_lm(part, samples)))
        lm = f"http:stand-in@{base_url}"
        found = ending.enter_context(stand(folder / part, url, lm, part in ON_A_CLUSTER))
        began = time.monotonic()
        evaluation_id = begin(found, folder / "dataset.jsonl")
        planned = plan(part, samples, kills, chance)
        killed = disturb(found, evaluation_id, planned, chance)
        seconds = time.monotonic() - began
        evaluation = found.store.get(evaluation_id)
        results = list(found.store.every_result(evaluation_id))
        got, held = scores(found.store, evaluation_id), found.store.heartbeat(evaluation_id)[1]
        again, orphans = asked_again(base_url), found.orphans()
        late = found.stop()
    orphans += _left()
    row = Found(
        part=part,
        samples=samples,
        kills=killed,
        recorded=len(results),
        distinct=len({(result.position, result.epoch) for result in results}),
        asked_again=again,
        same_scores=expected is None or got == expected,
        orphans=len(orphans),
        leases=int(evaluation.owned or held != 0),
        seconds=round(seconds, 1),
    )
    traces = len({result.trace_id for result in results})
    return replace(row, wrong=_wrong(row, len(planned), evaluation, traces, orphans, late, got, expected)), got


def _wrong(
    row: Found,
    kills: int,
    evaluation: Evaluation,
    traces: int,
    orphans: Sequence[str],
    late: Sequence[str],
    got: Scores,
    expected: Scores | None,
) -> tuple[str, ...]:
    wrong = []
    if evaluation.state is not State.COMPLETED:
        wrong.append(f"it is {evaluation.state.value}: {evaluation.reason}")
    if not row.samples == row.recorded == row.distinct == traces == evaluation.counts.recorded:
        wrong.append(
            f"{row.recorded} results, {row.distinct} of them distinct, {traces} traces, and counted "
            f"{evaluation.counts.recorded}"
        )
    if row.kills < kills:
        wrong.append(f"only {row.kills} of {kills} kills were made")
    if not row.same_scores:
        other = [f"{one} instead of {two}" for one, two in zip(got, expected or [], strict=False) if one != two]
        wrong.append(f"{len(other)} scores are others, such as {'; '.join(other[:3])}")
    if row.leases:
        wrong.append("a lease is left")
    wrong += [f"a process is left: {process}" for process in orphans]
    wrong += [f"{name} did not end within {STOP_SECONDS:.0f} s of SIGTERM" for name in late]
    return tuple(wrong)


def _left() -> list[str]:
    """What lost its parent came to this process, whoever that was (see `_adopt_orphans`)."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    _, alive = psutil.wait_procs(psutil.Process().children(recursive=True), timeout=GONE_SECONDS)
    return [shown(process) for process in alive if is_alive(process)]


def _adopt_orphans() -> None:
    """PR_SET_CHILD_SUBREAPER, as the first process of a container."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)


# What is asked for, and shown


HEAD = (
    "| part | kills | recorded | distinct | asked again | same scores | orphans | leases | seconds |\n|" + " --- |" * 9
)


def table_row(row: Found) -> str:
    same = "yes" if row.same_scores else "NO"
    cells = (row.part, row.kills, row.recorded, row.distinct, row.asked_again, same, row.orphans, row.leases)
    return "| " + " | ".join(str(cell) for cell in (*cells, f"{row.seconds:.0f}")) + " |"


def main() -> int:
    arguments = _arguments()
    _adopt_orphans()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    how = (arguments.seed, arguments.postgresql)
    rows = []
    with tempfile.TemporaryDirectory(prefix="quod-faults-") as name:
        folder = Path(name)
        write_samples(folder, arguments.samples)
        expected = _kept(arguments.scores)
        for part in (*([] if expected else [UNDISTURBED]), *arguments.part):
            say(f"faults: {part}, {arguments.kills if part in {*PARTS, MIXED} else 0} kills of each")
            row, got = measure(folder, part, arguments.samples, arguments.kills, *how, expected)
            rows.append(row)
            say(table_row(row), *(f"faults: {part}: {sentence}" for sentence in row.wrong))
            if expected is None:
                expected = got
                if arguments.scores:
                    arguments.scores.write_text(json.dumps(got))
    if arguments.json:
        sys.stdout.write(json.dumps([asdict(row) for row in rows]) + "\n")
    else:
        sys.stdout.write("\n".join([HEAD, *map(table_row, rows)]) + "\n")
    return 1 if any(row.wrong for row in rows) else 0


def _kept(file: Path | None) -> Scores | None:
    return [tuple(each) for each in json.loads(file.read_text())] if file and file.exists() else None


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=(__doc__ or "").split("\n")[0])
    whats_of_lm = [(name, what) for name, (what, _) in OF_THE_LM.items()]
    parser.add_argument(
        "--part",
        action="append",
        choices=[*PARTS, MIXED, *OF_THE_LM],
        help="; ".join(f"{name}: {what}" for name, what in [*PARTS.items(), *whats_of_lm])
        + f"; {MIXED}: all parts in one run. Default: each but that",
    )
    parser.add_argument("--samples", type=int, default=2_000)
    parser.add_argument("--kills", type=int, default=20, help="of each part")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--postgresql", action="store_true", help="a server of its own instead of SQLite")
    parser.add_argument("--scores", type=Path, help="keeps the undisturbed run's scores in this file, or reads them")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    arguments.part = arguments.part or [*PARTS, *OF_THE_LM]
    return arguments


if __name__ == "__main__":
    sys.exit(main())
