"""Counts the conditions of a puzzle that single out its answer: without each of them another answer fits, or none is
left that must hold.

For puzzles that need no number. Where two conditions at least are needed, the answer was found among alternatives; an
answer that a program states has one condition, or none.
"""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace

from app.reasoning.conclude import conclude
from app.reasoning.literals import prolog_clauses, prolog_goals, prolog_tokens
from app.reasoning.runs import another_value, question
from app.reasoning.types import Formalisation, Kind, RunName, World
from solvers.errors import SolverError
from solvers.smt.sexpr import SexprError, commands, tokens
from solvers.types import Answers, Finished, Job, Language, NoAnswer, Run, Satisfiable, Stopped, Substitution

NEEDED = 2
_MOST_TRIED = 12
_MOST_STOPPED = 3


async def needed_conditions(
    kind: Kind, formalisation: Formalisation, answer: str, solve: Callable[[Job], Awaitable[Run]]
) -> int:
    """How many conditions single out `answer`; `NEEDED` of them are enough, and no more are counted."""
    found = stopped = 0
    try:
        if formalisation.program.language is Language.SMT:
            asked = await solve(question(formalisation, kind))
        for tried, less in enumerate(_with_one_less(formalisation)):
            if tried == _MOST_TRIED or found == NEEDED or stopped == _MOST_STOPPED:
                break
            if less.program.language is Language.SMT:
                job = another_value(less, asked)
                if job is None:
                    break
                run = await solve(job)
                found += isinstance(run.ending, Finished) and isinstance(run.ending.outcome, Satisfiable)
            else:
                run = await solve(question(less, kind))
                found += _other_answer(kind, less, answer, run)
            stopped += isinstance(run.ending, Stopped)
    except SolverError:
        return 0
    return found


def _other_answer(kind: Kind, formalisation: Formalisation, answer: str, run: Run) -> bool:
    """Whether the run has an answer, settled as an answer must be, that is not this one; or finitely none.

    A goal that is left out takes an answer away only where the program asks what holds in every case.
    """
    if not isinstance(run.ending, Finished):
        return False
    if isinstance(run.ending.outcome, NoAnswer):
        return True
    if not isinstance(run.ending.outcome, Answers):
        return False
    return any(
        _concluded(kind, formalisation, run, one) not in (None, answer) for one in run.ending.outcome.substitutions
    )


def _concluded(kind: Kind, formalisation: Formalisation, run: Run, one: Substitution) -> str | None:
    """What would be concluded if this were the only answer."""
    alone = replace(run, ending=Finished(Answers((one,), exhausted=True)))
    verdict = conclude(kind, World.OPEN, formalisation, {RunName.QUERY: alone}).verdict
    return None if verdict is None else verdict.answer


def _with_one_less(formalisation: Formalisation) -> Iterator[Formalisation]:
    """The formalisation with one goal of a body, or one assertion, left out, in turn."""
    program = formalisation.program
    text = program.text
    spans = _goals(text) if program.language is Language.PROLOG else _assertions(text)
    nothing = "true" if program.language is Language.PROLOG else ""
    for start, end in spans:
        yield replace(formalisation, program=replace(program, text=text[:start] + nothing + text[end:]))


_NO_CONDITIONS = frozenset({"in", "ins", "label", "labeling", "indomain"})
"""Goals of a search without which there is none: their lack is an error, and tells nothing."""


def _goals(text: str) -> Iterator[tuple[int, int]]:
    for clause in prolog_clauses(prolog_tokens(text)):
        for goal in prolog_goals(clause):
            if _NO_CONDITIONS.isdisjoint(token.text for token in goal):
                yield goal[0].start, goal[-1].end


def _assertions(text: str) -> Iterator[tuple[int, int]]:
    try:
        found = [command for command in commands(tokens(text)) if len(command) > 1 and command[1].text == "assert"]
    except SexprError:
        return
    for command in found:
        yield command[0].start, command[-1].start + 1
