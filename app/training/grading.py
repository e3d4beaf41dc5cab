"""Grades one completion: how far the program in it comes, from nothing that can be read to the answer that is wanted.

The steps are those of the service: extract, look for what makes a verdict unsound, run, conclude, move the numbers,
check the certificates. What is added is stricter than trust, because a reward is optimised against: see `_is_earned`.
"""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from fractions import Fraction

from app.lm.types import Completion, FinishReason, LmIdentity
from app.reasoning.certify import CheckConfig, certify
from app.reasoning.citations import cited_statements
from app.reasoning.computed import computed
from app.reasoning.conclude import QUESTIONS_OF_OURS, Conclusion, conclude
from app.reasoning.extract import extract
from app.reasoning.literals import literals
from app.reasoning.premises import faults
from app.reasoning.quantities import Quantity, explains, quantities
from app.reasoning.runs import Solver, run_all
from app.reasoning.sensitivity import LIMITS as TRIAL
from app.reasoning.sensitivity import Effect, Sensitivity, sensitivity
from app.reasoning.targets import is_target
from app.reasoning.trials import Trials
from app.reasoning.types import (
    Formalisation,
    Kind,
    NotExtracted,
    Problem,
    RunName,
    Verdict,
    VerdictKind,
)
from solvers.errors import SolverError
from solvers.smt.entailment import entailment_jobs, is_contradiction
from solvers.smt.sexpr import commands, tokens
from solvers.types import Job, Language, Limits, Program, Rejected, Run, Stopped


class Grade(IntEnum):
    """How far a completion comes, in rising order."""

    NOT_EXTRACTED = 0
    """No program can be taken out of it."""
    REJECTED = 1
    """The program is at fault, or is refused by the policy, or would make its verdict unsound."""
    STOPPED = 2
    """A limit ended it."""
    NO_ANSWER = 3
    """It ran, and no answer follows: none, several, contradictory premises."""
    ANSWER = 4
    """An answer or a verdict; also one that is written down, whether or not it is the right one."""
    DIFFERENT = 5
    """`DETERMINATE` or better, and the target says something else."""
    DETERMINATE = 6
    """The only answer, computed from the quantities of the problem; of an entailment, from premises that it cites."""
    CERTIFIED = 7
    """The checker confirmed all of it. Whether the program says what the problem says is not covered."""
    TARGET = 8
    """`DETERMINATE` at least, and what the target says."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One completion and what it was asked for. `target` None: nobody says what is right."""

    problem: Problem
    kind: Kind
    language: Language
    completion: str
    target: str | None = None


LIMITS = Limits(wall_seconds=3.0, cpu_seconds=3.0, memory_mib=256, output_bytes=200_000)
"""Of one run under a reward: a program for a word problem takes a hundredth of a second."""


@dataclass(frozen=True, slots=True)
class GradingConfig:
    """How completions are graded.

    Args:
        limits: of one run.
        seconds: of one completion, all its runs and checks together; beyond them it counts as stopped, or as what was
            shown until then.
        check: whether certificates are checked; if not, nothing is graded `CERTIFIED`.
        max_characters: a longer completion counts as one without a program.
    """

    limits: Limits = LIMITS
    seconds: float = 10.0
    check: bool = True
    check_seconds: float = 2.0
    max_characters: int = 100_000


class AlarmError(SolverError):
    """The evidence of an engine speaks against its own claim: a fault of ours, whatever the program is."""


_WRITER = LmIdentity("policy", "policy")


async def grade(asked: Asked, solver: Solver, config: GradingConfig) -> Grade:
    """The grade of one completion.

    Raises:
        SolverError: a fault of ours, so that nothing can be said of the program.
    """
    if len(asked.completion) > config.max_characters:
        return Grade.NOT_EXTRACTED
    completion = Completion(asked.completion, _WRITER, FinishReason.STOP, 0.0)
    formalisation = extract(completion, asked.language, asked.kind, asked.problem.world)
    if isinstance(formalisation, NotExtracted):
        return Grade.NOT_EXTRACTED
    if faults(formalisation, asked.kind, asked.problem.world):
        return Grade.REJECTED
    work = _Work(asked, formalisation, solver, config)
    try:
        async with asyncio.timeout(config.seconds):
            await work.run()
    except TimeoutError:
        pass  # what was shown until then stands
    return work.reached


@dataclass(slots=True)
class _Work:
    asked: Asked
    formalisation: Formalisation
    solver: Solver
    config: GradingConfig
    reached: Grade = Grade.STOPPED

    async def run(self) -> None:
        """Make the runs, conclude, and see what the conclusion is worth; `reached` rises as that is shown."""
        asked, runs = self.asked, dict[RunName, Run]()
        await run_all(self.formalisation, asked.kind, self._solve, runs.__setitem__)
        conclusion = conclude(asked.kind, asked.problem.world, self.formalisation, runs)
        verdict = conclusion.verdict
        if verdict is None:
            self.reached = _without_verdict(runs)
            return
        if verdict.kind is VerdictKind.INCONSISTENT:
            is_wanted = asked.target is not None and is_target(asked.kind, verdict, asked.target)
            rests = is_wanted and _rests_on_the_text(asked.problem, self.formalisation)
            self.reached = Grade.TARGET if rests else Grade.NO_ANSWER
            return
        self.reached = Grade.ANSWER
        if not await self._is_determinate(conclusion, verdict):
            return
        if asked.target is not None:
            # Instead of the check, which takes longest and cannot change what is right.
            self.reached = Grade.TARGET if is_target(asked.kind, verdict, asked.target) else Grade.DIFFERENT
            return
        self.reached = Grade.DETERMINATE
        if not self.config.check:
            return
        checks = CheckConfig(seconds=self.config.check_seconds)
        certification = await certify(self.formalisation, asked.kind, runs, self._solve, checks)
        if certification.alarm:
            raise AlarmError(certification.alarm)
        if certification.whole.certified:
            self.reached = Grade.CERTIFIED

    async def _is_determinate(self, conclusion: Conclusion, verdict: Verdict) -> bool:
        problem, kind, formalisation = self.asked.problem, self.asked.kind, self.formalisation
        if verdict.kind is not VerdictKind.ANSWERED or verdict.answer is None:
            return _rests_on_the_text(problem, formalisation) and not await self._is_decided_alone(verdict)
        if conclusion.inference.get("optimal", True) is not True or conclusion.inference.get("unique") is not True:
            return False
        moved = await sensitivity(problem, kind, formalisation, verdict.answer, self._try, Trials())
        if moved is None or computed(problem, kind, formalisation, verdict.answer, moved).result is not True:
            return False
        return kind is not Kind.ARITHMETIC or _is_earned(problem, formalisation, moved)

    async def _is_decided_alone(self, verdict: Verdict) -> bool:
        """Whether a conclusion in SMT-LIB holds, or cannot hold, without any assertion: defined to be true."""
        program, query = self.formalisation.program, self.formalisation.query
        if program.language is not Language.SMT or verdict.kind not in (VerdictKind.PROVED, VerdictKind.REFUTED):
            return False
        found = [command for command in commands(tokens(program.text)) if len(command) > 2]
        kept = [
            program.text[command[0].start : command[-1].start + 1]
            for command in found
            if command[1].text not in ("assert", "assert-soft")
        ]
        for job in entailment_jobs(Program(Language.SMT, "\n".join(kept)), query):
            if is_contradiction(await self._solve(job)) is not False:
                return True
        return False

    async def _solve(self, job: Job) -> Run:
        return await self.solver.solve(job, self.config.limits)

    async def _try(self, job: Job) -> Run:
        limits = self.config.limits
        brief = replace(
            limits,
            wall_seconds=min(limits.wall_seconds, TRIAL.wall_seconds),
            cpu_seconds=min(limits.cpu_seconds, TRIAL.cpu_seconds),
            max_answers=TRIAL.max_answers,
        )
        return await self.solver.solve(job, brief)


def _without_verdict(runs: Mapping[RunName, Run]) -> Grade:
    """What became of the runs that nothing was concluded from."""
    endings = [run.ending for name, run in runs.items() if name not in QUESTIONS_OF_OURS]
    if any(isinstance(ending, Rejected) for ending in endings):
        return Grade.REJECTED
    if any(isinstance(ending, Stopped) for ending in endings):
        return Grade.STOPPED
    return Grade.NO_ANSWER


def _is_earned(problem: Problem, formalisation: Formalisation, moved: Sensitivity) -> bool:
    """Whether more of the answer comes from the problem than from the program.

    Stricter than `computed`, which lets a few numbers pass that nothing explains, since knowledge of the world is one.
    Under a reward that would be the way to write an answer down: `12 + 8 + 81`, or a sum of twos.
    """
    if moved.untried_strange or any(
        not number.quantities and number.effect in (Effect.ANOTHER, Effect.UNDECIDED) for number in moved.numbers
    ):
        return False
    given = quantities(problem.text)
    if len({item.value for item in moved.moved}) < min(2, len({item.value for item in given})):
        return False
    # Well-known constants may stand there too, a few for each quantity: 10 * tens + ones.
    written = [abs(literal.value) for literal in literals(formalisation) if abs(literal.value) not in (0, 1)]
    from_the_problem = sum(_is_explained(value, given) for value in written)
    return 2 * (len(written) - from_the_problem) <= 3 * from_the_problem


def _is_explained(value: Fraction, given: Sequence[Quantity]) -> bool:
    return any(explains(quantity, value) for quantity in given)


_SENTENCE = re.compile(r"[^.?!\n]+[.?!]*")


def _rests_on_the_text(problem: Problem, formalisation: Formalisation) -> bool:
    """Whether the premises of an entailment cite what the problem states, and most of it.

    A verdict on a conclusion is not computed from anything that could be moved. What keeps a program from stating the
    conclusion, or from stating nothing so that all is undetermined, is that each premise cites words of the problem
    outside its question, and that all together cite half of its sentences.
    """
    sentences = [match.span() for match in _SENTENCE.finditer(problem.text) if match.group().strip(" .?!\"'")]
    asking = [span for span in sentences if "?" in problem.text[span[0] : span[1]]]
    question = (asking or sentences)[-1]
    stated = [span for span in sentences if span != question]
    cited: set[tuple[int, int]] = set()
    for statement in cited_statements(problem.text, formalisation.program):
        if statement.text.startswith("(define-fun"):
            continue  # the conclusion, which may cite the question
        if not statement.citations or not all(citation.spans for citation in statement.citations):
            return False
        spans = [span for citation in statement.citations for span in citation.spans]
        places = {place for place in stated for start, end in spans if start < place[1] and place[0] < end}
        if not places:
            return False
        cited |= places
    return bool(cited) and 2 * len(cited) >= len(stated)
