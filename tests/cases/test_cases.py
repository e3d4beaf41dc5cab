"""Cases that a logician reads without Python: a problem, a program, a query and what must come of them.

`expected.json` holds what is asked (`wanted`, `answer`) and, under `run`, the part of the run's JSON that matters; what
it does not mention may be anything. A folder may hold the problem in both languages, `program.pl` and `program.smt2`;
then `expected.json` is `{"prolog": ..., "smt": ...}`.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from solvers import Job, Language, Program, Runtime, Wanted, run_to_json

pytestmark = pytest.mark.anyio

HERE = Path(__file__).parent
SUFFIXES = {Language.PROLOG: "pl", Language.SMT: "smt2"}
CASES = [
    (folder, language)
    for folder in sorted(path.parent for path in HERE.glob("*/problem.md"))
    for language, suffix in SUFFIXES.items()
    if (folder / f"program.{suffix}").exists()
]


@pytest.mark.parametrize(
    ("folder", "language"), CASES, ids=[f"{folder.name}-{language.value}" for folder, language in CASES]
)
async def test_a_case_ends_as_its_author_says(runtime: Runtime, folder: Path, language: Language) -> None:
    suffix = SUFFIXES[language]
    query = folder / f"query.{suffix}"
    expected = json.loads((folder / "expected.json").read_text())
    expected = expected.get(language.value, expected)
    job = Job(
        Program(language, (folder / f"program.{suffix}").read_text()),
        query.read_text() if query.exists() else None,
        Wanted(expected.get("wanted", "any")),
        expected.get("answer"),
    )
    assert_holds(expected["run"], run_to_json(await runtime.solve(job)))


def assert_holds(expected: Any, found: Any) -> None:
    match expected:
        case dict():
            assert isinstance(found, dict), found
            for key, value in expected.items():
                assert key in found
                assert_holds(value, found[key])
        case list():
            assert isinstance(found, list), found
            assert len(found) == len(expected), found
            for value, other in zip(expected, found, strict=True):
                assert_holds(value, other)
        case _:
            assert found == expected


def test_every_folder_is_a_case() -> None:
    folders = {path for path in HERE.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert folders == {folder for folder, _ in CASES}
