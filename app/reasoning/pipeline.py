"""The loop: formalise, solve, conclude, and repair until there is a verdict or the budget is spent.

Covered: the budget of attempts, tokens and seconds; the same program twice; recording each attempt as it ends, so
that a crash loses at most the one under way; faults of ours, after which what is recorded says why there is no
verdict; what a conclusion is worth, and a second reading of the problem where one is asked for.
"""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from ulid import ULID

from app.errors import LmError, ProblemError, PromptError
from app.lm.types import Completion, FinishReason, LanguageModel, LmRequest, Sampling
from app.reasoning.assess import assess
from app.reasoning.certify import CheckConfig
from app.reasoning.conclude import Conclusion, conclude
from app.reasoning.corroborate import OTHER, Reading, compare_closely, difference_of, disagreement, readings_of
from app.reasoning.events import AttemptEnded, Event, TraceBegun, VerdictReached
from app.reasoning.evidence import Assessment, evidence_of
from app.reasoning.extract import extract
from app.reasoning.formalise import Rendered, formalise
from app.reasoning.kind import decide_kind, decide_language
from app.reasoning.premises import faults
from app.reasoning.repair import repair, repair_prompt
from app.reasoning.runs import Solver, run_all
from app.reasoning.sensitivity import LIMITS as TRIAL
from app.reasoning.trust import TRUST_RULE, at_least, trust_of
from app.reasoning.types import (
    Assurance,
    Attempt,
    Budget,
    CheckReport,
    CheckResult,
    Formalisation,
    NotExtracted,
    OnRepeat,
    Problem,
    Purpose,
    RunName,
    Spent,
    Trace,
    Verdict,
    VerdictKind,
    Versions,
)
from solvers.errors import SolverError
from solvers.types import Diagnostic, ErrorClass, Job, Language, Limits, Run

_log = logging.getLogger(__name__)

Record = Callable[[Event], Awaitable[None]]

_NOT_CHECKED = CheckReport(CheckResult.NOT_CHECKABLE, "nothing was concluded, so there is nothing to check")
_RESTART_TEMPERATURE = 0.7
_GRACE_SECONDS = 0.25
"""A run is stopped at the deadline by its own wall-clock limit; one that still waits for its turn is cut this much
later.
"""
_LEAST_CHECK_SECONDS = 1.0
"""For a check that begins when the budget is nearly spent: most take a hundredth of that."""
_CHARACTERS_PER_TOKEN = 3
"""Taken where a language model does not count: rather too many tokens than too few."""


async def solve_problem(
    problem: Problem,
    *,
    lm: LanguageModel,
    solver: Solver,
    record: Record,
    quod: str,
    engines: Mapping[str, str],
    budget: Budget = Budget(),  # noqa: B008  # frozen
    limits: Limits = Limits(),  # noqa: B008  # frozen
    on_repeat: OnRepeat = OnRepeat.STOP,
    sampling: Sampling = Sampling(),  # noqa: B008  # frozen
    assurance: Assurance = Assurance(),  # noqa: B008  # frozen
    checks: CheckConfig = CheckConfig(),  # noqa: B008  # frozen
    trace_id: str | None = None,
) -> Trace:
    """Work on one problem until there is a verdict or the budget is spent.

    Args:
        record: is handed `TraceBegun`, then `AttemptEnded` for each attempt, then `VerdictReached`, and keeps each
            before it returns.
        quod, engines: versions of this program and of the engines by language, for the trace.
        limits: of one run; the last seconds of the budget shorten it.
        assurance: how much evidence is asked for; below `min_trust` the verdict is `unresolved`.
        checks: how certificates are checked.
        trace_id: a `new_trace_id()` that was promised before the work began; None: one is made now.

    Returns:
        The trace. No verdict is a verdict too: `unresolved`, with the reason.

    Raises:
        ProblemError: the text is empty or no text. Nothing is recorded.
        LmError: the language model gave no completion. What was done until then is recorded, with an unresolved
            verdict; `trace_id` says where.
        SolverError: a fault of ours in the solvers. Recorded likewise.
        PromptError: a prompt is missing. Recorded likewise.
        Whatever `record` raises: what could not be kept is not worked on any further.
    """
    _check_text(problem)
    kind = decide_kind(problem)
    language = decide_language(problem, kind)
    first = formalise(problem, kind, language)
    versions = Versions(quod, lm.identity, dict(engines), (first.prompt, repair_prompt()), limits, TRUST_RULE)
    begun = TraceBegun(trace_id or new_trace_id(), problem, kind, language, datetime.now(UTC), versions)
    loop = _Loop(begun, lm, solver, record, budget, limits, on_repeat, sampling, assurance, checks)
    await record(begun)
    try:
        conclusion = await loop.run(first)
    except LmError as error:
        error.trace_id = begun.trace_id
        await loop.finish(_unresolved(f"the language model gave no completion: {error}"))
        raise
    except (SolverError, PromptError) as error:
        what = "the solvers failed" if isinstance(error, SolverError) else "a prompt is damaged"
        await loop.finish(_unresolved(f"{what}: {error}"))
        raise
    except asyncio.CancelledError:
        # The one who asked has gone. What is recorded gets its end all the same.
        await asyncio.shield(asyncio.ensure_future(loop.finish(_unresolved("the request was cancelled"))))
        raise
    return await loop.finish(conclusion)


def new_trace_id() -> str:
    """`trc_` and a ULID: sorts by the time it was made."""
    return f"trc_{ULID()}"


def _check_text(problem: Problem) -> None:
    if not problem.text.strip():
        raise ProblemError("the problem is empty: say in words what is asked")
    if found := re.search("[\0\ud800-\udfff]", problem.text):
        what = "a NUL character" if found.group() == "\0" else "half of a character (a lone surrogate)"
        raise ProblemError(f"the problem holds {what} at position {found.start() + 1}: send plain text in UTF-8")


class _OutOfTimeError(SolverError):
    """A run that would only have added to the evidence had not begun when the budget was spent."""


def _unresolved(reason: str) -> Conclusion:
    return Conclusion(None, reason)


@dataclass(slots=True)
class _Loop:
    """The state of one problem under way."""

    begun: TraceBegun
    lm: LanguageModel
    solver: Solver
    record: Record
    budget: Budget
    limits: Limits
    on_repeat: OnRepeat
    sampling: Sampling
    assurance: Assurance
    checks: CheckConfig
    attempts: list[Attempt] = field(default_factory=list)
    assessed: Attempt | None = None
    """The attempt that concluded, and `assessment`, what its conclusion is worth."""
    assessment: Assessment | None = None
    second: Reading | None = None
    """The second reading of the problem, once there is one."""
    disagreement: str | None = None
    """What the last comparison of two readings found, where they differ."""
    differences: dict[int, Diagnostic] = field(default_factory=dict)
    """How it differs from attempts that concluded, by their numbers."""
    last: Conclusion = field(default_factory=lambda: _unresolved("no attempt was made"))
    prompt_tokens: int = 0
    completion_tokens: int = 0
    budgeted_tokens: int = 0
    lm_seconds: float = 0.0
    solver_seconds: float = 0.0
    started: float = field(default_factory=lambda: asyncio.get_running_loop().time())

    @property
    def deadline(self) -> float:
        return self.started + self.budget.seconds

    async def run(self, first: Rendered) -> Conclusion:
        """Attempt after attempt, until one concludes."""
        rendered, sampling = first, self.sampling
        problem, kind, language = self.begun.problem, self.begun.kind, self.begun.language
        while True:
            number = self._made(Purpose.FORMALISATION) + 1
            if spent := self._spent_up(number):
                return spent
            started_at = datetime.now(UTC)
            completion = await self._complete(rendered, sampling, number)
            if completion is None:
                return self._out_of_time(f"the language model was writing attempt {number}")
            attempt, repeated = await self._attempt(rendered, completion, started_at)
            if self.last.verdict is not None:
                difference = await self._corroborate(attempt, self.last.verdict) if self.assurance.corroborate else None
                if difference is None:
                    return self.last
                self.last = Conclusion(None, difference.message, (difference,))
                self.differences[attempt.number] = difference
                attempt = replace(attempt, diagnostics=(difference,))
            if self._alarmed() or completion.finish_reason is FinishReason.ABSTAINED:
                return self.last
            if repeated and self.on_repeat is OnRepeat.STOP:
                return self.last
            if repeated:
                # Asked the same way, the same reply would come.
                rendered = formalise(problem, kind, language)
                warmer = max(self.sampling.temperature, _RESTART_TEMPERATURE)
                sampling = replace(self.sampling, temperature=warmer, seed=(self.sampling.seed or 0) + number)
            else:
                rendered, sampling = repair(problem, kind, language, attempt, self.limits), self.sampling

    async def finish(self, conclusion: Conclusion) -> Trace:
        """Record the verdict and put the trace together."""
        verdict = self._judged(conclusion)
        evidence = evidence_of(self.assessed or self._last_attempt(), conclusion, self.begun.kind, self.assessment)
        spent = Spent(
            attempts=len(self.attempts),
            prompt_tokens=self.prompt_tokens,
            completion_tokens=self.completion_tokens,
            lm_seconds=self.lm_seconds,
            solver_seconds=self.solver_seconds,
            seconds=asyncio.get_running_loop().time() - self.started,
        )
        begun = self.begun
        await self.record(VerdictReached(begun.trace_id, verdict, evidence, spent))
        return Trace(
            id=begun.trace_id,
            problem=begun.problem,
            kind=begun.kind,
            language=begun.language,
            attempts=tuple(self.attempts),
            verdict=verdict,
            evidence=evidence,
            spent=spent,
            versions=begun.versions,
            created_at=begun.created_at,
        )

    def _what_to_do(self) -> str:
        if self.attempts and self.attempts[-1].completion.finish_reason is FinishReason.LENGTH:
            return "; a higher QUOD_LM_MAX_TOKENS, or a larger budget of tokens, lets the language model finish"
        return ""

    def _judged(self, conclusion: Conclusion) -> Verdict:
        """The verdict with the trust it deserves; unresolved where that is less than was asked for."""
        if conclusion.verdict is None and self.disagreement is not None:
            return Verdict(VerdictKind.UNRESOLVED, f"two readings of the problem differ: {self.disagreement}")
        if conclusion.verdict is None or self.assessment is None:
            return Verdict(VerdictKind.UNRESOLVED, conclusion.reason + self._what_to_do())
        trust, lacking = trust_of(self.assessment.grounds)
        wanted = self.assurance.min_trust
        if wanted is not None and not at_least(trust, wanted):
            found = conclusion.verdict.answer or conclusion.verdict.kind.value
            reached = "no trust" if trust is None else trust.value
            reason = f"{wanted.value} was asked for, and {found!r} reaches {reached}: {lacking}"
            return Verdict(VerdictKind.UNRESOLVED, reason)
        return replace(conclusion.verdict, trust=trust)

    def _alarmed(self) -> bool:
        """Evidence spoke against its own claim. No repair mends that: the fault is not the program's."""
        return self.assessment is not None and self.assessment.certification.alarm is not None

    def _last_attempt(self) -> Attempt | None:
        return self.attempts[-1] if self.attempts else None

    # A second reading

    async def _corroborate(self, attempt: Attempt, verdict: Verdict) -> Diagnostic | None:
        """Compare with a second formalisation, made now if there is none yet; what a repair is told if they differ.

        A budget that is spent, or a second reading that concludes nothing, leaves the verdict as it is,
        uncorroborated.
        """
        assert self.assessment is not None, "what concluded was assessed"
        independent = self.second is None
        if self.second is None:
            try:
                self.second = await self._second_reading()
            except LmError as error:
                self._note_corroboration(None, {"agrees": None, "reason": f"no second formalisation: {error}"})
                return None
        if self.second is None:
            self._note_corroboration(None, {"agrees": None, "reason": "the budget left no second formalisation"})
            return None
        first = Reading(attempt, verdict)
        begun = self.begun
        found = await compare_closely(begun.problem, begun.kind, first, self.second, self._try, independent=independent)
        shown: dict[str, object] = {
            "agrees": found.agrees,
            "compared_by": found.how,
            "reason": found.reason,
            "independence": found.independence,
            "attempt": self.second.attempt.number,
        }
        if found.agrees is False or found.difference is not None:
            shown["readings"] = readings_of(first, self.second)
            shown["difference"] = difference_of(found)
        self._note_corroboration(found.corroborates, shown)
        self.disagreement = found.reason if found.agrees is False else None
        return disagreement(found, self.second) if found.agrees is False else None

    def _note_corroboration(self, corroborated: bool | None, shown: Mapping[str, object]) -> None:
        assert self.assessment is not None
        self.assessment = replace(
            self.assessment,
            grounds=replace(self.assessment.grounds, corroborated=corroborated),
            translation={**self.assessment.translation, "corroboration": shown},
        )

    async def _second_reading(self) -> Reading | None:
        """The problem formalised in the other language, from its text alone."""
        begun = self.begun
        if self._spent_up(1) is not None:
            return None
        rendered = formalise(begun.problem, begun.kind, OTHER[begun.language])
        started_at = datetime.now(UTC)
        completion = await self._complete(rendered, self.sampling, 1, corroboration=True)
        if completion is None:
            return None
        before = asyncio.get_running_loop().time()
        formalisation = extract(completion, OTHER[begun.language], begun.kind, begun.problem.world)
        runs: dict[RunName, Run] = {}
        if isinstance(formalisation, NotExtracted):
            conclusion = Conclusion(None, _not_extracted(formalisation, completion), formalisation.diagnostics)
        else:
            conclusion, failure = await self._concluded(formalisation, runs, "it was running")
            if failure is not None:
                # The first reading has its verdict all the same; what this one says is not known.
                _log.error("%s: the second formalisation could not be run: %s", begun.trace_id, failure)
        attempt = Attempt(
            number=len(self.attempts) + 1,
            prompt=rendered.prompt,
            messages=rendered.messages,
            completion=completion,
            formalisation=formalisation,
            runs=runs,
            check=CheckReport(CheckResult.NOT_CHECKABLE, "a second reading is compared, not checked"),
            diagnostics=conclusion.diagnostics,
            started_at=started_at,
            seconds=asyncio.get_running_loop().time() - before,
            purpose=Purpose.CORROBORATION,
        )
        self.attempts.append(attempt)
        await self.record(AttemptEnded(begun.trace_id, attempt))
        return Reading(attempt, conclusion.verdict, conclusion.reason)

    def _made(self, purpose: Purpose) -> int:
        return sum(attempt.purpose is purpose for attempt in self.attempts)

    # The budget

    def _spent_up(self, number: int) -> Conclusion | None:
        if number > self.budget.attempts:
            return _unresolved(
                f"{_count(self.budget.attempts, 'attempt')} made, none concluded; the last: {self.last.reason}"
            )
        if self.budget.tokens is not None and self.budgeted_tokens >= self.budget.tokens:
            return _unresolved(
                f"the budget of {self.budget.tokens} tokens is spent after {_count(number - 1, 'attempt')}; "
                f"the last: {self.last.reason}"
            )
        if asyncio.get_running_loop().time() >= self.deadline:
            return self._out_of_time(f"{_count(number - 1, 'attempt')} had been made")
        return None

    def _out_of_time(self, when: str) -> Conclusion:
        last = f"; the last: {self.last.reason}" if self.attempts else ""
        return _unresolved(f"the budget of {self.budget.seconds:g} seconds was spent when {when}{last}")

    # One attempt

    async def _complete(
        self, rendered: Rendered, sampling: Sampling, number: int, *, corroboration: bool = False
    ) -> Completion | None:
        """A completion; None if the deadline came first."""
        if self.budget.tokens is not None:
            sampling = replace(sampling, max_tokens=min(sampling.max_tokens, self.budget.tokens - self.budgeted_tokens))
        begun = self.begun
        request = LmRequest(
            rendered.messages,
            begun.problem.text,
            number,
            sampling,
            corroboration,
            kind=begun.kind,
            language=OTHER[begun.language] if corroboration else begun.language,
            world=begun.problem.world,
        )
        before = asyncio.get_running_loop().time()
        scope = asyncio.timeout_at(self.deadline)
        try:
            async with scope:
                completion = await self.lm.complete(request)
        except TimeoutError:
            if not scope.expired():
                raise
            return None
        finally:
            self.lm_seconds += asyncio.get_running_loop().time() - before
        if completion.usage is not None:
            self.prompt_tokens += completion.usage.prompt_tokens
            self.completion_tokens += completion.usage.completion_tokens
            self.budgeted_tokens += completion.usage.prompt_tokens + completion.usage.completion_tokens
        else:
            characters = len(completion.text) + sum(len(message.content) for message in rendered.messages)
            self.budgeted_tokens += characters // _CHARACTERS_PER_TOKEN + 1
        return completion

    async def _attempt(self, rendered: Rendered, completion: Completion, started_at: datetime) -> tuple[Attempt, bool]:
        """Run what the completion holds, conclude, and record. Also says whether it was tried before."""
        begun, number = self.begun, len(self.attempts) + 1
        before = asyncio.get_running_loop().time()
        formalisation = extract(completion, begun.language, begun.kind, begun.problem.world)
        runs: dict[RunName, Run] = {}
        failure: SolverError | None = None
        earlier = self._tried_before(formalisation, completion)
        if earlier is not None:
            conclusion = _same_again(self.attempts[earlier - 1], self.differences.get(earlier))
        elif isinstance(formalisation, NotExtracted):
            conclusion = Conclusion(None, _not_extracted(formalisation, completion), formalisation.diagnostics)
        else:
            conclusion, failure = await self._concluded(formalisation, runs, f"attempt {number} was running")
        assessment: Assessment | None = None
        if conclusion.verdict is not None and isinstance(formalisation, Formalisation):
            left = max(self.deadline - asyncio.get_running_loop().time(), _LEAST_CHECK_SECONDS)
            checks = replace(self.checks, seconds=min(self.checks.seconds, left))
            assessment = await assess(
                begun.problem,
                begun.kind,
                formalisation,
                runs,
                conclusion,
                self._ask,
                self._try,
                checks,
                completion.doubt,
            )
            if alarm := assessment.certification.alarm:
                _log.error("%s: %s", begun.trace_id, alarm)
                conclusion = _unresolved(f"{alarm}. This is a fault of Quod or of an engine: please report the trace")
        self.last = conclusion
        attempt = Attempt(
            number=number,
            prompt=rendered.prompt,
            messages=rendered.messages,
            completion=completion,
            formalisation=formalisation,
            runs=runs,
            check=assessment.certification.whole if assessment else _NOT_CHECKED,
            diagnostics=conclusion.diagnostics,
            started_at=started_at,
            seconds=asyncio.get_running_loop().time() - before,
            second_opinions=assessment.certification.second_opinions if assessment else {},
        )
        self.attempts.append(attempt)
        if assessment is not None:
            self.assessed, self.assessment = attempt, assessment
        await self.record(AttemptEnded(begun.trace_id, attempt))
        if failure is not None:
            raise failure
        return attempt, earlier is not None

    async def _ask(self, job: Job, most: Limits | None = None) -> Run:
        """One run about an answer that is there; a `SolverError` if it still waits for its turn at the deadline."""
        scope = asyncio.timeout_at(self.deadline + _GRACE_SECONDS)
        try:
            async with scope:
                return await self._solve(job, most)
        except TimeoutError:
            if not scope.expired():
                raise
            raise _OutOfTimeError(f"the budget of {self.budget.seconds:g} seconds was spent") from None

    async def _try(self, job: Job) -> Run:
        """One run of the program with something changed: brief, since there are many."""
        return await self._ask(job, TRIAL)

    async def _solve(self, job: Job, most: Limits | None = None) -> Run:
        """One run, no longer than what is left of the budget, and within `most`."""
        now = asyncio.get_running_loop().time()
        seconds = min(self.limits.wall_seconds, max(self.deadline - now, 0.001))
        limits = replace(self.limits, wall_seconds=seconds)
        if most is not None:
            limits = replace(
                limits,
                wall_seconds=min(seconds, most.wall_seconds),
                cpu_seconds=min(limits.cpu_seconds, most.cpu_seconds),
                max_answers=min(limits.max_answers, most.max_answers),
            )
        try:
            return await self.solver.solve(job, limits)
        finally:
            self.solver_seconds += asyncio.get_running_loop().time() - now

    async def _concluded(
        self, formalisation: Formalisation, runs: dict[RunName, Run], when: str
    ) -> tuple[Conclusion, SolverError | None]:
        """Make the runs and conclude from them; the error, where the solvers failed. `when`: what the end of the time
        cuts short, in words.
        """
        kind, world = self.begun.kind, self.begun.problem.world
        if found := faults(formalisation, kind, world):
            return Conclusion(None, found[0].message, found), None
        try:
            cut = await self._run(formalisation, runs)
        except SolverError as error:
            return _unresolved(f"the solvers failed: {error}"), error
        conclusion = conclude(kind, world, formalisation, runs)
        return (self._out_of_time(when) if cut and conclusion.verdict is None else conclusion), None

    async def _run(self, formalisation: Formalisation, runs: dict[RunName, Run]) -> bool:
        """Make the runs; whether the deadline cut them short."""
        scope = asyncio.timeout_at(self.deadline + _GRACE_SECONDS)
        try:
            async with scope:
                await run_all(formalisation, self.begun.kind, self._solve, runs.__setitem__)
        except TimeoutError:
            if not scope.expired():
                raise
        return asyncio.get_running_loop().time() >= self.deadline

    def _tried_before(self, formalisation: Formalisation | NotExtracted, completion: Completion) -> int | None:
        """The number of the attempt that had the same program and query, comments and layout apart."""
        same = _essence(formalisation, completion)
        for attempt in self.attempts:
            if attempt.purpose is Purpose.FORMALISATION and _essence(attempt.formalisation, attempt.completion) == same:
                return attempt.number
        return None


def _essence(formalisation: Formalisation | NotExtracted, completion: Completion) -> tuple[str, ...]:
    if isinstance(formalisation, NotExtracted):
        return ("completion", completion.text.strip())
    program = formalisation.program
    text = program.text
    if program.language is Language.PROLOG:
        # Only where the rest is equal, quoted text included: so compare the text without its comment lines.
        text = re.sub(r"^[ \t]*%.*$", "", text, flags=re.MULTILINE)
    else:
        text = re.sub(r"^[ \t]*;.*$", "", text, flags=re.MULTILINE)
    return ("program", " ".join(text.split()), formalisation.query, formalisation.complement or "")


def _not_extracted(formalisation: NotExtracted, completion: Completion) -> str:
    """Why an attempt has no program, in words for the one who asked."""
    if completion.finish_reason is FinishReason.ABSTAINED:
        return f"the translator abstains: {completion.text}"
    return f"no program could be taken out of the completion: {formalisation.diagnostics[0].message}"


def _same_again(earlier: Attempt, difference: Diagnostic | None) -> Conclusion:
    what = "reply" if isinstance(earlier.formalisation, NotExtracted) else "program"
    reason = f"this is the {what} of attempt {earlier.number} again"
    diagnostic = Diagnostic(ErrorClass.LOGICAL, reason)
    # Who reads the verdict alone must learn what was wrong, not only that it was wrong twice.
    if first := next(iter(earlier.diagnostics), difference):
        reason += f", which failed: {first.message}" + (f" ({first.suggestion})" if first.suggestion else "")
    return Conclusion(None, reason, (diagnostic,))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
