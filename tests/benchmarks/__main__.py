"""`make bench`: runs every benchmark, or those named, and prints one JSON document; progress goes to standard error."""

import argparse
import asyncio
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from tests.benchmarks.certificates import gold as certificates
from tests.benchmarks.constants import constants
from tests.benchmarks.data import FOLDER
from tests.benchmarks.engines import gold, smt
from tests.benchmarks.evaluation import latency, throughput
from tests.benchmarks.evaluation_beside import beside
from tests.benchmarks.evaluation_report import report
from tests.benchmarks.lists import lists
from tests.benchmarks.mixed import mixed
from tests.benchmarks.models import models
from tests.benchmarks.pipeline import folio, gpt4, logical_deduction, prontoqa, proofwriter, samples
from tests.benchmarks.proofs import proofs
from tests.benchmarks.serving import serving
from tests.benchmarks.store import store
from tests.benchmarks.translator import PREFIX, Options, benchmarks


async def _store() -> dict[str, object]:
    return await asyncio.to_thread(store)


async def _lists(traces: int = 1_000_000) -> dict[str, object]:
    return await asyncio.to_thread(lists, traces)


async def _report(samples: int | None = None) -> dict[str, object]:
    return await asyncio.to_thread(report, samples)


async def _serving(samples: int | None = None) -> dict[str, object]:
    return await asyncio.to_thread(serving, samples)


EVALUATIONS: dict[str, Callable[[int | None], Awaitable[dict[str, object]]]] = {
    "evaluation_latency": latency,
    "evaluation_beside": beside,
    "evaluation_throughput": throughput,
    "evaluation_report": _report,
    "serving": _serving,
}
"""Those that `--samples` makes shorter."""

BENCHMARKS: dict[str, Callable[[], Awaitable[dict[str, object]]]] = {
    "gsm8k_gold_programs": gold,
    "smt2_recorded_programs": smt,
    "gsm8k_gold_certificates": certificates,
    "smt2_recorded_models": models,
    "smt2_recorded_proofs": proofs,
    "gsm8k_gpt4_pipeline": gpt4,
    "proofwriter_gpt4_pipeline": proofwriter,
    "prontoqa_gpt4_pipeline": prontoqa,
    "logical_deduction_gpt4_pipeline": logical_deduction,
    "folio_gpt4_pipeline": folio,
    "sample_problems": samples,
    "mixed_programs": mixed,
    "constant_answers": constants,
    "store": _store,
    "lists": _lists,
    **{name: partial(benchmark, None) for name, benchmark in EVALUATIONS.items()},
}
WITHOUT_DATA = {
    "sample_problems",
    "mixed_programs",
    "store",
    "lists",
    "evaluation_throughput",
    "evaluation_report",
    "serving",
    f"{PREFIX}cold_cli",
}


def main() -> None:
    known = [*BENCHMARKS, *benchmarks(Options())]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help=f"of {', '.join(known)}; `translator`: all of {PREFIX}...; all when none is given",
    )
    of_translator = parser.add_argument_group("of the embedded translator")
    of_translator.add_argument(
        "--weights", type=Path, metavar="FOLDER", help="a translator instead of the one that ships"
    )
    of_translator.add_argument("--first", type=int, metavar="N", help="problems of each set; all when not given")
    of_translator.add_argument("--forced", action="store_true", help="also answer what it is not sure of")
    of_translator.add_argument(
        "--generated", type=int, default=20_000, metavar="N", help="texts of each generator searched for duplicates"
    )
    parser.add_argument("--traces", type=int, default=1_000_000, metavar="N", help="in the database of `lists`")
    parser.add_argument(
        "--samples", type=int, metavar="N", help=f"of {', '.join(EVALUATIONS)}, to try them: a few dozen take seconds"
    )
    asked = parser.parse_args()
    chosen = {**BENCHMARKS, **benchmarks(Options(asked.weights, asked.first, asked.forced, asked.generated))}
    chosen["lists"] = partial(_lists, asked.traces)
    chosen |= {name: partial(benchmark, asked.samples) for name, benchmark in EVALUATIONS.items()}
    names = asked.names or known
    if "translator" in names:
        names = [*(name for name in names if name != "translator"), *(n for n in known if n.startswith(PREFIX))]
    if unknown := set(names) - set(known):
        parser.error(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    results: dict[str, object] = {}
    for name in names:
        if name not in WITHOUT_DATA and not FOLDER.is_dir():
            results[name] = {"skipped": f"no benchmark data in {FOLDER}; set QUOD_BENCH_DATA"}
            continue
        print(f"bench: {name} ...", file=sys.stderr, end=" ", flush=True)
        began = time.monotonic()
        results[name] = asyncio.run(_run(chosen[name]))
        print(f"{time.monotonic() - began:.0f} s", file=sys.stderr)
    print(json.dumps({"at": datetime.now(UTC).isoformat(), "machine": _machine(), "benchmarks": results}, indent=2))


async def _run(benchmark: Callable[[], Awaitable[dict[str, object]]]) -> dict[str, object]:
    return await benchmark()


def _machine() -> dict[str, object]:
    models = [
        line.split(":", 1)[1].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return {
        "processor": models[0] if models else platform.machine(),
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "commit": commit.stdout.strip() or None,
    }


if __name__ == "__main__":
    main()
