"""With the policy off a program may say what it likes, and still has no way to Python, where the reply is written."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from solvers import Finished, Job, Language, Layers, Program, Rejected, Run, Runtime, RuntimeConfig

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def lenient(anyio_backend: str) -> AsyncIterator[Runtime]:
    async with Runtime(RuntimeConfig(concurrency=1, layers=Layers(policy=False))) as running:
        yield running


async def attack(runtime: Runtime, program: str) -> Run:
    return await runtime.solve(Job(Program(Language.PROLOG, program), "attack(X)"))


PYTHON = [
    "attack(X) :- py_call(os:getpid(), X).",
    "attack(X) :- janus:py_call(os:getpid(), X).",
    ":- use_module(library(janus)).\nattack(X) :- py_call(builtins:print(1), X).",
    "attack(X) :- janus:py_run('import os; os.write(3, b\"x\")', py{}, py{}, X, []).",
    "attack(X) :- janus:py_iter(range(1, 3), X).",
    "attack(X) :- G =.. [py_call, sys:exit(), X], call(janus:G).",
]


@pytest.mark.parametrize("program", PYTHON)
async def test_there_is_no_way_into_python(lenient: Runtime, program: str) -> None:
    run = await attack(lenient, program)
    assert isinstance(run.ending, Rejected), run
    assert run.ending.diagnostics[0].error_class in ("permission", "existence")


def shared_object() -> str:
    import importlib.util

    found = importlib.util.find_spec("janus_swi")
    assert found is not None
    assert found.origin is not None
    return next(str(path) for path in Path(found.origin).parent.glob("_swipl*.so"))


async def test_the_way_into_python_cannot_be_fetched_again_from_the_shared_object(lenient: Runtime) -> None:
    # dlopen(3) finds an object that is loaded already without opening a file, so no sandbox would notice.
    library = shared_object()
    run = await attack(
        lenient,
        f"attack(X) :- open_shared_object('{library}', H), call_shared_object_function(H, install_janus), "
        "janus:py_call(os:getpid(), X).",
    )
    assert isinstance(run.ending, Rejected), run
    assert run.ending.diagnostics[0].symbol == "open_shared_object/2"
    run = await attack(
        lenient, f":- use_foreign_library('{library}', install_janus).\nattack(X) :- py_call(os:getpid(), X)."
    )
    assert isinstance(run.ending, Rejected), run


async def test_a_program_that_defines_what_we_use_ourselves_does_not_confuse_us(runtime: Runtime) -> None:
    names = [
        "append/3",
        "member/2",
        "maplist/3",
        "foldl/4",
        "last/2",
        "exclude/3",
        "nth1/3",
        "pairs_values/2",
        "phase/1",
    ]
    clauses = "".join(
        f"{name}({', '.join('_' * int(arity))}) :- throw(mine).\n"
        for name, arity in (each.split("/") for each in names)
    )
    run = await runtime.solve(Job(Program(Language.PROLOG, clauses + "solve(X) :- dif(X, 1), X = 7."), "solve(X)"))
    assert isinstance(run.ending, Finished), run
    run = await runtime.solve(
        Job(Program(Language.PROLOG, clauses + "solve(X) :- p(X).\np(X) :- X is foo + Y."), "solve(X)")
    )
    assert isinstance(run.ending, Rejected)
    assert run.ending.diagnostics[0].line == len(names) + 2
