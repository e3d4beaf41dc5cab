"""Every parameter and command that the installed z3 has: what the policy lets through, and what the rest can do without
it. A new version of z3 brings new ones, and these tests find them.
"""

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from solvers import Job, Language, Layers, Limits, Program, Run, Runtime, RuntimeConfig
from solvers.smt.policy import COMMANDS, OPTIONS, PolicyError, read_script
from tests.solvers.scripted import BUSY_SECONDS

pytestmark = pytest.mark.anyio

LIMITS = Limits(wall_seconds=1.0, cpu_seconds=1.0, memory_mib=256, output_bytes=100_000)
SUSPECT = re.compile(r"file|log|trace|dump|display|print|out|path|thread|parallel|proof|timeout|drat|dot|root|backup")
"""Names of parameters that might reach a file or start a thread."""
WORK = """
(declare-const x Int) (declare-const y Real) (declare-const b (_ BitVec 8)) (declare-const p Bool)
(declare-fun f (Int) Int)
(push)
(assert (and (> (f x) 2) (< (* y y) 3.0) (bvult b #x05) (forall ((i Int)) (< (f i) 9))))
(check-sat) (get-model)
(pop)
(assert (! (not p) :named n)) (assert (! p :named m))
(check-sat) (get-unsat-core) (get-proof)
"""


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    kind: str

    def value(self, path: Path) -> str:
        return {"bool": "true", "string": f'"{path}"', "symbol": f"|{path}|", "double": "1.0"}.get(self.kind, "4")

    def spellings(self) -> set[str]:
        """z3 takes capitals for small letters and hyphens for underscores."""
        return {self.name, self.name.upper(), self.name.title(), self.name.replace("_", "-"), self.name.split(".")[-1]}


def parameters() -> list[Parameter]:
    """As `z3 -p` lists them."""
    listed = subprocess.run([Path(sys.prefix, "bin", "z3"), "-p"], capture_output=True, text=True, check=True).stdout
    found, module = [], ""
    for line in listed.splitlines():
        if match := re.match(r"\[module\] ([\w.]+)", line):
            module = f"{match[1]}."
        elif match := re.match(r"    ([\w.]+) \(([\w ]+)\)", line):
            found.append(Parameter(module + match[1], match[2]))
    return found


def is_let_through(script: str) -> bool:
    try:
        return bool(read_script(script).commands)
    except PolicyError:
        return False


def test_no_parameter_is_set_but_the_listed_ones_however_it_is_spelt(tmp_path: Path) -> None:
    known = parameters()
    assert len(known) > 500
    options = {f":{spelling}": one for one in known for spelling in one.spellings()}
    passed = {
        option
        for option, one in options.items()
        if is_let_through(f"(set-option {option} {one.value(tmp_path)}) (check-sat)")
    }
    assert passed <= OPTIONS
    # Those let through have neither a file nor a thread behind them.
    assert {option for option in passed if SUSPECT.search(option)} == set()


@pytest.fixture(scope="module", params=[Layers(policy=False), Layers(policy=False, landlock=False)], ids=str)
async def without_policy(request: pytest.FixtureRequest) -> Runtime:
    async with Runtime(RuntimeConfig(concurrency=2, layers=request.param)) as runtime:
        yield runtime


async def test_without_the_policy_no_parameter_writes_a_file_or_harms_the_service(
    without_policy: Runtime, tmp_path: Path
) -> None:
    for folder in (tmp_path, *tmp_path.parents):
        if folder.is_relative_to("/tmp") and folder != Path("/tmp"):
            folder.chmod(0o777)
    suspects = [one for one in parameters() if one.kind in ("string", "symbol") or SUSPECT.search(one.name)]
    assert len(suspects) > 80
    texts = [f"(set-option :{one.name} {one.value(tmp_path / 'written')})\n{WORK}" for one in suspects]
    jobs = [Job(Program(Language.SMT, text)) for text in texts]
    ended = {index: run async for index, run in without_policy.solve_many(jobs, LIMITS)}
    assert sorted(ended) == list(range(len(jobs)))
    assert list(tmp_path.iterdir()) == []  # noqa: ASYNC240
    assert all(isinstance(run, Run) for run in ended.values()), [
        (suspects[index].name, run) for index, run in ended.items() if not isinstance(run, Run)
    ]
    latest = LIMITS.wall_seconds + BUSY_SECONDS
    assert all(run.usage.wall_seconds < latest for run in ended.values() if isinstance(run, Run))


async def test_every_command_of_z3_is_listed_or_kept_from_it(without_policy: Runtime) -> None:
    run = await without_policy.solve(Job(Program(Language.SMT, "(help) (check-sat)")), Limits())
    commands = set(re.findall(r"^\s*\"?\s*\(([a-z][a-z-]*)", run.output, re.MULTILINE))
    assert {"assert", "include", "apply", "check-sat-using"} <= commands
    others = commands - COMMANDS
    assert [name for name in others if is_let_through(f"({name})")] == []
