"""Which runs an attempt takes, and what is asked in each.

One number or one term: one run of the query; in SMT-LIB a second one asks for another value, because a model alone
does not say that it is the only one, and a third for a better one, where a best one is wanted. An entailment: the
conclusion, its negation, and in Prolog a search for a contradiction among the premises. The runs
are made one after the other, and none that the one before has made pointless.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from app.reasoning.extract import prolog_code
from app.reasoning.types import Formalisation, Kind, RunName
from solvers.smt.entailment import assertions_only, entailment_jobs
from solvers.smt.sexpr import commands, flatten, read, symbol_text, tokens, write
from solvers.types import (
    Finished,
    Job,
    Language,
    Limits,
    Program,
    Run,
    Satisfiable,
    Value,
    ValueKind,
    Wanted,
)

_CONTRADICTION = "neg(G), functor(G, N, A), catch(call(G), error(existence_error(procedure, N/A), _), fail)"
"""What is denied and nowhere else mentioned is no contradiction; a predicate that its rules lack is a fault."""


class Solver(Protocol):
    """What runs programs: `solvers.Runtime`."""

    async def solve(self, job: Job, limits: Limits) -> Run:
        """Raises a `SolverError` for a fault of ours; a fault of the program is a value."""
        ...


async def run_all(
    formalisation: Formalisation,
    kind: Kind,
    solve: Callable[[Job], Awaitable[Run]],
    done: Callable[[RunName, Run], None],
) -> None:
    """Make the runs that this formalisation takes; each goes to `done` as it ends."""

    async def one(name: RunName, job: Job) -> Run:
        run = await solve(replace(job, evidence=True))
        done(name, run)
        return run

    if kind is Kind.ENTAILMENT:
        for name, job in entailment(formalisation):
            run = await one(name, job)
            if not isinstance(run.ending, Finished):
                return
        return
    run = await one(RunName.QUERY, question(formalisation, kind))
    if formalisation.program.language is Language.SMT:
        if (other := another_value(formalisation, run)) is not None:
            await one(RunName.UNIQUENESS, other)
        if (better := better_value(formalisation, run)) is not None:
            await one(RunName.OPTIMALITY, better)


def jobs_of(formalisation: Formalisation, kind: Kind, runs: Mapping[RunName, Run]) -> dict[RunName, Job]:
    """The job of each of `runs`, made again from the formalisation: what a certificate of the run is about.

    A run that this formalisation does not take, as it ended, has no job here.
    """
    if kind is Kind.ENTAILMENT:
        jobs = dict(entailment(formalisation))
    else:
        jobs = {RunName.QUERY: question(formalisation, kind)}
        asked = runs.get(RunName.QUERY)
        if formalisation.program.language is Language.SMT and asked is not None:
            further = {
                RunName.UNIQUENESS: another_value(formalisation, asked),
                RunName.OPTIMALITY: better_value(formalisation, asked),
            }
            jobs |= {name: job for name, job in further.items() if job is not None}
    return {name: job for name, job in jobs.items() if name in runs}


def question(formalisation: Formalisation, kind: Kind) -> Job:
    """The job that asks for the answer."""
    wanted = Wanted.NUMBER if kind is Kind.ARITHMETIC else Wanted.ONE
    program, query = formalisation.program, formalisation.query
    if program.language is Language.PROLOG:
        return Job(program, query, wanted)
    terms = answer_terms(formalisation)
    if len(terms) == 1:
        return Job(program, "(check-sat)", wanted, terms[0])
    return Job(program, f"(check-sat)\n(get-value ({' '.join(terms)}))", wanted)


def entailment(formalisation: Formalisation) -> tuple[tuple[RunName, Job], ...]:
    """The jobs of an entailment, in the order in which they are run."""
    program = formalisation.program
    if program.language is Language.SMT:
        without, with_it = entailment_jobs(program, formalisation.query)
        return (RunName.PREMISES_AND_NOT_CONCLUSION, without), (RunName.PREMISES_AND_CONCLUSION, with_it)
    code = prolog_code(program.text)
    if not re.search(r"\bneg\b", code) and code.rstrip().endswith("."):
        # No negative fact: the search for a contradiction must find an empty neg/1, not an unknown one. A clause that
        # does not end must not take the directive for its body.
        program = Program(Language.PROLOG, f"{program.text}\n:- dynamic neg/1.\n")
    assert formalisation.complement is not None, "extraction gives every Prolog entailment a complement"
    return (
        (RunName.PREMISES_AND_NOT_CONCLUSION, Job(program, formalisation.query)),
        (RunName.PREMISES_AND_CONCLUSION, Job(program, formalisation.complement)),
        (RunName.PREMISES, Job(program, _CONTRADICTION)),
    )


def answer_terms(formalisation: Formalisation) -> tuple[str, ...]:
    """The terms whose values an SMT formalisation asks for, as the run reports them."""
    return tuple(write(flatten(term)) for term in read(formalisation.query))


def answer_values(formalisation: Formalisation, outcome: Satisfiable) -> Mapping[str, Value] | None:
    """The value of each term that is asked for; None where one is missing."""
    found: dict[str, Value] = {}
    for term in answer_terms(formalisation):
        value = outcome.values.get(term) or outcome.objectives.get(term) or outcome.model.get(term)
        if value is None:
            return None
        found[term] = value
    return found


def another_value(formalisation: Formalisation, run: Run) -> Job | None:
    """The job that is satisfiable if another answer is possible as well; at the same optimum, where there is one.

    None where the first run has no answer, or one that cannot be written back into a program.
    """
    if not isinstance(run.ending, Finished) or not isinstance(run.ending.outcome, Satisfiable):
        return None
    outcome = run.ending.outcome
    values = answer_values(formalisation, outcome)
    if values is None:
        return None
    written = {term: _literal(value) for term, value in values.items()}
    optima = {term: _literal(value) for term, value in outcome.objectives.items()}
    if None in written.values() or None in optima.values():
        return None
    same = _all_of([f"(= {term} {value})" for term, value in written.items()])
    program = (
        _without_objectives(formalisation.program) if _senses(formalisation.program.text) else formalisation.program
    )
    query = [f"(assert (= {term} {value}))" for term, value in optima.items()]
    query.append(f"(assert (not {same}))")
    query.append("(check-sat)")
    if len(written) == 1:
        return Job(program, "\n".join(query), answer=next(iter(written)))
    query.append(f"(get-value ({' '.join(written)}))")
    return Job(program, "\n".join(query))


def better_value(formalisation: Formalisation, run: Run) -> Job | None:
    """The job that is satisfiable if a better value of the one objective is possible.

    None where there is no objective, or no optimum that can be written back. Of several objectives, in z3's
    lexicographic order, each counts only where those before it are equal.
    """
    if not isinstance(run.ending, Finished) or not isinstance(run.ending.outcome, Satisfiable):
        return None
    optima = {term: _literal(value) for term, value in run.ending.outcome.objectives.items()}
    senses = _senses(formalisation.program.text)
    if not senses or senses.keys() != optima.keys() or None in optima.values():
        return None
    cases = []
    equal: list[str] = []
    for term, sense in senses.items():
        cases.append(_all_of([*equal, f"({sense} {term} {optima[term]})"]))
        equal.append(f"(= {term} {optima[term]})")
    better = cases[0] if len(cases) == 1 else f"(or {' '.join(cases)})"
    return Job(_without_objectives(formalisation.program), f"(assert {better})\n(check-sat)")


def _all_of(formulas: Sequence[str]) -> str:
    return formulas[0] if len(formulas) == 1 else f"(and {' '.join(formulas)})"


def _without_objectives(program: Program) -> Program:
    return Program(Language.SMT, assertions_only(program.text))


def _senses(text: str) -> dict[str, str]:
    """Each objective as the run reports it, with the comparison that a better value would meet; empty if unclear."""
    senses: dict[str, str] = {}
    for command in commands(tokens(text)):
        if command[1].text == "assert-soft":
            return {}
        if command[1].text in _BETTER:
            term = write(command[2:-1])
            if term in senses:
                return {}
            senses[term] = _BETTER[command[1].text]
    return senses


_BETTER = {"minimize": "<", "maximize": ">"}


def _literal(value: Value) -> str | None:
    """A value as a term of SMT-LIB; None for one that no program can name."""
    match value.kind:
        case ValueKind.INTEGER:
            return f"(- {value.text[1:]})" if value.text.startswith("-") else value.text
        case ValueKind.RATIONAL:
            upper, _, lower = value.text.partition("/")
            term = f"(/ {upper.removeprefix('-')} {lower})"
            return f"(- {term})" if upper.startswith("-") else term
        case ValueKind.BOOLEAN | ValueKind.COMPOUND:
            return value.text
        case ValueKind.ATOM:
            return None if "!" in value.text else symbol_text(value.text)
        case _:
            return None
