"""The same samples by Inspect (UK AI Security Institute), against the same server on the same machine.

Not the same work: the server answers Inspect with the number, which it compares as a string and writes to a log; it
answers Quod with a program that states the number, which is solved, assessed, checked and recorded with its trace. What
the two share is the wait for the language model.
"""

import asyncio
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.evaluation import IN_FLIGHT, LATENCY, as_jsonl, gsm8k, latent, place
from tests.benchmarks.evaluation_service import stand_in
from tests.benchmarks.solving import ROOT

VERSIONS = ("inspect-ai==0.3.285", "openai==3.54.0")
ENVIRONMENT = ROOT / ".bench" / VERSIONS[0].replace("==", "-")
"""Made once, and removed by `make clean`."""
_INSTALL_SECONDS = 900
_RUN_SECONDS = 3_600


class NotInstalledError(Exception):
    """Inspect cannot be had here; the sentence says why."""


async def beside(samples: int | None = None) -> dict[str, object]:
    """Samples a second of both. Inspect may not be installable; then this is skipped, which the sentence says."""
    try:
        python = await asyncio.to_thread(_installed)
    except NotInstalledError as error:
        return {"skipped": str(error)}
    dataset = gsm8k(samples)
    with tempfile.TemporaryDirectory(prefix="quod-bench-") as name:
        folder = Path(name)
        (folder / "dataset.jsonl").write_bytes(as_jsonl(dataset))
        answers = as_jsonl({"problem": row["problem"], "answer": row["target"]} for row in dataset)
        (folder / "answers.jsonl").write_bytes(answers)
        arguments = ("--answers", folder / "answers.jsonl", "--latency", LATENCY)
        inspect = await asyncio.to_thread(_inspected, python, folder, arguments)
        async with place(0) as where:
            with latent(folder, arguments, where) as run:
                quod = run(dataset)
    return {
        "what": f"GSM8K test, a server with a latency of {LATENCY:g} s, {IN_FLIGHT} in flight; Inspect compares the "
        "number with a string, Quod solves, assesses, checks and records a program that states it",
        "inspect": {"versions": VERSIONS, "samples_a_second": len(dataset) / inspect["seconds"], **inspect},
        "quod": quod,
        "samples_a_second_of_quod_per_inspect": inspect["seconds"] / float(str(quod["seconds"])),
    }


def _inspected(python: Path, folder: Path, arguments: tuple[object, ...]) -> dict[str, float]:
    with stand_in(folder, *arguments) as (server, _):
        address = f"{str(server.base_url).rstrip('/')}/v1"
        script = Path(__file__).with_name("evaluation_inspect.py")
        command = [python, script, folder / "dataset.jsonl", address, str(IN_FLIGHT), folder / "logs"]
        ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, timeout=_RUN_SECONDS)
    if ended.returncode:
        raise RuntimeError(f"Inspect failed: {ended.stderr[-2000:]}")
    found: dict[str, float] = json.loads(ended.stdout.splitlines()[-1])
    return found


def _installed() -> Path:
    """The Python of an environment of its own, made where it is not there.

    Raises:
        NotInstalledError: it cannot be, for want of a network or of a package index that has it.
    """
    python = ENVIRONMENT / "bin" / "python"
    if _run(python, "-c", "import inspect_ai, openai") is None:
        return python
    for command in (
        (sys.executable, "-m", "venv", "--clear", ENVIRONMENT),
        (python, "-m", "pip", "install", "--quiet", *VERSIONS),
    ):
        if (said := _run(*command)) is not None:
            raise NotInstalledError(f"{' and '.join(VERSIONS)} cannot be installed into {ENVIRONMENT}: {said}")
    return python


def _run(*command: object) -> str | None:
    """The last line of what it said where it failed; None: it did not."""
    words = [str(word) for word in command]
    try:
        ended = subprocess.run(words, capture_output=True, text=True, check=False, timeout=_INSTALL_SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return None if ended.returncode == 0 else (ended.stderr.strip().splitlines() or ["it did not say why"])[-1]
