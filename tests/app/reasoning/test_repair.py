"""What a repair is told, end to end: a faulty program, the real engine, the message."""

from dataclasses import replace
from typing import NamedTuple

import pytest

from app.lm.types import FinishReason, Role
from app.reasoning.repair import repair
from app.reasoning.types import Budget, Kind, Problem, World
from solvers import Runtime
from solvers.types import ErrorClass, Language, Limits
from tests.app.reasoning.scripted import ScriptedLM, completion, prolog, smt, solve

LIMITS = Limits(wall_seconds=20.0, memory_mib=64, output_bytes=10_000)


class Case(NamedTuple):
    language: Language
    program: str
    error_class: ErrorClass | None
    parts: tuple[str, ...]
    kind: Kind = Kind.ARITHMETIC


P, S = Language.PROLOG, Language.SMT
CLPQ = ":- use_module(library(clpq)).\n"
CLPFD = ":- use_module(library(clpfd)).\n"
INT = "(declare-const x Int)\n"

CASES = {
    "syntax": Case(
        P,
        CLPQ + "price(3).\nsolve(X) :- price(P), {X = P * }.\n% query: solve(X).",
        ErrorClass.SYNTAX,
        ("in line 3", "    solve(X) :- price(P), {X = P * }.\n", "^", "full stop"),
    ),
    "existence": Case(
        P,
        "price(3).\nsolve(X) :- pryce(X).\n% query: solve(X).",
        ErrorClass.EXISTENCE,
        ("in line 2", "`pryce/1`", "`price/1`", "    solve(X) :- pryce(X).\n                ^"),
    ),
    "existence in the query": Case(
        P, "solve(3).\n% query: resolve(X).", ErrorClass.EXISTENCE, ("in the query `resolve(X)`", "`solve/1`")
    ),
    "instantiation": Case(
        P,
        "price(3).\nsolve(X) :- X is P * 2, price(P).\n% query: solve(X).",
        ErrorClass.INSTANTIATION,
        ("variable `P`", "in line 2", "Put the goals that give it one before"),
    ),
    "type": Case(
        P, "solve(X) :- atom_length(X, _).\n% query: solve(f(1)).", ErrorClass.TYPE, ("(type)", "another type")
    ),
    "domain": Case(
        P,
        CLPFD + "price(three).\nsolve(X) :- price(P), X #= P * 2.\n% query: solve(X).",
        ErrorClass.DOMAIN,
        ("`three`", "in line 3", "look up what a name stands for"),
    ),
    "evaluation": Case(
        P,
        "price(0).\nsolve(X) :- price(P), X is 2 / P.\n% query: solve(X).",
        ErrorClass.EVALUATION,
        ("Division by zero", "in line 2", "divided"),
    ),
    "permission": Case(
        P,
        "solve(X) :- open('f', read, X).\n% query: solve(X).",
        ErrorClass.PERMISSION,
        ("`open/3`", "may only compute"),
    ),
    "no answer": Case(
        P, "solve(X) :- X = 3, X > 5.\n% query: solve(X).", ErrorClass.LOGICAL, ("no answer", "Compare each fact")
    ),
    "two answers": Case(P, "solve(3).\nsolve(5).\n% query: solve(X).", ErrorClass.LOGICAL, ("X = 3", "X = 5")),
    "not evaluated": Case(P, "solve(3 + 4).\n% query: solve(X).", ErrorClass.LOGICAL, ("3+4", "evaluated")),
    "unbound": Case(P, "solve(_).\n% query: solve(X).", ErrorClass.LOGICAL, ("`X` has no value",)),
    "left open": Case(
        P, CLPQ + "solve(X) :- {X > 3}.\n% query: solve(X).", ErrorClass.LOGICAL, ("no single value", "X>3")
    ),
    "negation as failure": Case(
        P, "a.\nb :- \\+ a.\n% query: b.", ErrorClass.LOGICAL, ("\\+", "in line 2", "neg("), Kind.ENTAILMENT
    ),
    "endless": Case(P, "solve(X) :- solve(X).\n% query: solve(X).", None, ("did not end within 1 second", ":- table")),
    "memory": Case(
        P,
        "grow(L, X) :- grow([a | L], X).\nsolve(X) :- grow([], X).\n% query: solve(X).",
        None,
        ("more than 64 MiB", "Keep the search small"),
    ),
    "output": Case(
        P,
        "solve(X) :- repeat, write(aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa), fail, X = 1.\n% query: solve(X).",
        None,
        ("10000 bytes", "Print nothing"),
    ),
    "smt syntax": Case(
        S, INT + "(assert (= x 3)\n; answer: x", ErrorClass.SYNTAX, ("line 2", "    (assert (= x 3)\n    ^", "Count")
    ),
    "smt sort": Case(
        S,
        "(declare-sort T 0)\n(declare-const t T)\n" + INT + "(assert (= x t))\n; answer: x",
        ErrorClass.SORT,
        ("in line 4", "(assert (= x t))", "Compare the sorts"),
    ),
    "undeclared": Case(
        S,
        "(declare-const total Int)\n(assert (= totl 3))\n; answer: total",
        ErrorClass.UNDECLARED,
        ("`totl`", "`total`", "in line 2", "Declare the symbol"),
    ),
    "undeclared answer": Case(
        S, INT + "(assert (= x 3))\n; answer: y", ErrorClass.UNDECLARED, ("`y`", "in the query `y`")
    ),
    "smt permission": Case(
        S,
        '(set-option :regular-output-channel "f")\n' + INT + "; answer: x",
        ErrorClass.PERMISSION,
        (":regular-output-channel", "in line 1"),
    ),
    "conflict": Case(
        S,
        INT
        + "(assert (! (> x 3) :named more))\n(assert (! (< x 2) :named less))\n"
        + "(assert (! (> x 0) :named positive))\n; answer: x",
        ErrorClass.LOGICAL,
        ("cannot all hold", "    (assert (! (> x 3) :named more))\n    (assert (! (< x 2) :named less))"),
    ),
    "two values": Case(
        S, INT + "(assert (! (< 3 x 6) :named between))\n; answer: x", ErrorClass.LOGICAL, ("x = 4", "x = 5")
    ),
    "no number": Case(S, "(declare-const b Bool)\n(assert b)\n; answer: b", ErrorClass.LOGICAL, ("truth value",)),
    "no best value": Case(
        S, INT + "(assert (> x 3))\n(maximize x)\n; answer: x", ErrorClass.LOGICAL, ("no best",), Kind.OPTIMISATION
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
async def test_a_repair_is_told_what_is_wrong_and_where(runtime: Runtime, case: Case) -> None:
    reply = prolog(case.program) if case.language is Language.PROLOG else smt(case.program)
    lm = ScriptedLM(reply, "I give up.")
    problem = Problem("How much is it?", case.kind, case.language)
    limits = replace(LIMITS, wall_seconds=1.0) if case is CASES["endless"] else LIMITS
    trace = await solve(problem, [], runtime, lm=lm, budget=Budget(attempts=2), limits=limits)
    classes = [item.error_class for item in trace.attempts[0].diagnostics]
    assert classes[:1] == ([] if case.error_class is None else [case.error_class])
    system, user, assistant, message = lm.requests[1].messages
    assert (system.role, user.role, assistant.role) == (Role.SYSTEM, Role.USER, Role.ASSISTANT)
    assert system.content.startswith(lm.requests[0].messages[0].content)
    assert user == lm.requests[0].messages[1]
    assert case.program.split("\n")[0] in assistant.content
    for part in case.parts:
        assert part in message.content
    assert message.content.rstrip().endswith("ending in its comment lines as before.")


async def test_only_advice_for_the_class_of_the_error_is_given(runtime: Runtime) -> None:
    lm = ScriptedLM(prolog("price(0).\nsolve(X) :- price(P), X is 2 / P.\n% query: solve(X)."), "")
    await solve(Problem("How much?"), [], runtime, lm=lm, budget=Budget(attempts=2))
    message = lm.requests[1].messages[3].content
    assert "Check what is divided" in message
    for other in ("full stop", "files, processes", "Compare each", "Keep it short", "Print nothing", "<!--"):
        assert other not in message


async def test_an_empty_reply_is_shown_as_one(runtime: Runtime) -> None:
    lm = ScriptedLM("", completion("", FinishReason.LENGTH), "")
    await solve(Problem("How much?"), [], runtime, lm=lm)
    assert lm.requests[1].messages[2].content == "(an empty reply)"
    assert "the reply is empty" in lm.requests[1].messages[3].content


async def test_a_long_reply_without_a_program_is_cut_for_the_repair(runtime: Runtime) -> None:
    lm = ScriptedLM("word " * 50_000, "")
    await solve(Problem("How much?"), [], runtime, lm=lm, budget=Budget(attempts=2))
    assert len(lm.requests[1].messages[2].content) < 5_000


async def test_a_long_line_is_shown_around_its_fault(runtime: Runtime) -> None:
    facts = " ".join(f"f({n})." for n in range(300))
    lm = ScriptedLM(prolog(f"{facts} solve(X) :- wrong(X). {facts}\n% query: solve(X)."), "")
    await solve(Problem("How much?"), [], runtime, lm=lm, budget=Budget(attempts=2))
    lines = lm.requests[1].messages[3].content.split("\n")
    shown = next(n for n, line in enumerate(lines) if line.startswith("    ") and "wrong(X)" in line)
    assert len(lines[shown]) < 200
    assert lines[shown + 1].index("^") == lines[shown].index("wrong(X)")


async def test_a_repair_keeps_the_instructions_of_kind_and_world(runtime: Runtime) -> None:
    lm = ScriptedLM("?", "!")
    problem = Problem("Is Bob round?", Kind.ENTAILMENT, Language.PROLOG, World.CLOSED)
    trace = await solve(problem, [], runtime, lm=lm, budget=Budget(attempts=2))
    rendered = repair(problem, Kind.ENTAILMENT, Language.PROLOG, trace.attempts[0], Limits())
    assert rendered.messages == lm.requests[1].messages
    assert "The world is closed" in rendered.messages[0].content
    assert rendered.prompt.name == "repair"
