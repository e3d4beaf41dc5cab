"""Reads the benchmark data. The folder is not part of the project: `../shared/data`, or QUOD_BENCH_DATA."""

import gzip
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from app.evaluation.datasets import load_dataset

FOLDER = Path(os.environ.get("QUOD_BENCH_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))


@dataclass(frozen=True, slots=True)
class GoldProgram:
    """A program whose goal `solve(X)` answers a GSM8K test problem, and GSM8K's own answer."""

    text: str
    target: Fraction
    problem: str


@dataclass(frozen=True, slots=True)
class RecordedAttempt:
    problem: str
    attempt: int
    program: str
    target: Fraction


@dataclass(frozen=True, slots=True)
class RecordedScript:
    """An SMT-LIB script and the replies z3 gave; they mean nothing where it is `faulty`, that is, has a real error."""

    text: str
    replies: tuple[str, ...]
    faulty: bool


def gold_programs() -> list[GoldProgram]:
    samples = load_dataset("gsm8k", FOLDER).samples
    programs = [row["output"] for row in json_lines("gsm8k_prolog/test_gold_programs.jsonl")]
    return [
        GoldProgram(program, Fraction(sample.target), sample.problem.text)
        for program, sample in zip(programs, samples, strict=True)
    ]


def gpt4_attempts() -> list[RecordedAttempt]:
    return [
        RecordedAttempt(row["question"], row["attempt"], row["program"], number(row["gold"]))
        for row in json_lines("recorded/gsm8k_prolog_gpt4.jsonl.gz")
    ]


def recorded_scripts() -> list[RecordedScript]:
    return [
        RecordedScript(
            row["program"],
            tuple(row["replay_z3_5_4_0"]),
            _is_real_error(row["replay_error"]),
        )
        for row in json_lines("recorded/smt2_programs.jsonl.gz")
    ]


def recorded_logic(name: str) -> list[dict[str, Any]]:
    """The rows of one of Logic-LM's files, such as "ProofWriter_gpt-4"."""
    return list(json_lines(f"recorded/logic_programs/{name}.jsonl.gz"))


def number(text: str) -> Fraction:
    return Fraction(text.strip().replace(",", "").replace("$", ""))


def _is_real_error(replay_error: str | None) -> bool:
    # A get-model after unsat is refused by z3 and harmless; the data's README counts 324 of them.
    return replay_error is not None and "model is not available" not in replay_error


def json_lines(name: str) -> Iterator[dict[str, Any]]:
    """The rows of a file of JSON lines in the folder, gzipped if its name says so."""
    path = FOLDER / name
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)
