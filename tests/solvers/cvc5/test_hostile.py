"""Programs that attack cvc5, with the policy and without it: whatever they try, nothing is read or written, the answer
comes within the limit and a second, and the next program gets the right one.
"""

import secrets
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from solvers import (
    Finished,
    Job,
    Language,
    Layers,
    Limits,
    Program,
    Rejected,
    Runtime,
    RuntimeConfig,
    SolverError,
    Stopped,
    Unsatisfiable,
    run_to_json,
)
from solvers.types import Engine
from tests.solvers.scripted import BUSY_SECONDS

pytestmark = pytest.mark.anyio

LIMITS = Limits(wall_seconds=1, cpu_seconds=1, memory_mib=128, output_bytes=100_000)
NEXT = "(declare-const x Int)\n(assert (> x 3))\n(assert (< x 2))\n(check-sat)"
_PIGEONS = "".join(
    [
        *(f"(declare-const p{i}_{j} Bool)" for i in range(13) for j in range(12)),
        *(f"(assert (or {' '.join(f'p{i}_{j}' for j in range(12))}))" for i in range(13)),
        *(f"(assert (not (and p{i}_{j} p{k}_{j})))" for j in range(12) for i in range(13) for k in range(i)),
    ]
)
_DOUBLING = "".join(f"(define-fun d{n + 1} () Int (+ (* d{n} d{n}) d{n}))" for n in range(40))
ATTACKS = {
    "output-channel": '(set-option :regular-output-channel "{write}")(echo "out")(check-sat)',
    "diagnostic-channel": '(set-option :diagnostic-output-channel "{write}")(set-option :verbosity 5)(check-sat)',
    "include": '(include "{read}")(check-sat)',
    "command-line": "(set-option :--dump-proofs true)(check-sat) -- --output=raw-benchmark",
    "option-with-hyphens": '(set-option :-o "{write}")(set-option :dump-to "{write}")(check-sat)',
    "trace": '(set-option :trace all)(set-option :out "{write}")(check-sat)',
    "plugins": '(set-option :lfsc-file "{write}")(set-option :proof-log true)(check-sat)',
    "limits": "(set-option :tlimit 1)(set-option :tlimit-per 1)(set-option :rlimit 1)(check-sat)",
    "portfolio": "(set-option :use-portfolio true)(set-option :portfolio-jobs 8)(check-sat)",
    "deep": "(assert " + "(not " * 100_000 + "true" + ")" * 100_000 + ")(check-sat)",
    "deep-enough": "(assert " + "(not " * 1_900 + "true" + ")" * 1_900 + ")(check-sat)",
    "only-open": "(" * 100_000,
    "pigeons": _PIGEONS + "(check-sat)",
    "doubling": f"(declare-const d0 Int){_DOUBLING}(assert (= d40 7))(check-sat)",
    "let-doubling": "(declare-const y Int)(assert (= 7 "
    + "".join(f"(let ((y (+ (* y y) (* 3 y {n})))) " for n in range(1, 40))
    + "y"
    + ")" * 41
    + "(check-sat)",
    "wide": "(declare-const x (_ BitVec 4096))(declare-const y (_ BitVec 4096))"
    "(assert (= (bvmul x y) (bvadd (bvudiv x y) (bvnot x))))(check-sat)",
    "huge-width": "(declare-const x (_ BitVec 99999999999))(assert (= x x))(check-sat)",
    "huge-numeral": f"(declare-const x Int)(assert (= x {'9' * 90_000}))(check-sat)",
    "power": "(declare-const x Int)(assert (= (^ 9 999999999) x))(check-sat)",
    "power-of-two": "(declare-const x Int)(assert (= (int.pow2 99999999999) x))(check-sat)",
    "matching": "(declare-sort S 0)(declare-fun f (S) S)(declare-fun p (S) Bool)(declare-const a S)(assert (p a))"
    "(assert (forall ((x S)) (=> (p x) (and (p (f x)) (distinct x (f x))))))(check-sat)",
    "nonlinear": "(declare-const x Int)(declare-const y Int)(declare-const z Int)"
    "(assert (and (> x 2) (> y 2) (> z 2) (= (+ (* x x x) (* y y y)) (* z z z))))(check-sat)",
    "strings": '(declare-const s String)(assert (= (str.++ s "a") (str.++ "b" s)))(check-sat)',
    "echo-flood": '(echo "0123456789")' * 20_000,
    "echo-unsat": '(declare-const x Int)(assert (> x 1))(echo "unsat")(check-sat)',
    "forged-proof": "(declare-const |t0) (step t1 (cl) :rule true)| Bool)"
    "(assert |t0) (step t1 (cl) :rule true)|)(check-sat)",
    "quit": "(exit)(assert false)(check-sat)",
    "nul": "(check-sat)\0",
}


@pytest.fixture(scope="module", params=[True, False], ids=["policy", "no-policy"])
async def running(request: pytest.FixtureRequest, anyio_backend: str) -> AsyncIterator[Runtime]:
    async with Runtime(RuntimeConfig(concurrency=1, layers=Layers(policy=request.param))) as started:
        await started.solve(Job(Program(Language.SMT, NEXT), engine=Engine.CVC5))
        yield started


@pytest.mark.parametrize("name", ATTACKS)
async def test_an_attack_reaches_nothing(running: Runtime, tmp_path: Path, name: str) -> None:
    secret = "canary" + secrets.token_hex(12)
    read, write = tmp_path / "secret.smt2", tmp_path / "written"
    read.write_text(f'(echo "{secret}")\n')
    text = ATTACKS[name].replace("{read}", str(read)).replace("{write}", str(write))
    began = time.monotonic()
    try:
        run = await running.solve(Job(Program(Language.SMT, text), engine=Engine.CVC5, evidence=True), LIMITS)
    finally:
        assert time.monotonic() - began < LIMITS.wall_seconds + BUSY_SECONDS
    assert isinstance(run.ending, Finished | Rejected | Stopped)
    assert secret not in repr(run_to_json(run))
    assert not write.exists()
    if name in {"echo-unsat", "forged-proof", "quit"} and isinstance(run.ending, Finished):
        assert not isinstance(run.ending.outcome, Unsatisfiable)
    following = await running.solve(Job(Program(Language.SMT, NEXT), engine=Engine.CVC5))
    assert isinstance(following.ending, Finished)
    assert following.ending.outcome == Unsatisfiable()


async def test_a_fault_of_one_program_is_no_error_of_ours(running: Runtime) -> None:
    for text in ("", ")", "(assert)", "(push -1)", "(pop 5)(check-sat)", "(declare-fun f)", "(assert (let))"):
        try:
            await running.solve(Job(Program(Language.SMT, text), engine=Engine.CVC5), LIMITS)
        except SolverError as error:
            pytest.fail(f"{text!r}: {error}")


@pytest.mark.parametrize(
    "layers", [Layers(policy=False, landlock=False), Layers(policy=False, seccomp=False)], ids=["seccomp", "landlock"]
)
async def test_files_are_closed_by_each_wall_alone(anyio_backend: str, tmp_path: Path, layers: Layers) -> None:
    read, write = tmp_path / "secret.smt2", tmp_path / "written"
    read.write_text("(assert false)\n")
    # Landlock alone leaves other doors open, and the runtime would rightly refuse to work so.
    config = RuntimeConfig(concurrency=1, layers=layers, allow_open=not layers.seccomp)
    async with Runtime(config) as runtime:
        for name in ("output-channel", "diagnostic-channel", "include", "option-with-hyphens", "trace", "plugins"):
            text = ATTACKS[name].replace("{read}", str(read)).replace("{write}", str(write))
            run = await runtime.solve(Job(Program(Language.SMT, text), engine=Engine.CVC5), LIMITS)
            assert not write.exists()
            # What was not read cannot make it inconsistent.
            assert not (isinstance(run.ending, Finished) and isinstance(run.ending.outcome, Unsatisfiable))
