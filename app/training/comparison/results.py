"""What the runs gave, put together: the problems that count, and of every run what became of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.training.comparison.answers import Answered
from app.training.comparison.runs import ANSWERS, RunResult, folder_of, read_result
from app.training.comparison.statistics import Discordant, difference_interval, discordant
from app.training.job import TrainingError

POOLED = "all"


@dataclass(frozen=True, slots=True)
class CountedSet:
    """A test set as it counts.

    Args:
        of: problems of the file; `near`, `again`, `unread`: how many do not count, and why (`SetAnswers`).
        alone, cocktail: by seed the answers to the problems that count, in one order.
    """

    name: str
    file: str
    of: int
    near: int
    again: int
    unread: int
    alone: tuple[tuple[Answered, ...], ...]
    cocktail: tuple[tuple[Answered, ...], ...]

    @property
    def problems(self) -> int:
        return len(self.alone[0])


@dataclass(frozen=True, slots=True)
class Measured:
    """Two recipes on one set, all seeds together, by the first answers or by those with repair.

    Args:
        problems: that count; `answers`: of each recipe, by all seeds.
        alone, cocktail: right answers by seed.
        difference: cocktail less alone, a share of the answers; `low`, `high`: its 95 % interval.
    """

    name: str
    problems: int
    alone: tuple[int, ...]
    cocktail: tuple[int, ...]
    difference: float
    low: float
    high: float
    discordant: Discordant

    @property
    def answers(self) -> int:
        return self.problems * len(self.alone)

    @property
    def differs(self) -> bool:
        """The test and the interval say so, and every seed's difference points the same way."""
        signs = {(two > one) - (two < one) for one, two in zip(self.alone, self.cocktail, strict=True)}
        return self.discordant.p < 0.05 and not self.low <= 0 <= self.high and signs in ({1}, {-1})


@dataclass(frozen=True, slots=True)
class Results:
    """All runs, by seed in one order."""

    seeds: tuple[int, ...]
    alone: tuple[RunResult, ...]
    cocktail: tuple[RunResult, ...]
    sets: tuple[CountedSet, ...]

    def measured(self, *, with_repair: bool) -> list[Measured]:
        """The sets, and behind them all of them pooled."""
        return [
            *(_measured(each.name, [each], with_repair) for each in self.sets),
            _measured(POOLED, self.sets, with_repair),
        ]

    def answers(self) -> Mapping[str, list[Answered]]:
        """All answers that count, by recipe."""
        return {
            self.alone[0].recipe: [one for each in self.sets for seed in each.alone for one in seed],
            self.cocktail[0].recipe: [one for each in self.sets for seed in each.cocktail for one in seed],
        }


def collect(out: Path, alone: str, cocktail: str, seeds: Sequence[int]) -> Results:
    """The runs of a folder; `alone` and `cocktail` are names of recipes.

    Raises:
        TrainingError: a run is missing or damaged, or the runs cannot be compared: they did not see the same SOLVE data
            or the same test sets.
    """
    places = [folder_of(out, recipe, seed) / ANSWERS for recipe in (alone, cocktail) for seed in seeds]
    if missing := [str(place.parent) for place in places if not place.is_file()]:
        raise TrainingError(f"runs that are not finished: {', '.join(missing)}")
    runs = [read_result(place) for place in places]
    one, two = tuple(runs[: len(seeds)]), tuple(runs[len(seeds) :])
    for first, second in zip(one, two, strict=True):
        _require_alike(first, second)
    for run in runs:
        if _sets_of(run) != _sets_of(runs[0]):
            raise TrainingError(f"{run.recipe} with seed {run.seed} answered other test sets than the runs before it")
    return Results(tuple(seeds), one, two, tuple(_counted(number, one, two) for number in range(len(runs[0].sets))))


def _require_alike(alone: RunResult, cocktail: RunResult) -> None:
    differ = [name for name, made in alone.data.items() if cocktail.data.get(name) != made]
    if alone.words != cocktail.words:
        differ.append("the words they know")
    if alone.updates != cocktail.updates:
        differ.append("the number of updates")
    if alone.parameters != cocktail.parameters:
        differ.append("the size")
    if differ:
        raise TrainingError(f"the runs with seed {alone.seed} cannot be compared: they differ in {', '.join(differ)}")


def _sets_of(run: RunResult) -> list[tuple[str, str, int]]:
    return [(each.name, each.sha256, len(each.answers)) for each in run.sets]


def _counted(number: int, alone: Sequence[RunResult], cocktail: Sequence[RunResult]) -> CountedSet:
    sets = [run.sets[number] for run in (*alone, *cocktail)]
    # Near to what any of the runs was trained on: all are measured on the same problems.
    near = {place for each in sets for place in each.near}
    again = {place for each in sets for place in each.again} - near
    counted = [place for place in range(len(sets[0].answers)) if place not in near and place not in again]
    answers = [tuple(each.answers[place] for place in counted) for each in sets]
    return CountedSet(
        name=sets[0].name,
        file=sets[0].file,
        of=len(sets[0].answers) + sets[0].unread,
        near=len(near),
        again=len(again),
        unread=sets[0].unread,
        alone=tuple(answers[: len(alone)]),
        cocktail=tuple(answers[len(alone) :]),
    )


def _measured(name: str, sets: Iterable[CountedSet], with_repair: bool) -> Measured:
    def right(answered: Answered) -> bool:
        return answered.right_at_last if with_repair else answered.right_at_first

    sets = list(sets)
    seeds = range(len(sets[0].alone))
    alone = [[right(one) for each in sets for one in each.alone[seed]] for seed in seeds]
    cocktail = [[right(one) for each in sets for one in each.cocktail[seed]] for seed in seeds]
    by_problem = [
        (sum(two) - sum(one)) / len(seeds)
        for one, two in zip(zip(*alone, strict=True), zip(*cocktail, strict=True), strict=True)
    ]
    low, high = difference_interval(by_problem)
    return Measured(
        name=name,
        problems=len(by_problem),
        alone=tuple(map(sum, alone)),
        cocktail=tuple(map(sum, cocktail)),
        difference=sum(by_problem) / max(1, len(by_problem)),
        low=low,
        high=high,
        discordant=discordant(
            (one, two) for seed in seeds for one, two in zip(alone[seed], cocktail[seed], strict=True)
        ),
    )
