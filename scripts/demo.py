"""The client of `scripts/demo.sh`: waits until the service at ADDRESS is ready, posts a problem, shows the reply, and
checks its certificate by the checker alone, with nothing but Python's standard library.

Usage: demo.py ADDRESS [PROBLEM]
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
from rich.console import Console

from app.api.bodies import TraceRead
from app.cli.trace_view import print_trace

ROOT = Path(__file__).resolve().parent.parent
PROBLEM = (
    "Noor reads 24 pages on each of the five school days and twice as many on Saturday. "
    "Her book has 210 pages. How many pages are left for Sunday?"
)


def main(address: str, problem: str = PROBLEM) -> int:
    console = Console(highlight=False, markup=False, soft_wrap=True)
    with httpx.Client(base_url=address, timeout=60) as client:
        ready = wait_until_ready(client)
        engines = ", ".join(f"{name} {engine['version']}" for name, engine in ready["engines"].items())
        console.print(f"demo: ready at {address} with {engines}")
        console.print(f'demo: POST {address}/v1/solve {{"problem": ..., "corroborate": true}}\n\n  {problem}\n')
        reply = client.post("/v1/solve", json={"problem": problem, "corroborate": True})
        if reply.status_code != 200:
            console.print(reply.text)
            return 1
        trace = TraceRead.model_validate(reply.json())
        print_trace(trace, brief=True)
        console.print()
        if trace.verdict.kind == "unresolved":
            console.print("demo: the problem was not resolved")
            return 1
        found = client.get(f"/v1/traces/{trace.id}/certificates").json()["certificates"]
    return max((check_alone(console, name, certificate) for name, certificate in found.items()), default=0)


def check_alone(console: Console, name: str, certificate: dict) -> int:
    """Exit status of a checker that sees this file and the folder `solvers/`: no package is installed for it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.json"
        path.write_text(json.dumps(certificate), encoding="utf-8")
        command = [sys.executable, "-S", "-m", "solvers.checking", str(path)]
        checked = subprocess.run(command, cwd=ROOT, env={}, capture_output=True, text=True, check=False)
    console.print(f"demo: python -S -m solvers.checking {name}.json\n{checked.stdout}{checked.stderr}")
    return checked.returncode


def wait_until_ready(client: httpx.Client, seconds: float = 30.0) -> dict:
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
