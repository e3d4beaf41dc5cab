"""kill -9 of every part of an evaluation, in short; `make faults` is the long form."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.timeout(900)
def test_whatever_is_killed_every_sample_is_recorded_once_with_the_same_score_and_nothing_is_left():
    command = [sys.executable, "-m", "tests.faults", "--part", "mixed", "--samples", "120", "--kills", "2", "--json"]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=880)
    assert said.returncode == 0, said.stderr[-8000:]
    undisturbed, disturbed = json.loads(said.stdout)
    assert (undisturbed["kills"], disturbed["kills"]) == (0, 11)
    for row in (undisturbed, disturbed):
        assert (row["recorded"], row["distinct"], row["same_scores"]) == (120, 120, True)
        assert (row["orphans"], row["leases"], row["wrong"]) == (0, 0, [])
