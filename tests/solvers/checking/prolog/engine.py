"""What the engine itself says, for many goals in one run."""

from solvers import Answers, Finished, Job, Language, Limits, Program, Runtime
from solvers.checking.budget import Budget
from solvers.checking.prolog.reader import read_program, read_query
from solvers.checking.prolog.terms import Term, list_of

PROGRAM = """
:- use_module(library(clpq)).
said(Goals, Said) :- findall(X, ( member(Template-Goal, Goals), said(Template, Goal, X) ), Said).
said(Template, Goal, Found) :- catch(findall(Template, Goal, Found), error(_, _), Found = error).
"""


async def engine_says(runtime: Runtime, goals: list[tuple[str, str]]) -> list[Term]:
    """For each template and goal the list of its instances, or the atom `error`."""
    asked = ", ".join(f"({template})-({goal})" for template, goal in goals)
    job = Job(Program(Language.PROLOG, PROGRAM), f"said([{asked}], X)")
    ending = (await runtime.solve(job, Limits(wall_seconds=20))).ending
    assert isinstance(ending, Finished), ending
    assert isinstance(ending.outcome, Answers), ending
    (answer,) = ending.outcome.substitutions
    return read_list(answer.bindings["X"].text)


def read_list(text: str) -> list[Term]:
    budget = Budget(seconds=20.0, steps=10_000_000)
    term, _ = read_query(f"true({text})", read_program("", budget), budget)
    items = list_of(term.args[0])  # type: ignore[union-attr]
    assert items is not None
    return items
