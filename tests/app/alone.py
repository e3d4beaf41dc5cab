"""Python processes that have little: no engine, no database, no web framework, or nothing but this repository."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

ABSENT = (
    "janus_swi z3 cvc5 sqlmodel sqlalchemy alembic psycopg fastapi starlette uvicorn pydantic_settings httpx structlog "
    "stamina ulid transformers torch pint text_to_num"
).split()

COMMAND_LINE = ["typer", "rich", "pydantic", "pydantic_core"]
"""What the command line itself needs: typer reads arguments with pydantic. The checks need none of it."""

_HOOK = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in %r:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Absent())
"""


def quod_without_engines(folder, *arguments, given=b""):
    """`quod` where nothing of ABSENT can be imported."""
    return _without(ABSENT, folder, ["-m", "app.cli", *arguments], given)


def recheck_without_anything(folder, given):
    """`app.reasoning.recheck` where the command line cannot be imported either; prints what it makes of its input."""
    code = (
        "import json, sys; from app.reasoning.recheck import recheck; "
        "print(recheck(json.load(sys.stdin)).report.result.value)"
    )
    return _without([*ABSENT, *COMMAND_LINE], folder, ["-c", code], given)


def _without(names, folder, command, given):
    (folder / "sitecustomize.py").write_text(_HOOK % (names,))
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)])}
    return _ended([sys.executable, *command], given, environment, folder)


def checking_alone(folder, *arguments, given=b""):
    """`python -m solvers.checking` with the standard library and this repository: `-I -S` shut out all else."""
    code = (
        f"import sys; sys.path.append({str(ROOT)!r}); sys.argv = ['solvers.checking', *sys.argv[1:]]; "
        "import runpy; runpy.run_module('solvers.checking', run_name='__main__', alter_sys=True)"
    )
    return _ended([sys.executable, "-I", "-S", "-c", code, *arguments], given, {}, folder)


def _ended(command, given, environment, folder):
    return subprocess.run(command, input=given, env=environment, cwd=folder, capture_output=True, timeout=60)
