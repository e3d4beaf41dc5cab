"""The benchmarks of evaluations and of the service, with few samples: that they measure what they say they do."""

import pytest

from tests.benchmarks.evaluation import as_jsonl, latent, place
from tests.benchmarks.evaluation_report import report

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(600)]

SAMPLES = [
    {"problem": f"Anna has {n} apples and gets {n + 1} more. How many has she?", "target": str(2 * n + 1)}
    for n in range(3, 9)
]


async def test_what_is_beyond_the_bound_adds_up_to_what_an_evaluation_took(tmp_path):
    answers = as_jsonl({"problem": row["problem"], "answer": row["target"]} for row in SAMPLES)
    (tmp_path / "answers.jsonl").write_bytes(answers)
    async with place(0) as where:
        with latent(tmp_path, ("--answers", tmp_path / "answers.jsonl", "--latency", 1.0), where) as run:
            found = run(SAMPLES)
    assert found["outcomes"] == {"correct": len(SAMPLES)}
    assert found["most_in_flight"] == len(SAMPLES)
    assert found["seconds"] > 1.0
    beyond = sum(found["beyond_the_bound_seconds"].values())
    assert found["bound_seconds"] + beyond == pytest.approx(found["seconds"])
    assert found["ratio_to_bound"] == pytest.approx(found["seconds"] / found["bound_seconds"])
    assert {"service", "solvers", "language_model"} <= found["processor_ms_a_sample"].keys()


def test_the_page_of_made_results_is_whole_and_needs_nothing_from_elsewhere():
    found = report(60)
    assert found["plots"] == 6
    assert found["page_needs_from_elsewhere"] == []
    assert 20_000 < found["page_bytes"] < 3_000_000
