"""What every engine does alike, through the real runtime with the whole sandbox on."""

import asyncio
import time

import pytest

from solvers import (
    ErrorClass,
    Finished,
    Job,
    Language,
    Layers,
    LimitName,
    Limits,
    NoAnswer,
    Program,
    Rejected,
    Run,
    Runtime,
    SolverError,
    Stopped,
    Unsatisfiable,
    run_from_json,
    run_to_json,
)
from solvers.logical import answer_value
from tests.contract.programs import PROGRAMS, Programs
from tests.solvers.scripted import BUSY_SECONDS

pytestmark = pytest.mark.anyio

TIGHT = Limits(wall_seconds=1.0, cpu_seconds=5.0, memory_mib=128, output_bytes=50_000)


@pytest.fixture
def programs(language: Language) -> Programs:
    return PROGRAMS[language]


def answer(job: Job, run: Run) -> str | None:
    """The value that answers `job`, as text."""
    assert isinstance(run.ending, Finished), run
    value = answer_value(job, run.ending.outcome)
    return None if value is None else value.text


def fault(run: Run) -> ErrorClass:
    assert isinstance(run.ending, Rejected), run
    return run.ending.diagnostics[0].error_class


async def test_a_program_is_answered_exactly(runtime: Runtime, programs: Programs) -> None:
    run = await runtime.solve(programs.answers)
    assert answer(programs.answers, run) == "42"
    assert isinstance(run.ending, Finished)
    assert run.ending.diagnostics == ()


async def test_a_run_reports_what_it_used_and_what_held_it(runtime: Runtime, programs: Programs) -> None:
    run = await runtime.solve(programs.answers)
    assert run.sandbox == Layers()
    assert 0 < run.usage.wall_seconds < 10
    assert 0 < run.usage.cpu_seconds < 10
    assert 1 < run.usage.peak_memory_mib < 1000


async def test_a_number_is_taken_for_one_and_nothing_else_is(runtime: Runtime, programs: Programs) -> None:
    run = await runtime.solve(programs.number)
    assert isinstance(run.ending, Finished)
    assert run.ending.diagnostics == ()
    run = await runtime.solve(programs.not_a_number)
    assert isinstance(run.ending, Finished)
    assert [diagnostic.error_class for diagnostic in run.ending.diagnostics] == [ErrorClass.LOGICAL]


async def test_a_contradiction_finishes_without_an_answer_and_says_so(runtime: Runtime, programs: Programs) -> None:
    run = await runtime.solve(programs.inconsistent)
    assert isinstance(run.ending, Finished)
    assert isinstance(run.ending.outcome, NoAnswer | Unsatisfiable)
    assert [diagnostic.error_class for diagnostic in run.ending.diagnostics] == [ErrorClass.LOGICAL]


async def test_a_timeout_is_no_outcome(runtime: Runtime, programs: Programs) -> None:
    began = time.monotonic()
    run = await runtime.solve(programs.endless, TIGHT)
    assert time.monotonic() - began < TIGHT.wall_seconds + BUSY_SECONDS
    assert run.ending == Stopped(LimitName.WALL_SECONDS)


async def test_the_cpu_limit_stops_a_program_that_computes(runtime: Runtime, programs: Programs) -> None:
    run = await runtime.solve(programs.endless, Limits(cpu_seconds=0.3))
    assert run.ending == Stopped(LimitName.CPU_SECONDS)
    assert run.usage.cpu_seconds < 0.8


async def test_a_program_that_needs_too_much_memory_is_stopped(runtime: Runtime, programs: Programs) -> None:
    run = await runtime.solve(programs.hungry, Limits(memory_mib=64, wall_seconds=20, cpu_seconds=20))
    assert run.ending == Stopped(LimitName.MEMORY_MIB)
    assert run.usage.peak_memory_mib < 250


async def test_too_much_output_stops_and_its_beginning_is_shown(runtime: Runtime, programs: Programs) -> None:
    run = await runtime.solve(programs.talkative, TIGHT)
    assert run.ending == Stopped(LimitName.OUTPUT_BYTES)
    assert run.output.startswith("0123456789")
    assert len(run.output) == TIGHT.output_bytes


async def test_what_a_program_prints_is_shown_beside_its_answer(runtime: Runtime, programs: Programs) -> None:
    run = await runtime.solve(programs.prints)
    assert "hello" in run.output
    assert answer(programs.prints, run) == "42"


async def test_a_misspelt_name_is_found_with_its_place_and_a_suggestion(runtime: Runtime, programs: Programs) -> None:
    run = await runtime.solve(programs.misspelt)
    assert fault(run) is programs.misspelt_class
    assert isinstance(run.ending, Rejected)
    diagnostic = run.ending.diagnostics[0]
    assert diagnostic.line == 2
    assert "totl" in (diagnostic.symbol or "")
    assert "total" in (diagnostic.suggestion or "")


async def test_a_syntax_error_is_found_with_its_line(runtime: Runtime, programs: Programs) -> None:
    run = await runtime.solve(programs.unreadable)
    assert fault(run) is ErrorClass.SYNTAX
    assert isinstance(run.ending, Rejected)
    assert run.ending.diagnostics[0].line == 2


async def test_nesting_beyond_reason_concludes_nothing(runtime: Runtime, programs: Programs) -> None:
    run = await runtime.solve(programs.deep, TIGHT)
    if isinstance(run.ending, Stopped):
        assert run.ending.limit is LimitName.MEMORY_MIB
    else:
        assert fault(run) is ErrorClass.RESOURCE


@pytest.mark.parametrize("text", ["a\0b", "\ud800", "\0" * 1000], ids=["NUL", "surrogate", "many"])
async def test_a_text_that_is_no_text_is_a_syntax_error(runtime: Runtime, language: Language, text: str) -> None:
    assert fault(await runtime.solve(Job(Program(language, text)))) is ErrorClass.SYNTAX


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\n",
        "\x01\x02\x7f",
        "\ufeff",
        "שלום % עולם",
        "((((",
        '"',
        "'",
        "|",
        "0'",
        "/*",
        "é" * 1000,
        "9" * 100_000,
    ],
    ids=lambda text: ascii(text[:8]),
)
async def test_no_text_makes_an_engine_fail(runtime: Runtime, language: Language, text: str) -> None:
    run = await runtime.solve(Job(Program(language, text), query="true" if language is Language.PROLOG else None))
    assert isinstance(run.ending, Finished | Rejected)


async def test_a_text_of_ten_megabytes_ends_within_its_limit(runtime: Runtime, language: Language) -> None:
    comment = {Language.PROLOG: "% ", Language.SMT: "; "}[language]
    text = (comment + "x" * 97 + "\n") * 100_000
    began = time.monotonic()
    run = await runtime.solve(Job(Program(language, text)), Limits(wall_seconds=5))
    assert time.monotonic() - began < 5 + BUSY_SECONDS
    assert isinstance(run.ending, Finished | Rejected | Stopped)


async def test_a_program_finds_nothing_of_the_one_before(runtime: Runtime, programs: Programs) -> None:
    for _ in range(3):
        poisoned = await runtime.solve(programs.poison)
        assert isinstance(poisoned.ending, Finished), poisoned
        assert answer(programs.answers, await runtime.solve(programs.answers)) == "42"
        assert fault(await runtime.solve(programs.misspelt)) is programs.misspelt_class


async def test_the_same_program_has_the_same_outcome_every_time(runtime: Runtime, programs: Programs) -> None:
    runs = [await runtime.solve(programs.answers) for _ in range(5)]
    assert len({repr(run.ending) for run in runs}) == 1


async def test_many_programs_at_once_keep_their_own_answers(runtime: Runtime, language: Language) -> None:
    texts = {
        Language.PROLOG: "solve({}).",
        Language.SMT: "(declare-const x Int)\n(assert (= x {}))\n(check-sat)",
    }
    query = "solve(X)" if language is Language.PROLOG else None
    wanted = "x" if language is Language.SMT else None
    jobs = [Job(Program(language, texts[language].format(n)), query, answer=wanted) for n in range(40)]
    found: dict[int, Run | SolverError] = {index: run async for index, run in runtime.solve_many(jobs)}
    assert [answer(jobs[n], run) for n, run in sorted(found.items()) if isinstance(run, Run)] == [
        str(n) for n in range(40)
    ]


async def test_both_engines_answer_side_by_side(runtime: Runtime) -> None:
    jobs = [programs.answers for programs in PROGRAMS.values()] * 5
    runs = await asyncio.gather(*(runtime.solve(job) for job in jobs))
    assert [answer(job, run) for job, run in zip(jobs, runs, strict=True)] == ["42"] * 10


async def test_every_kind_of_run_passes_through_json(runtime: Runtime, programs: Programs) -> None:
    for job in (programs.answers, programs.inconsistent, programs.misspelt, programs.poison):
        run = await runtime.solve(job)
        assert run_from_json(run_to_json(run)) == run


async def test_health_names_the_version_and_the_layers(runtime: Runtime, language: Language) -> None:
    health = (await runtime.health())[language]
    assert health.error is None
    assert health.version
    assert health.layers == Layers()
    assert health.seconds is not None
    assert health.seconds < 5
