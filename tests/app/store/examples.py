"""A problem, its versions and an attempt, as the pipeline would report them."""

from datetime import UTC, datetime

from app.lm.types import Completion, FinishReason, LmIdentity, Message, Role, TokenUsage
from app.prompts import PromptRef
from app.reasoning.types import (
    Attempt,
    CheckReport,
    CheckResult,
    Evidence,
    Formalisation,
    Gloss,
    Kind,
    Problem,
    RunName,
    Spent,
    Trust,
    Verdict,
    VerdictKind,
    Versions,
)
from solvers.types import (
    Answers,
    Diagnostic,
    Finished,
    Language,
    Layers,
    Limits,
    Program,
    Run,
    Substitution,
    Usage,
    Value,
    ValueKind,
)

NOW = datetime(2026, 11, 22, 4, 0, 0, 123456, tzinfo=UTC)
LM = LmIdentity("http", "qwen", revision="2026-11", base_url="http://localhost:8000/v1")
PROMPT = PromptRef("formalise-prolog", 1, "a" * 64)

ANSWERED = Verdict(VerdictKind.ANSWERED, reason="one answer, and no other", answer="18", trust=Trust.EXECUTED)
EVIDENCE = Evidence(execution={"status": "finished"}, inference={"answers": 1, "exhausted": True, "other": None})
SPENT = Spent(attempts=1, prompt_tokens=700, completion_tokens=60, lm_seconds=1.5, solver_seconds=0.01, seconds=1.53)


def trace_id(number: int) -> str:
    return f"trc_{number:026d}"


def problem(number: int = 0) -> Problem:
    return Problem(f"Problem {number}. " + "Ann buys 3 pens and then 4 more. " * 10, kind=Kind.ARITHMETIC)


def versions() -> Versions:
    return Versions("0.1.0", LM, {"prolog": "9.2.9", "smt": "5.4.0"}, (PROMPT,), Limits(), trust_rule=1)


def run(output: str = "") -> Run:
    answer = Substitution({"X": Value("18", ValueKind.INTEGER)})
    return Run(Finished(Answers((answer,), exhausted=True)), output, Usage(0.01, 0.005, 31.5), Layers(landlock=False))


def attempt(number: int = 1, *, text: str = "", diagnostics: tuple[Diagnostic, ...] = ()) -> Attempt:
    return Attempt(
        number=number,
        prompt=PROMPT,
        messages=(Message(Role.SYSTEM, "You write Prolog. " * 200), Message(Role.USER, f"Formalise: {text}")),
        completion=Completion(f"```prolog\n{text}\n```", LM, FinishReason.STOP, 1.5, TokenUsage(700, 60)),
        formalisation=Formalisation(
            Program(Language.PROLOG, f"pens(X) :- X is 3+4. % {text}"), "pens(X)", gloss=(Gloss("pens/1", "pens"),)
        ),
        runs={RunName.QUERY: run(output=text)},
        check=CheckReport(CheckResult.NOT_CHECKABLE, reason="no checker yet"),
        diagnostics=diagnostics,
        started_at=NOW,
        seconds=0.012,
    )
