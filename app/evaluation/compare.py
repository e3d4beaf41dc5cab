"""Compares two evaluations of the same dataset, sample by sample."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

from app.errors import ComparisonError
from app.evaluation.metrics import Share, share
from app.evaluation.statistics import Paired, difference_interval, paired
from app.store.evaluation_types import Evaluation, Outcome, Result


@dataclass(frozen=True, slots=True)
class Side:
    """What one of the two said of a sample."""

    outcome: Outcome
    answer: str | None
    trust: str | None
    trace_id: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """A sample of which the two have different outcomes."""

    sample_id: str
    position: int
    epoch: int
    target: str
    first: Side
    second: Side


@dataclass(frozen=True, slots=True)
class Difference:
    """A setting or version that the two do not share; None: one of them has none of this name."""

    name: str
    first: object
    second: object


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two evaluations over the samples and epochs of which both have a result.

    Args:
        first, second: their ids; `first_accuracy` and `second_accuracy` are those over the pairs alone.
        table: how often each is correct.
        difference: accuracy of the second less that of the first, mean over samples.
        low, high: its 95 % interval, by the BCa bootstrap over samples, so that several epochs of one sample count as
            the one sample they are; None: every sample has the same difference.
        outcomes: pairs by outcome of the first and of the second.
        only_in_first, only_in_second: results without a partner; `unfinished_first`, `unfinished_second`: those that an
            evaluation has yet to give.
        changes: by position and epoch; those where exactly one is correct before the others.
        settings: what else differs between the two.
    """

    first: str
    second: str
    first_accuracy: Share
    second_accuracy: Share
    table: Paired
    difference: float
    low: float | None
    high: float | None
    outcomes: Mapping[tuple[Outcome, Outcome], int]
    only_in_first: int
    only_in_second: int
    unfinished_first: int
    unfinished_second: int
    changes: tuple[Change, ...]
    settings: tuple[Difference, ...]


def compare(
    first: Evaluation, second: Evaluation, first_results: Iterable[Result], second_results: Iterable[Result]
) -> Comparison:
    """Pair the results by sample and epoch.

    Raises:
        ComparisonError: the two are of different datasets, or no sample was solved in both.
    """
    if first.dataset.sha256 != second.dataset.sha256:
        raise ComparisonError(
            f"{first.id} is of {_named(first)} and {second.id} of {_named(second)}: only evaluations of the same "
            "dataset can be compared sample by sample"
        )
    waiting = {(result.sample_id, result.epoch): _side(result) for result in first_results}
    tally = _Tally()
    for result in second_results:
        side = waiting.pop((result.sample_id, result.epoch), None)
        if side is None:
            tally.only_in_second += 1
        else:
            tally.add(side, result)
    if not tally.outcomes:
        raise ComparisonError(
            f"{first.id} and {second.id} have no sample in common that both have a result of: run both on the same "
            "samples (limit and sample seed), or wait until more of them is done"
        )
    return tally.comparison(first, second, len(waiting))


def settings_of(evaluation: Evaluation) -> dict[str, object]:
    """All that the result depends on besides the dataset, by dotted names."""
    found: dict[str, object] = {}
    _flatten("", {**asdict(evaluation.config), "versions": dict(evaluation.versions)}, found)
    if evaluation.lm is not None:
        _flatten("language_model.", asdict(evaluation.lm), found)
    return found


def _flatten(prefix: str, body: Mapping[str, object], into: dict[str, object]) -> None:
    for name, value in body.items():
        if isinstance(value, Mapping):
            _flatten(f"{prefix}{name}.", value, into)
        elif name == "prompts" and isinstance(value, list | tuple):
            prompts = {f"{one['name']}/v{one['version']}": one["sha256"] for one in value}
            _flatten(f"{prefix}{name}.", prompts, into)
        else:
            into[f"{prefix}{name}"] = value


def _named(evaluation: Evaluation) -> str:
    return f"{evaluation.dataset.name!r} ({evaluation.dataset.sha256[:12]})"


def _side(result: Result) -> Side:
    answer = result.answer
    if answer is None and result.verdict is not None:
        answer = result.verdict.value
    return Side(result.outcome, answer, result.trust, result.trace_id)


class _Tally:
    def __init__(self) -> None:
        self.outcomes: Counter[tuple[Outcome, Outcome]] = Counter()
        self.first_epochs: dict[int, tuple[int, tuple[bool, bool]]] = {}
        """By position: the lowest epoch of the pairs there are, and who is correct in it."""
        self.gains: dict[int, list[int]] = defaultdict(lambda: [0, 0])
        """By position: how much more often the second is correct, and in how many pairs."""
        self.changes: list[Change] = []
        self.only_in_second = 0
        self.epochs = 1

    def add(self, side: Side, result: Result) -> None:
        other = _side(result)
        self.outcomes[side.outcome, other.outcome] += 1
        correct = (side.outcome is Outcome.CORRECT, other.outcome is Outcome.CORRECT)
        seen = self.first_epochs.get(result.position)
        if seen is None or result.epoch < seen[0]:
            self.first_epochs[result.position] = (result.epoch, correct)
        gain = self.gains[result.position]
        gain[0] += correct[1] - correct[0]
        gain[1] += 1
        self.epochs = max(self.epochs, gain[1])
        if side.outcome is not other.outcome:
            self.changes.append(Change(result.sample_id, result.position, result.epoch, result.target, side, other))

    def comparison(self, first: Evaluation, second: Evaluation, only_in_first: int) -> Comparison:
        pairs = Counter[tuple[bool, bool]]()
        for (one, other), n in self.outcomes.items():
            pairs[one is Outcome.CORRECT, other is Outcome.CORRECT] += n
        table = paired(pairs, Counter(correct for _, correct in self.first_epochs.values()))
        differences = [gain / n for gain, n in self.gains.values()]
        interval = difference_interval(differences)
        low, high = interval if interval is not None else (None, None)
        return Comparison(
            first=first.id,
            second=second.id,
            first_accuracy=share(table.both + table.only_first, table.pairs, self.epochs),
            second_accuracy=share(table.both + table.only_second, table.pairs, self.epochs),
            table=table,
            difference=math.fsum(differences) / len(differences),
            low=low,
            high=high,
            outcomes=dict(sorted(self.outcomes.items())),
            only_in_first=only_in_first,
            only_in_second=self.only_in_second,
            unfinished_first=first.counts.waiting,
            unfinished_second=second.counts.waiting,
            changes=tuple(sorted(self.changes, key=_weight)),
            settings=_differences(settings_of(first), settings_of(second)),
        )


def _weight(change: Change) -> tuple[bool, int, int]:
    is_decisive = Outcome.CORRECT in (change.first.outcome, change.second.outcome)
    return not is_decisive, change.position, change.epoch


def _differences(first: Mapping[str, object], second: Mapping[str, object]) -> tuple[Difference, ...]:
    return tuple(
        Difference(name, first.get(name), second.get(name))
        for name in sorted(first.keys() | second.keys())
        if first.get(name) != second.get(name)
    )
