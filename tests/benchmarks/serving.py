"""The service under load by `wrk`: programs run, and lists of traces read; within its limits, and beyond them.

Requests a second, latencies, and how often each status came. Within the limits every request is answered with success;
beyond them it waits, or is refused with 503 or 429 and `Retry-After`. A 500 there is none. Of requests that are under
way when wrk ends nothing is known: beyond the limits, latencies are those of what was answered in the time given.
"""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from app.store.session import Database
from app.store.traces import TraceStore
from tests.app.evaluation.tasks import pencils, write_recording
from tests.benchmarks.evaluation_service import Service, service, taken
from tests.benchmarks.lists import fill

TRACES = 10_000
TIMES = 3
_PROGRAM = {
    "language": "prolog",
    "program": "parent(ada, ben). parent(ben, cleo).\ngrandparent(X, Z) :- parent(X, Y), parent(Y, Z).\n",
    "query": "grandparent(ada, Who).",
}

_SCRIPT = """
wrk.method = "{method}"
wrk.body = {body}
wrk.headers["Content-Type"] = "application/json"
{header}
statuses, refusals, advised = {{}}, 0, 0
function response(status, headers)
  statuses[status] = (statuses[status] or 0) + 1
  if status == 429 or status == 503 then
    refusals = refusals + 1
    for name in pairs(headers) do
      if name:lower() == "retry-after" then advised = advised + 1 end
    end
  end
end
local threads = {{}}
function setup(thread) table.insert(threads, thread) end
function done(summary, latency)
  local counted, refused, with_advice = {{}}, 0, 0
  for _, thread in ipairs(threads) do
    for status, n in pairs(thread:get("statuses")) do counted[status] = (counted[status] or 0) + n end
    refused, with_advice = refused + thread:get("refusals"), with_advice + thread:get("advised")
  end
  local parts = {{}}
  for status, n in pairs(counted) do table.insert(parts, string.format('"%d": %d', status, n)) end
  local errors = summary.errors
  io.write(string.format(
    'JSON {{"requests": %d, "seconds": %f, "p50_ms": %f, "p99_ms": %f, "most_ms": %f, "connection_errors": %d, '
      .. '"timeouts": %d, "refusals": %d, "refusals_with_retry_after": %d, "statuses": {{%s}}}}\\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    latency.max / 1e3, errors.connect + errors.read + errors.write, errors.timeout, refused, with_advice,
    table.concat(parts, ", ")))
end
"""


@dataclass(frozen=True, slots=True)
class Load:
    """Requests of one kind. `prefer`: the header, if any."""

    method: str
    path: str
    body: Mapping[str, object] | None = None
    prefer: str | None = None


EXECUTE = Load("POST", "/v1/execute", _PROGRAM)
TRACES_LIST = Load("GET", "/v1/traces?limit=20")
LATER = Load("POST", "/v1/solve", {"problem": pencils(3)}, "respond-async")


def serving(traces: int | None = None) -> dict[str, object]:
    """Each load `TIMES` times; the figures are those of the run with the median of requests a second.

    Args:
        traces: in the database. None: `TRACES`, and ten seconds for each time; else it is to be tried: three.
    """
    traces, seconds = (TRACES, 10.0) if traces is None else (traces, 3.0)
    wrk = shutil.which("wrk")
    if wrk is None:
        return {"skipped": "wrk is not on PATH: install your system's package `wrk`, on Debian `apt-get install wrk`"}
    with tempfile.TemporaryDirectory(prefix="quod-bench-") as name:
        folder = Path(name)
        _fill(f"sqlite:///{folder}/quod.db", traces)
        lm = write_recording(folder / "recording.jsonl")
        cores = os.cpu_count() or 1
        with service(folder, lm, background_queue=20, lm_concurrency=64) as of:
            found = {
                "what": f"`quod serve` with its defaults, {cores} programs at once, {traces} traces in SQLite; "
                f"wrk with one thread on the same machine, {TIMES} times {seconds:g} s each",
                "execute_within": _loaded(wrk, of, folder, EXECUTE, 2 * cores, seconds),
                "execute_beyond": _loaded(wrk, of, folder, EXECUTE, 256, seconds),
                "traces_within": _loaded(wrk, of, folder, TRACES_LIST, 2 * cores, seconds),
                "traces_beyond": _loaded(wrk, of, folder, TRACES_LIST, 256, seconds),
                "solve_later_beyond_a_queue_of_20": _loaded(wrk, of, folder, LATER, 64, seconds),
                "peak_mib": {part: each.peak_mib for part, each in taken({"service": of.pid}).items()},
            }
            return {**found, "ready_afterwards": of.client.get("/readyz").status_code == 200}


def _fill(url: str, traces: int) -> None:
    with Database.open(url) as database:
        database.upgrade()
        fill(database, TraceStore(database), traces)


def _loaded(wrk: str, of: Service, folder: Path, load: Load, connections: int, seconds: float) -> dict[str, Any]:
    runs = [_wrk(wrk, of, folder, load, connections, seconds) for _ in range(TIMES)]
    middle = median(run["requests_a_second"] for run in runs)
    chosen = next(run for run in runs if run["requests_a_second"] == middle)
    every = [run["requests_a_second"] for run in runs]
    failures = sum(_failures(run) for run in runs)
    return {"connections": connections, **chosen, "requests_a_second_of_each_run": every, "failures_of_all": failures}


def _failures(run: Mapping[str, Any]) -> int:
    """What is neither a success nor a refusal that says when to come again; one where nothing was answered at all."""
    others = sum(n for status, n in run["statuses"].items() if int(status) >= 400) - run["refusals_with_retry_after"]
    return int(others + run["connection_errors"] + run["timeouts"]) + (run["requests"] == 0)


def _wrk(wrk: str, of: Service, folder: Path, load: Load, connections: int, seconds: float) -> dict[str, Any]:
    script = folder / "load.lua"
    body = "nil" if load.body is None else f"[==[{json.dumps(load.body)}]==]"
    header = f'wrk.headers["Prefer"] = "{load.prefer}"' if load.prefer else ""
    script.write_text(_SCRIPT.format(method=load.method, body=body, header=header))
    address = f"{str(of.client.base_url).rstrip('/')}{load.path}"
    options = ["--threads", "1", "--connections", connections, "--duration", f"{max(1, round(seconds))}s"]
    command = [wrk, *options, "--timeout", "60s", "--script", script, address]
    ended = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=True)
    said = next(line for line in ended.stdout.splitlines() if line.startswith("JSON "))
    run: dict[str, Any] = json.loads(said.removeprefix("JSON "))
    return {"requests_a_second": run["requests"] / run["seconds"], **run}
