"""Asks an SMT solver whether premises entail a conclusion: two jobs, and what their runs say together.

"Follows" is shown by a contradiction: premises and not conclusion is unsat. A `sat` alone means consistent, not true.
"""

from collections.abc import Sequence

from solvers.entailment import EntailmentResult, Undecided, decide
from solvers.smt import sexpr
from solvers.smt.policy import read_term
from solvers.smt.sexpr import SexprError, Token, write
from solvers.types import Finished, Job, Language, Program, Rejected, Run, Satisfiable, Stopped, Unknown, Unsatisfiable

_LEFT_OUT = frozenset({"exit", "echo", "minimize", "maximize", "assert-soft"})
"""Commands, beside checks and questions, that have no part in an entailment; `exit` would even end it early."""


def entailment_jobs(premises: Program, conclusion: str) -> tuple[Job, Job]:
    """The jobs "premises and not conclusion" and "premises and conclusion", with one check each.

    Checks and questions of the premises' own are left out, as are `exit` and optimisation; all else keeps its place.

    Args:
        premises: SMT-LIB commands.
        conclusion: exactly one formula.

    Raises:
        PolicyError: the conclusion is not one s-expression.
    """
    if premises.language is not Language.SMT:
        raise ValueError(f"premises in SMT-LIB expected, not in {premises.language}")
    formula = write(read_term(conclusion))
    program = Program(Language.SMT, assertions_only(premises.text))
    # The formula has a line of its own, so that a diagnostic names columns of the conclusion.
    return (
        Job(program, f"(assert (not\n{formula}\n))\n(check-sat)"),
        Job(program, f"(assert\n{formula}\n)\n(check-sat)"),
    )


def conclude_entailment(first: Run, second: Run) -> EntailmentResult:
    """What the runs of the two jobs of `entailment_jobs` say together."""
    return decide(is_contradiction(first), is_contradiction(second))


def assertions_only(text: str) -> str:
    """The script without checks, questions, objectives and `exit`: blanks in their place, so that lines stay."""
    try:
        found = list(sexpr.commands(sexpr.tokens(text)))
    except SexprError:
        return text  # the run will say what is wrong, and where
    kept = []
    position = 0
    for command in found:
        if _is_left_out(command):
            start, end = command[0].start, command[-1].start + 1
            kept += [text[position:start], _blank(text[start:end])]
            position = end
    return "".join([*kept, text[position:]])


def _is_left_out(command: Sequence[Token]) -> bool:
    name = command[1].text
    return name in _LEFT_OUT or name.startswith(("check-sat", "get-"))


def _blank(text: str) -> str:
    return "".join(character if character in "\r\n" else " " for character in text)


def is_contradiction(run: Run) -> bool | Undecided:
    """Whether the one check of `run` says that what it was given cannot all hold."""
    match run.ending:
        case Finished(diagnostics=(first, *_)):
            return Undecided(first.message)
        case Finished(outcome=Unsatisfiable(), checks=(_,)):
            return True
        case Finished(outcome=Satisfiable(), checks=(_,)):
            return False
        case Finished(outcome=Unknown(reason)):
            return Undecided(f"the solver does not know: {reason}")
        case Finished():
            return Undecided("the run did not make exactly one check")
        case Stopped(limit):
            return Undecided(f"stopped at its limit: {limit}")
        case Rejected(diagnostics):
            return Undecided(diagnostics[0].message)
