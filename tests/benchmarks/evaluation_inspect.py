"""An evaluation by Inspect, in the Python that has it: `python evaluation_inspect.py DATASET ADDRESS N LOGS`.

DATASET has JSON lines with `problem` and `target`; ADDRESS is that of a server which answers `#### N`; N are under way
at the same time. Prints one JSON object.
"""

import json
import sys
import time
from pathlib import Path

from inspect_ai import Task, eval
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import GenerateConfig, get_model
from inspect_ai.scorer import match
from inspect_ai.solver import generate

ASKED = "Answer with #### and the number.\n\n"


def main(dataset: str, address: str, in_flight: int, logs: str) -> None:
    rows = [json.loads(line) for line in Path(dataset).read_text("utf-8").splitlines()]
    samples = [Sample(input=ASKED + row["problem"], target=row["target"]) for row in rows]
    model = get_model(
        "openai-api/quod/stand-in", base_url=address, api_key="none", config=GenerateConfig(max_connections=in_flight)
    )
    task = Task(dataset=MemoryDataset(samples), solver=generate(), scorer=match(numeric=True))
    began, began_cpu = time.monotonic(), time.process_time()
    log = eval(task, model=model, max_samples=in_flight, log_dir=logs, display="none", retry_on_error=0)[0]
    seconds = time.monotonic() - began
    assert log.results is not None, log.error
    found = {
        "state": log.status,
        "samples": log.results.completed_samples,
        "seconds": seconds,
        "accuracy": log.results.scores[0].metrics["accuracy"].value,
        "processor_ms_a_sample": 1000 * (time.process_time() - began_cpu) / len(rows),
        "log_bytes": sum(file.stat().st_size for file in Path(logs).rglob("*") if file.is_file()),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4])
