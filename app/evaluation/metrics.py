"""What the results of an evaluation come to: counts, shares with intervals, and where time and problems went.

Results are read once and not kept, so that a million of them take no more memory than a thousand. Only where samples
are solved more than once are there counters for each sample. Errors and abstentions stay in every denominator that is
not said to be another. The order of the results does not matter.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from app.evaluation.statistics import Paired, paired
from app.problem import Kind
from app.reasoning.calibration import Entry, wilson
from app.reasoning.trust import at_least
from app.reasoning.types import Trust, VerdictKind
from app.store.evaluation_types import AttemptEnd, AttemptSummary, Baseline, Counts, Outcome, Result

RUNGS = tuple(reversed(Trust))
"""The highest first."""


@dataclass(frozen=True, slots=True)
class Share:
    """`part` of `of`, with Wilson's 95 % interval. `value`, `low` and `high` are None of nothing.

    Where samples are solved several times each, the interval is that of as many samples as there are, since the
    results of one sample are not independent.
    """

    part: int
    of: int
    value: float | None
    low: float | None
    high: float | None


def share(part: int, of: int, epochs: int = 1) -> Share:
    if of == 0:
        return Share(part, of, None, None, None)
    low, high = wilson(part / epochs, of / epochs)
    return Share(part, of, part / of, low, high)


@dataclass(frozen=True, slots=True)
class TrustLevel:
    """How many of the answers of one rung, and of this one or a higher one, are right."""

    trust: Trust
    exactly: Share
    at_least: Share


class State(StrEnum):
    """What an attempt came to where it has no error class. Together with the classes: the rows of a repair matrix."""

    RIGHT = "right"
    WRONG = "wrong"
    ABSTAINED = "abstained"
    STOPPED = "stopped"
    NOTHING = "no_answer"
    """No diagnostic says why there is no answer."""
    NO_ATTEMPT = "no_attempt"


def state_of(attempt: AttemptSummary) -> str:
    """Error class, or one of `State`."""
    if attempt.right is not None:
        return State.RIGHT.value if attempt.right else State.WRONG.value
    if attempt.ended is AttemptEnd.ABSTAINED:
        return State.ABSTAINED.value
    if attempt.error_class is not None:
        return attempt.error_class.value
    return State.STOPPED.value if attempt.ended is AttemptEnd.STOPPED else State.NOTHING.value


@dataclass(frozen=True, slots=True)
class FirstFault:
    """Samples whose first attempt had a fault of this class.

    Args:
        fault: error class, or a `State`.
        ran: those of which a later attempt ran.
        right: those that were correct in the end.
    """

    fault: str
    ran: Share
    right: Share


@dataclass(frozen=True, slots=True)
class RepairRow:
    """Attempts in the state `before` that another attempt followed, and what that one came to.

    Args:
        after: how many by their state, `State.RIGHT` and `WRONG` included.
        ran: those that ran, whatever came of it; `right`, those that gave the target.
    """

    before: str
    after: Mapping[str, int]
    ran: Share
    right: Share


class Stage(StrEnum):
    """Where a sample that is not correct failed."""

    PART = "a part failed"
    NO_ATTEMPT = "no attempt was finished"
    TRANSLATOR_ABSTAINED = "the translator abstained"
    NO_PROGRAM = "no program in the completion"
    REPEATED = "the same program again"
    REJECTED = "the program was rejected"
    STOPPED = "a limit stopped the program"
    NO_ANSWER = "it ran, and nothing follows"
    HELD_BACK = "an answer, held back"
    """Too little trust, or two readings of the problem that differ."""
    WRONG = "an answer, and wrong"


_STAGES = {
    AttemptEnd.ABSTAINED: Stage.TRANSLATOR_ABSTAINED,
    AttemptEnd.NOT_EXTRACTED: Stage.NO_PROGRAM,
    AttemptEnd.REPEATED: Stage.REPEATED,
    AttemptEnd.REJECTED: Stage.REJECTED,
    AttemptEnd.STOPPED: Stage.STOPPED,
    AttemptEnd.NO_ANSWER: Stage.NO_ANSWER,
    AttemptEnd.ANSWERED: Stage.HELD_BACK,
}


def stage_of(result: Result) -> Stage | None:
    """None: it is correct."""
    match result.outcome:
        case Outcome.CORRECT:
            return None
        case Outcome.WRONG:
            return Stage.WRONG
        case Outcome.ERRORED:
            return Stage.PART
        case Outcome.ABSTAINED:
            return _STAGES[result.attempts[-1].ended] if result.attempts else Stage.NO_ATTEMPT


@dataclass(frozen=True, slots=True)
class Bucket:
    """`n` values from `low`, and below `high`."""

    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class Distribution:
    """Of a quantity over all results. `p50` and `p95` are values that occur, to three digits; None of nothing."""

    n: int
    total: float
    mean: float | None
    p50: float | None
    p95: float | None
    buckets: tuple[Bucket, ...]


@dataclass(frozen=True, slots=True)
class RiskPoint:
    """Of the answers that are trusted most, as many as are `coverage` of all results, the share `risk` is wrong.

    Args:
        trust, attempts: of the last of these answers.
    """

    trust: Trust | None
    attempts: int
    coverage: float
    risk: float


@dataclass(frozen=True, slots=True)
class RiskCoverage:
    """Answers in the order of their trust, within a rung those with fewer attempts first.

    Args:
        points: where trust or the number of attempts changes; the last is all that was answered.
        aurc: area under the risk-coverage curve: the mean risk over all points, one for each answer. Answers that
            nothing orders count as in random order. None: nothing was answered.
    """

    points: tuple[RiskPoint, ...]
    aurc: float | None


@dataclass(frozen=True, slots=True)
class PassAt:
    """The share of samples that one of `k` tries would solve, by the unbiased estimator of Chen et al. (2021)."""

    k: int
    value: float | None
    samples: int


@dataclass(frozen=True, slots=True)
class Repeated:
    """Of samples that were solved more than once.

    Args:
        by_epoch: accuracy of each epoch, of all its results.
        mean: of these; `deviation`, their sample standard deviation, None of fewer than two.
        pass_at: from 1 to the number of epochs, over the samples that have so many results.
        majority: samples whose most frequent answer, errors and abstentions apart, is right. A tie is none.
        consistency: the probability that two epochs of a sample say the same, mean over samples with two or more; an
            error is the same as nothing else. None: there is no such sample.
    """

    by_epoch: Mapping[int, Share]
    mean: float | None
    deviation: float | None
    pass_at: tuple[PassAt, ...]
    majority: Share
    consistency: float | None


@dataclass(frozen=True, slots=True)
class BaselineMetrics:
    """The same language model without a solver; `paired`: the solver first, the baseline second."""

    counts: Counts
    accuracy: Share
    accuracy_of_answered: Share
    paired: Paired
    tokens: Distribution
    seconds: Distribution


@dataclass(frozen=True, slots=True)
class Rung:
    """Answers of one kind and one rung of trust, the first epoch of each sample alone: what calibration counts."""

    kind: Kind
    trust: Trust
    right: int
    n: int


@dataclass(frozen=True, slots=True)
class Metrics:
    """Everything that a report says in figures.

    Args:
        results: how many; with several epochs more than there are samples.
        accuracy: correct, of all results. `coverage`: answered, right or wrong, of all. `accuracy_of_answered`:
            correct, of those.
        first_try_ran: samples whose first attempt ran, of all.
        after_attempts: of how many results the last attempt, up to the first, the second, ..., came to what.
        made: how many first, second, ... attempts there were.
        errors: errored results by the name of the fault.
    """

    results: int
    epochs: int
    counts: Counts
    accuracy: Share
    coverage: Share
    accuracy_of_answered: Share
    by_trust: tuple[TrustLevel, ...]
    first_try_ran: Share
    first_faults: tuple[FirstFault, ...]
    repairs: tuple[RepairRow, ...]
    after_attempts: tuple[Mapping[str, int], ...]
    made: tuple[int, ...]
    stages: Mapping[Stage, int]
    errors: Mapping[str, int]
    tokens: Distribution
    prompt_tokens: int
    completion_tokens: int
    seconds: Distribution
    lm_seconds: Distribution
    solver_seconds: Distribution
    risk_coverage: RiskCoverage
    repeated: Repeated | None
    baseline: BaselineMetrics | None
    rungs: tuple[Rung, ...]


def measure(results: Iterable[Result], epochs: int = 1) -> Metrics:
    """Everything of `results`, each of which is read once.

    Args:
        epochs: how often each sample is solved, as the evaluation was configured.
    """
    tally = _Tally(epochs)
    for result in results:
        tally.add(result)
    return tally.metrics()


def calibration_entries(metrics: Metrics, dataset: str, lm: str, trust_rule: int) -> tuple[Entry, ...]:
    """What the results say of each rung of trust, for a calibration table.

    Args:
        trust_rule: under which the verdicts were judged.
    """
    return tuple(Entry(dataset, lm, rung.kind, rung.trust, trust_rule, rung.right, rung.n) for rung in metrics.rungs)


# Quantities


@dataclass(slots=True)
class _Quantity:
    """Values as counts of their first three digits, and their exact sum in billionths, whatever their order."""

    counts: Counter[float] = field(default_factory=Counter)
    billionths: int = 0

    def add(self, value: float) -> None:
        self.counts[float(f"{value:.3g}")] += 1
        self.billionths += round(value * 1e9)

    def distribution(self) -> Distribution:
        n = self.counts.total()
        total = self.billionths / 1e9
        if n == 0:
            return Distribution(0, 0.0, None, None, None, ())
        return Distribution(n, total, total / n, self._at(0.5), self._at(0.95), self._buckets())

    def _at(self, quantile: float) -> float:
        """The smallest value that so many values do not exceed."""
        wanted = math.ceil(quantile * self.counts.total())
        seen = 0
        for value in sorted(self.counts):
            seen += self.counts[value]
            if seen >= wanted:
                return value
        raise AssertionError("a quantile lies among the values")

    def _buckets(self) -> tuple[Bucket, ...]:
        """By 1, 2, 5, 10, ...; from the first that holds a value to the last, empty ones between them included."""
        held: Counter[int] = Counter()
        for value, n in self.counts.items():
            held[_bucket(value)] += n
        return tuple(
            Bucket(0.0 if place == _ZERO else _edge(place), _edge(place + 1), held[place])
            for place in range(min(held), max(held) + 1)
        )


_SMALLEST = -3
"""Power of ten: values up to about a thousandth share the first bucket with zero."""
_ZERO = 3 * _SMALLEST


def _edge(place: int) -> float:
    return float(f"{(1, 2, 5)[place % 3]}e{place // 3}")


def _bucket(value: float) -> int:
    if value < _edge(_ZERO + 1):
        return _ZERO
    place = 3 * math.floor(math.log10(value)) - 1
    while _edge(place + 1) <= value:
        place += 1
    return place


# Counting


@dataclass(slots=True)
class _OfSample:
    """Of one sample over its epochs."""

    n: int = 0
    correct: int = 0
    said: Counter[str] = field(default_factory=Counter)
    """Without errors."""

    def add(self, result: Result) -> None:
        self.n += 1
        self.correct += result.outcome is Outcome.CORRECT
        if result.outcome is not Outcome.ERRORED:
            self.said[_said(result)] += 1


_CORRECT, _NOTHING = "correct", "nothing"


def _said(result: Result) -> str:
    """What is the same in two epochs; right answers are, however they are written."""
    if result.outcome is Outcome.CORRECT:
        return _CORRECT
    if result.outcome is Outcome.ABSTAINED:
        return _NOTHING
    kind = (result.verdict or VerdictKind.ANSWERED).value
    return f"{kind}: {' '.join((result.answer or '').casefold().split())}"


@dataclass(slots=True)
class _OfBaseline:
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    pairs: Counter[tuple[bool, bool]] = field(default_factory=Counter)
    first_pairs: Counter[tuple[bool, bool]] = field(default_factory=Counter)
    tokens: _Quantity = field(default_factory=_Quantity)
    seconds: _Quantity = field(default_factory=_Quantity)

    def add(self, result: Result, baseline: Baseline) -> None:
        self.outcomes[baseline.outcome] += 1
        pair = (result.outcome is Outcome.CORRECT, baseline.outcome is Outcome.CORRECT)
        self.pairs[pair] += 1
        if result.epoch == 1:
            self.first_pairs[pair] += 1
        self.tokens.add(baseline.prompt_tokens + baseline.completion_tokens)
        self.seconds.add(baseline.seconds)


@dataclass(slots=True)
class _Tally:
    epochs: int
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    answers: Counter[tuple[Trust | None, int, bool]] = field(default_factory=Counter)
    """By trust, attempts, and whether it is right."""
    rungs: Counter[tuple[Kind, Trust, bool]] = field(default_factory=Counter)
    first_ran: int = 0
    faults: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    moves: Counter[tuple[str, str, bool]] = field(default_factory=Counter)
    """From one attempt to the next: state, state, and whether the second ran."""
    made: Counter[tuple[int, str]] = field(default_factory=Counter)
    ended: Counter[tuple[int, str]] = field(default_factory=Counter)
    stages: Counter[Stage] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    prompt_tokens: int = 0
    completion_tokens: int = 0
    tokens: _Quantity = field(default_factory=_Quantity)
    seconds: _Quantity = field(default_factory=_Quantity)
    lm_seconds: _Quantity = field(default_factory=_Quantity)
    solver_seconds: _Quantity = field(default_factory=_Quantity)
    by_epoch: Counter[tuple[int, bool]] = field(default_factory=Counter)
    samples: dict[int, _OfSample] = field(default_factory=lambda: defaultdict(_OfSample))
    """By position; empty where each sample is solved once."""
    baseline: _OfBaseline = field(default_factory=_OfBaseline)

    def add(self, result: Result) -> None:
        self.outcomes[result.outcome] += 1
        if (stage := stage_of(result)) is not None:
            self.stages[stage] += 1
        if result.outcome is Outcome.ERRORED:
            self.errors[result.error_type or "unknown"] += 1
        self._add_answer(result)
        self._add_attempts(result)
        self.prompt_tokens += result.prompt_tokens
        self.completion_tokens += result.completion_tokens
        self.tokens.add(result.prompt_tokens + result.completion_tokens)
        self.seconds.add(result.seconds)
        self.lm_seconds.add(result.lm_seconds)
        self.solver_seconds.add(result.solver_seconds)
        if self.epochs > 1:
            self.by_epoch[result.epoch, result.outcome is Outcome.CORRECT] += 1
            self.samples[result.position].add(result)
        if result.baseline is not None:
            self.baseline.add(result, result.baseline)

    def _add_answer(self, result: Result) -> None:
        if result.outcome not in (Outcome.CORRECT, Outcome.WRONG):
            return
        right = result.outcome is Outcome.CORRECT
        self.answers[result.trust, len(result.attempts), right] += 1
        if result.epoch == 1 and result.trust is not None and result.kind is not None:
            self.rungs[result.kind, result.trust, right] += 1

    def _add_attempts(self, result: Result) -> None:
        states = [state_of(attempt) for attempt in result.attempts]
        for number, state in enumerate(states, 1):
            self.made[number, state] += 1
        self.ended[len(states), states[-1] if states else State.NO_ATTEMPT.value] += 1
        if not states:
            return
        self.first_ran += result.attempts[0].ran
        for before, after, attempt in zip(states, states[1:], result.attempts[1:], strict=False):
            self.moves[before, after, attempt.ran] += 1
        if result.attempts[0].right is None and states[0] != State.ABSTAINED:
            counted = self.faults[states[0]]
            counted["all"] += 1
            counted["ran"] += any(attempt.ran for attempt in result.attempts[1:])
            counted["right"] += result.outcome is Outcome.CORRECT

    # Together

    def metrics(self) -> Metrics:
        n, correct = self.outcomes.total(), self.outcomes[Outcome.CORRECT]
        answered = correct + self.outcomes[Outcome.WRONG]
        return Metrics(
            results=n,
            epochs=self.epochs,
            counts=_counts(self.outcomes),
            accuracy=self._share(correct, n),
            coverage=self._share(answered, n),
            accuracy_of_answered=self._share(correct, answered),
            by_trust=tuple(self._level(trust) for trust in RUNGS),
            first_try_ran=self._share(self.first_ran, n),
            first_faults=self._first_faults(),
            repairs=self._repairs(),
            after_attempts=self._after_attempts(),
            made=self._made(),
            stages={stage: self.stages[stage] for stage in Stage if self.stages[stage]},
            errors=_by_count(self.errors),
            tokens=self.tokens.distribution(),
            prompt_tokens=self.prompt_tokens,
            completion_tokens=self.completion_tokens,
            seconds=self.seconds.distribution(),
            lm_seconds=self.lm_seconds.distribution(),
            solver_seconds=self.solver_seconds.distribution(),
            risk_coverage=self._risk_coverage(n),
            repeated=self._repeated() if self.epochs > 1 else None,
            baseline=self._baseline() if self.baseline.outcomes else None,
            rungs=self._rungs(),
        )

    def _share(self, part: int, of: int) -> Share:
        return share(part, of, self.epochs)

    def _level(self, level: Trust) -> TrustLevel:
        exactly, above = Counter[bool](), Counter[bool]()
        for (trust, _, right), n in self.answers.items():
            exactly[right] += n if trust is level else 0
            above[right] += n if at_least(trust, level) else 0
        return TrustLevel(level, self._share(exactly[True], exactly.total()), self._share(above[True], above.total()))

    def _first_faults(self) -> tuple[FirstFault, ...]:
        return tuple(
            FirstFault(
                fault, self._share(counted["ran"], counted["all"]), self._share(counted["right"], counted["all"])
            )
            for fault, counted in sorted(self.faults.items(), key=lambda item: (-item[1]["all"], item[0]))
        )

    def _repairs(self) -> tuple[RepairRow, ...]:
        rows = []
        of = Counter[str]()
        for (before, _, _), n in self.moves.items():
            of[before] += n
        for before, n in _by_count(of).items():
            after, ran = Counter[str](), 0
            for (start, end, did_run), moved in self.moves.items():
                if start == before:
                    after[end] += moved
                    ran += moved if did_run else 0
            right = self._share(after[State.RIGHT], n)
            rows.append(RepairRow(before, _by_count(after), self._share(ran, n), right))
        return tuple(rows)

    def _made(self) -> tuple[int, ...]:
        by_number = Counter[int]()
        for (number, _), n in self.made.items():
            by_number[number] += n
        return tuple(by_number[number] for number in range(1, max(by_number, default=0) + 1))

    def _after_attempts(self) -> tuple[Mapping[str, int], ...]:
        states = []
        for number in range(1, len(self._made()) + 1):
            now = Counter[str]()
            for (made, state), n in self.made.items():
                now[state] += n if made == number else 0
            for (ended, state), n in self.ended.items():
                now[state] += n if ended < number else 0
            states.append(_by_count(now))
        return tuple(states)

    def _risk_coverage(self, n: int) -> RiskCoverage:
        groups: dict[tuple[int, int], Counter[bool]] = defaultdict(Counter)
        for (trust, attempts, right), count in self.answers.items():
            groups[len(RUNGS) if trust is None else RUNGS.index(trust), attempts][right] += count
        points, seen, wrong, area = [], 0, 0, 0.0
        for (rank, attempts), counted in sorted(groups.items()):
            more, more_wrong = counted.total(), counted[False]
            # The i-th answer of the group has (wrong + more_wrong * i / more) wrong ones up to it, in the mean.
            slope = more_wrong / more
            harmonic = math.fsum(1 / number for number in range(seen + 1, seen + more + 1))
            area += slope * more + (wrong - slope * seen) * harmonic
            seen, wrong = seen + more, wrong + more_wrong
            trust = RUNGS[rank] if rank < len(RUNGS) else None
            points.append(RiskPoint(trust, attempts, seen / n, wrong / seen))
        return RiskCoverage(tuple(points), area / seen if seen else None)

    def _repeated(self) -> Repeated:
        by_epoch = {
            epoch: share(self.by_epoch[epoch, True], self.by_epoch[epoch, True] + self.by_epoch[epoch, False])
            for epoch in sorted({epoch for epoch, _ in self.by_epoch})
        }
        values = [each.value for each in by_epoch.values() if each.value is not None]
        mean = math.fsum(values) / len(values) if values else None
        deviation = None
        if mean is not None and len(values) > 1:
            deviation = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1))
        agreeing = [_agreement(sample) for sample in self.samples.values() if sample.n > 1]
        return Repeated(
            by_epoch=by_epoch,
            mean=mean,
            deviation=deviation,
            pass_at=tuple(self._pass_at(k) for k in range(1, self.epochs + 1)),
            majority=share(sum(map(_majority_is_right, self.samples.values())), len(self.samples)),
            consistency=math.fsum(agreeing) / len(agreeing) if agreeing else None,
        )

    def _pass_at(self, k: int) -> PassAt:
        found = [
            1 - math.comb(sample.n - sample.correct, k) / math.comb(sample.n, k)
            for sample in self.samples.values()
            if sample.n >= k
        ]
        return PassAt(k, math.fsum(found) / len(found) if found else None, len(found))

    def _baseline(self) -> BaselineMetrics:
        held = self.baseline
        n, correct = held.outcomes.total(), held.outcomes[Outcome.CORRECT]
        return BaselineMetrics(
            counts=_counts(held.outcomes),
            accuracy=self._share(correct, n),
            accuracy_of_answered=self._share(correct, correct + held.outcomes[Outcome.WRONG]),
            paired=paired(held.pairs, held.first_pairs),
            tokens=held.tokens.distribution(),
            seconds=held.seconds.distribution(),
        )

    def _rungs(self) -> tuple[Rung, ...]:
        found = sorted({(kind, trust) for kind, trust, _ in self.rungs}, key=lambda one: (one[0], RUNGS.index(one[1])))
        return tuple(
            Rung(
                kind,
                trust,
                self.rungs[kind, trust, True],
                self.rungs[kind, trust, True] + self.rungs[kind, trust, False],
            )
            for kind, trust in found
        )


def _counts(outcomes: Mapping[Outcome, int]) -> Counts:
    return Counts(*(outcomes.get(outcome, 0) for outcome in Outcome))


def _by_count(counted: Mapping[str, int]) -> dict[str, int]:
    """The most frequent first; equal ones by name."""
    return dict(sorted(((name, n) for name, n in counted.items() if n), key=lambda item: (-item[1], item[0])))


def _majority_is_right(sample: _OfSample) -> bool:
    votes = {said: n for said, n in sample.said.items() if said != _NOTHING}
    most = max(votes.values(), default=0)
    return [said for said, n in votes.items() if n == most] == [_CORRECT]


def _agreement(sample: _OfSample) -> float:
    return sum(math.comb(n, 2) for n in sample.said.values()) / math.comb(sample.n, 2)
