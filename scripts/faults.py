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
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import httpx
import psutil

from app.store.evaluation_types import ENDED, Evaluation, State
from app.store.evaluations import EvaluationStore
from app.store.rows import EvaluationRow
from app.store.session import Database
from tests.app.api.serving import environment
from tests.app.evaluation.processes import fork_servers
from tests.postgresql import running_server

ROOT = Path(__file__).resolve().parent.parent

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
WORKERS = 2
_NANNY_SHARE = 0.3
_YOUNGEST = 30
"""Process ids, the last one given first, among which a program is looked for."""

_START_SECONDS = 180.0
_STALL_SECONDS = 300.0
_STOP_SECONDS = 60.0
_GONE_SECONDS = 20.0
_LOOK_SECONDS = 0.05

# They go with this script, even if it is killed.
_BOOT = (
    "import runpy, sys; from solvers.sandbox.privileges import die_with_parent; die_with_parent(int(sys.argv.pop(1))); "
    "runpy.run_module(sys.argv.pop(1), run_name='__main__', alter_sys=True)"
)


class FaultsError(Exception):
    """It could not be measured; the sentence says why."""


# The samples


def write_samples(folder: Path, number: int) -> None:
    """`dataset.jsonl` and `recording.jsonl`: mostly arithmetic, a tenth deductions. Of a tenth the gold answer is
    another than the program's, and to some the language model writes no program, so that scores differ.
    """
    rows, completions = [], []
    for index in range(number):
        problem, answer, completion = _deduction(index) if index % 10 == 9 else _arithmetic(index)
        if index % 20 == 4:
            completion = "I cannot do that."
        if index % 10 == 7:
            answer += "1"
        kind = "entailment" if index % 10 == 9 else "arithmetic"
        rows.append({"id": f"made-{index}", "kind": kind, "problem": problem, "answer": answer})
        completions.append({"problem": problem, "attempt": 1, "completion": completion})
    for name, lines in (("dataset", rows), ("recording", completions)):
        (folder / f"{name}.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))


def _arithmetic(index: int) -> tuple[str, str, str]:
    boxes, each, given = 11 + index, 13 + index % 7, 2 + index % 5
    problem = f"Anna has {boxes} boxes with {each} pencils each and gives {given} away. How many pencils has she left?"
    program = (
        f":- use_module(library(clpq)).\nboxes({boxes}).\nper_box({each}).\ngiven({given}).\n"
        "solve(X) :- boxes(B), per_box(P), given(G), {X = B * P - G}.\n"
        "% boxes/1: how many boxes Anna has\n% query: solve(X)."
    )
    return problem, str(boxes * each - given), f"```prolog\n{program}\n```"


def _deduction(index: int) -> tuple[str, str, str]:
    name = f"tarn{index}"
    problem = f"Every man is mortal. {name.title()} is a man. Does it follow that {name.title()} is mortal?"
    program = (
        "(declare-sort Thing 0)\n(declare-fun man (Thing) Bool)\n(declare-fun mortal (Thing) Bool)\n"
        f"(declare-const {name} Thing)\n(assert (! (forall ((x Thing)) (=> (man x) (mortal x))) :named rule))\n"
        f"(assert (! (man {name}) :named fact))\n; query: (mortal {name})"
    )
    return problem, "proved", f"```smt2\n{program}\n```"


# Processes


@dataclass(slots=True)
class Part:
    """A process that is started again when it dies. `starts`: how often it was."""

    name: str
    module: str
    arguments: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def start(self) -> None:
        self.starts += 1
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-c", _BOOT, str(os.getpid()), self.module, *self.arguments],
                cwd=ROOT,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    def revive(self) -> None:
        if self.process is None or self.process.poll() is not None:
            self.start()


@dataclass(slots=True)
class Stand:
    """What runs, the database below it, and the families of those that were killed."""

    store: EvaluationStore
    database: Database
    services: tuple[Part, ...]
    urls: tuple[str, ...]
    scheduler: Part | None = None
    workers: tuple[Part, ...] = ()
    families: list[psutil.Process] = field(default_factory=list)

    @property
    def parts(self) -> tuple[Part, ...]:
        """In the order in which they start."""
        return (*([self.scheduler] if self.scheduler else []), *self.workers, *self.services)

    @property
    def solving(self) -> tuple[Part, ...]:
        """Below which the solvers are."""
        return self.workers or self.services

    def revive(self) -> None:
        for part in self.parts:
            part.revive()

    def stop(self) -> list[str]:
        """With SIGTERM, the services first; names of those that had to be killed."""
        killed = []
        for part in reversed(self.parts):
            if part.process is None:
                continue
            part.process.terminate()
            try:
                part.process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                part.process.kill()
                part.process.wait()
                killed.append(part.name)
        return killed

    def orphans(self) -> list[str]:
        """Descendants of what was killed that still live, after they had some time."""
        _, alive = psutil.wait_procs(self.families, timeout=_GONE_SECONDS)
        return [_shown(process) for process in alive if _is_alive(process)]


@contextmanager
def stand(folder: Path, database_url: str, lm: str, clustered: bool) -> Iterator[Stand]:
    """Everything that the run takes, started; it has ended afterwards."""
    folder.mkdir()
    ports = iter(_free_ports(3))
    given = {
        "QUOD_DATABASE_URL": database_url,
        "QUOD_LM": lm,
        "QUOD_LM_CACHE": "false",
        "QUOD_LM_CONCURRENCY": "64",
        "QUOD_LOG_FORMAT": "json",
        "PYTHONPATH": str(ROOT),
        "DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "false",
    }
    scheduler, workers = None, []
    if clustered:
        address = f"127.0.0.1:{next(ports)}"
        host, port = address.split(":")
        quiet, own = ("--no-dashboard",), environment(**given)
        arguments = ("scheduler", "--host", host, "--port", port, *quiet)
        scheduler = Part("scheduler", "dask", arguments, own, folder / "scheduler.log")
        for number in range(WORKERS):
            name = f"worker-{number}"
            places = ("--nthreads", "32", "--nworkers", "1", "--memory-limit", "0", "--death-timeout", "60")
            where = ("--host", host, "--local-directory", str(folder / name))
            arguments = ("worker", f"tcp://{address}", *places, *where, *quiet)
            workers.append(Part(name, "dask", arguments, own, folder / f"{name}.log"))
        given["QUOD_DASK"] = f"tcp://{address}"
    services, urls = [], []
    for number, port in zip(range(2 if clustered else 1), ports, strict=False):
        name = f"service-{number}"
        arguments = ("serve", "--port", port)
        services.append(Part(name, "app.cli", arguments, environment(**given), folder / f"{name}.log"))
        urls.append(f"http://127.0.0.1:{port}")
    with Database.open(database_url, busy_seconds=60) as database:
        database.upgrade()
        found = Stand(EvaluationStore(database), database, tuple(services), tuple(urls), scheduler, tuple(workers))
        try:
            found.revive()
            for url in urls:
                _until_ready(found, url)
            yield found
        except BaseException:
            for part in found.parts:
                _show(part.log)
            raise
        finally:
            found.stop()


def _until_ready(found: Stand, url: str) -> None:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end:
        with suppress(httpx.TransportError):
            if httpx.get(f"{url}/readyz", timeout=30).status_code == 200:
                return
        found.revive()
        time.sleep(0.1)
    raise FaultsError(f"{url} is not ready after {_START_SECONDS:.0f} s")


@contextmanager
def language_model(recording: Path, faults: Mapping[str, float]) -> Iterator[str]:
    """The base URL of a server that replays the recording at once, but for its faults."""
    options = [word for name, value in faults.items() for word in (f"--{name}", str(value))]
    command = [sys.executable, "-m", "tests.stand_in", "--completions", str(recording), *options]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        try:
            assert process.stdout is not None
            said = process.stdout.readline().strip()
            if not said:
                raise FaultsError("the stand-in for a language model did not start")
            yield said.rpartition(" ")[2]
        finally:
            process.terminate()


def asked_again(base_url: str) -> int:
    """Requests to the language model that it had got before, word for word."""
    counts = httpx.get(f"{base_url.removesuffix('/v1')}/counts", timeout=30).raise_for_status().json()
    return int(counts["requests"]) - int(counts["distinct"])


# Killing


Chooser = Callable[[Stand, random.Random, str], int | None]
"""Whom to kill now: a process id; None: there is nobody at the moment."""


def _api(found: Stand, chance: random.Random, evaluation_id: str) -> int | None:
    """One that does not hold the lease, where there is a choice."""
    owner = _owner(found, evaluation_id)
    others = [part.pid for part in found.services if len(found.services) == 1 or part.pid != owner]
    return chance.choice(others)


def _coordinator(found: Stand, chance: random.Random, evaluation_id: str) -> int | None:
    owner = _owner(found, evaluation_id)
    return next((part.pid for part in found.services if part.pid == owner), None)


def _worker(found: Stand, chance: random.Random, evaluation_id: str) -> int | None:
    nanny = chance.choice(found.workers).pid
    if chance.random() < _NANNY_SHARE:
        return nanny
    with suppress(psutil.Error):
        for child in psutil.Process(nanny).children():
            if any("spawn_main" in word for word in child.cmdline()):
                return child.pid
    return None


def _scheduler(found: Stand, chance: random.Random, evaluation_id: str) -> int | None:
    return found.scheduler.pid if found.scheduler else None


def _fork_server(found: Stand, chance: random.Random, evaluation_id: str) -> int | None:
    with suppress(psutil.Error):
        servers = sorted(fork_servers(chance.choice(found.solving).pid))
        return chance.choice(servers) if servers else None
    return None


def _solver(found: Stand, chance: random.Random, evaluation_id: str) -> int | None:
    """A program lives for some milliseconds, so it is one of the youngest processes; it is held, to be there still when
    it is killed.
    """
    servers: set[int] = set()
    with suppress(psutil.Error):
        servers = {server for part in found.solving for server in fork_servers(part.pid)}
    end = time.monotonic() + 1.0
    while servers and time.monotonic() < end:
        newest = int(Path("/proc/loadavg").read_text().split()[4])
        for pid in range(newest, newest - _YOUNGEST, -1):
            parent, state = _parent_and_state(pid)
            if parent in servers and state not in "ZX":
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGSTOP)
                    if _parent_and_state(pid) == (parent, "T"):
                        return pid
                    os.kill(pid, signal.SIGCONT)
    return None


CHOOSERS: Mapping[str, Chooser] = {
    "api": _api,
    "coordinator": _coordinator,
    "worker": _worker,
    "scheduler": _scheduler,
    "fork-server": _fork_server,
    "solver": _solver,
}


def _owner(found: Stand, evaluation_id: str) -> int | None:
    """Process id of who holds the lease."""
    with found.database.reading() as session:
        row = session.get(EvaluationRow, evaluation_id)
        owner = row.owner if row else None
    return int(owner.rsplit("-", 2)[1]) if owner else None


def _kill(found: Stand, pid: int) -> None:
    """With its descendants noted, who must be gone soon."""
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        found.families += [process, *process.children(recursive=True)]
    os.kill(pid, signal.SIGKILL)


def _parent_and_state(pid: int) -> tuple[int, str]:
    """Source: proc_pid_stat(5); nobody's and dead: there is no such process."""
    try:
        state, parent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:2]
    except OSError:
        return 0, "X"
    return int(parent), state


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
                    _kill(found, pid)
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
    moments = sorted(chance.randrange(max(1, samples * 2 // 3)) for _ in parts)
    return list(zip(moments, parts, strict=True))


def measure(
    folder: Path, part: str, samples: int, kills: int, seed: int, postgresql: bool, expected: Scores | None
) -> tuple[Found, Scores]:
    """One run of `samples` with `kills` of a part. `expected`: the scores of an undisturbed one; None: this is it."""
    chance = random.Random(f"{seed} {part}")  # noqa: S311  # no secret
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
    wrong += [f"{name} did not end within {_STOP_SECONDS:.0f} s of SIGTERM" for name in late]
    return tuple(wrong)


def _left() -> list[str]:
    """What lost its parent came to this process, whoever that was (see `_adopt_orphans`)."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    _, alive = psutil.wait_procs(psutil.Process().children(recursive=True), timeout=_GONE_SECONDS)
    return [_shown(process) for process in alive if _is_alive(process)]


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _shown(process: psutil.Process) -> str:
    with suppress(psutil.NoSuchProcess):
        return f"{process.pid} {' '.join(process.cmdline())[:200]}"
    return str(process.pid)


def _adopt_orphans() -> None:
    """PR_SET_CHILD_SUBREAPER, as the first process of a container."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)


def _free_ports(count: int) -> list[str]:
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [str(each.getsockname()[1]) for each in sockets]


def _show(log: Path) -> None:
    if log.exists():
        say("", f"faults: the end of {log.name}:", *log.read_text(errors="replace").splitlines()[-30:])


def say(*lines: str) -> None:
    sys.stderr.write("".join(f"{line}\n" for line in lines))


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
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
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
