"""The page of the comparison and its plot, written from what the runs kept; no figure of it is written by hand."""

import importlib
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from app.reasoning.calibration import wilson
from app.training.checkpoints import write_file
from app.training.comparison.answers import ATTEMPTS, Answered, Outcome
from app.training.comparison.results import POOLED, Measured, Results
from app.training.comparison.statistics import RESAMPLES
from app.training.recipe import EmbeddedRecipe, FromFile, Pairs

_NAMES = ("SOLVE alone", "cocktail")
_CLASSES = {
    Outcome.SYNTAX: "no expression",
    Outcome.EXISTENCE: "names what is no quantity of the problem; a number that the text lacks cannot be written",
    Outcome.EVALUATION: "has no value, as by division by zero",
    Outcome.LOGICAL: "has a value, and not the right one",
    Outcome.RIGHT: "",
    Outcome.UNREAD: "more place-holders than the translator has, so that nothing is written",
}
_REFUSED = "value refused"
NEAR_EVALUATED = "nearly an evaluated problem"
"""The reason for which `app.training.pools` leaves a row out."""


def write_page(results: Results, recipes: tuple[EmbeddedRecipe, EmbeddedRecipe], page: Path) -> None:
    """Writes the page, and its plot beside it under the same name.

    Raises:
        CheckpointError: they could not be written.
    """
    plot = page.with_suffix(".svg")
    write_file(plot, plot_svg(results))
    write_file(page, page_text(results, recipes, plot.name))


def page_text(results: Results, recipes: tuple[EmbeddedRecipe, EmbeddedRecipe], plot: str) -> str:
    """The page in Markdown."""
    lines = [
        "# SOLVE alone against the cocktail",
        "",
        "Does a translator solve more problems if it also learns rules (KB) and to judge programs (ALIGN)? NeuroProlog",
        "(arXiv 2603.02504) says so of language models of 3B to 32B parameters. Measured here at the size that two",
        "processor cores train in minutes. This page is written by `python -m app.training.comparison`.",
        "",
        "## Result",
        "",
        *_result(results),
        "",
        f"![Right answers by test set, and what became of all answers]({plot})",
        "",
        *_accuracy(results),
        "",
        "## Errors and repairs",
        "",
        *_errors(results),
        "",
        "## What was compared",
        "",
        *_method(results, recipes),
        "",
        "## What this does not show",
        "",
        "- Anything about language models: this network knows nothing before it is trained, reads masked words, and",
        "  writes prefix expressions, of which code makes the program.",
        "- How far other seeds would differ: the interval is over problems, not over trainings. How far the trainings",
        "  lie apart is in the columns of the seeds.",
        "- What SOLVE alone would give for as much computing: an update of the cocktail has more examples and takes",
        "  longer.",
    ]
    return "\n".join(lines) + "\n"


def _result(results: Results) -> Iterator[str]:
    for with_repair, what in ((True, f"With up to {ATTEMPTS} attempts"), (False, "At the first attempt")):
        pooled = results.measured(with_repair=with_repair)[-1]
        seeds = ", ".join(
            _points((two - one) / max(1, pooled.problems))
            for one, two in zip(pooled.alone, pooled.cocktail, strict=True)
        )
        verdict = (
            f"the cocktail is {'better' if pooled.difference > 0 else 'worse'} than SOLVE alone"
            if pooled.differs
            else "the two cannot be told apart"
        )
        yield (
            f"**{what}, {verdict}:** {_share(sum(pooled.cocktail), pooled.answers)} right with the cocktail, "
            f"{_share(sum(pooled.alone), pooled.answers)} with SOLVE alone, of {pooled.answers:,} answers each "
            f"({pooled.problems:,} problems, {len(results.seeds)} seeds). The difference is "
            f"{_points(pooled.difference)} points, 95 % interval {_points(pooled.low)} to "
            f"{_points(pooled.high)}; by seed "
            f"{seeds}. McNemar's exact test: {_p(pooled.discordant.p)}, "
            f"{pooled.discordant.only_second:,} right with the "
            f"cocktail only, {pooled.discordant.only_first:,} with SOLVE alone only."
        )
        yield ""
    yield (
        "The first of the two is what the comparison was set up for. McNemar's test takes all answers "
        "for independent, and "
        "those of several seeds to one problem are not, so its p is too small; the interval draws "
        "problems with all their "
        "answers. We say that the two differ where both say so and every seed's difference points the same way."
    )
    aligned = [run.aligned for run in results.cocktail if run.aligned is not None]
    if aligned:
        right, of = sum(each[0] for each in aligned), sum(each[1] for each in aligned)
        yield ""
        yield (
            f"The cocktail's own ALIGN: {_share(right, of)} of {of:,} pairs of held-out problems judged rightly "
            f"({_interval(right, of)}), half of which are true; by seed "
            + ", ".join(_share(*each) for each in aligned)
            + "."
        )


def _accuracy(results: Results) -> Iterator[str]:
    seeds = ", ".join(map(str, results.seeds))
    for with_repair, what in ((True, f"Up to {ATTEMPTS} attempts"), (False, "First attempt")):
        yield (
            f"{what}; seeds {seeds}; Wilson intervals at 95 %; those of single sets are not corrected for their number."
        )
        yield ""
        yield (
            "| test set | problems | SOLVE alone, by seed | mean | cocktail, by seed | mean | difference, points | "
            "only one right: SOLVE alone, cocktail | McNemar |"
        )
        yield "| --- | ---: | --- | --- | --- | --- | --- | --- | --- |"
        for each in results.measured(with_repair=with_repair):
            yield (
                f"| {each.name} | {each.problems:,} | {_by_seed(each, each.alone)} | {_by_seed(each, each.cocktail)} | "
                f"{_points(each.difference)} ({_points(each.low)} to {_points(each.high)}) | "
                f"{each.discordant.only_first:,}, {each.discordant.only_second:,} | {_p(each.discordant.p)} |"
            )
        yield ""


def _by_seed(measured: Measured, right: Sequence[int]) -> str:
    """Two cells: each seed with its interval, and their mean."""
    seeds = "<br>".join(f"{_share(each, measured.problems)} ({_interval(each, measured.problems)})" for each in right)
    return f"{seeds} | {_share(sum(right), measured.answers)}"


def _errors(results: Results) -> Iterator[str]:
    yield (
        "The first attempt is held to no grammar. An attempt is refused by the engine, if it has no value, or by the "
        "evidence, if it uses no quantity of the problem or its value is none that the problem can "
        "have (less than nothing "
        "where nothing of the text is, or a fraction that nobody would write down); neither knows the "
        "right answer. The "
        f"next attempt is the likeliest candidate of the beam that was not tried yet, {ATTEMPTS} attempts in all."
    )
    answers = results.answers()
    total = sum(map(len, answers.values())) // 2
    yield ""
    yield f"Of {total:,} answers each, all seeds together:"
    yield ""
    yield "| | SOLVE alone: first | after repair | cocktail: first | after repair | |"
    yield "| --- | ---: | ---: | ---: | ---: | --- |"
    before = [Counter(str(each.first) for each in made) for made in answers.values()]
    after = [Counter(map(_ending, made)) for made in answers.values()]
    for name, said in {**{str(each): said for each, said in _CLASSES.items()}, _REFUSED: "no attempt is left"}.items():
        cells = " | ".join(
            f"{first[name]:,} ({_share(first[name], total)}) | {last[name]:,} ({_share(last[name], total)})"
            for first, last in zip(before, after, strict=True)
        )
        yield f"| {name} | {cells} | {said} |"
    yield ""
    yield "Repaired of those whose first attempt was refused, by the class of that attempt:"
    yield ""
    yield "| | | refused | repaired to run | repaired to right |"
    yield "| --- | --- | ---: | --- | --- |"
    for recipe, made in zip(_NAMES, answers.values(), strict=True):
        for outcome in _CLASSES:
            refused = [each for each in made if each.first is outcome and each.refused and each.attempts]
            if refused:
                yield _repair_row(recipe, str(outcome), refused)
        yield _repair_row(recipe, "all", [each for each in made if each.refused and each.attempts])
    lost = [sum(each.right_at_first and not each.right_at_last for each in made) for made in answers.values()]
    yield ""
    yield (
        f"Right at first and refused all the same, so that it was lost: {lost[0]} with SOLVE alone, "
        f"{lost[1]} with the cocktail."
    )


def _ending(answered: Answered) -> str:
    """The class of what is given, or of the last attempt that was refused."""
    if not answered.given and answered.last in (Outcome.RIGHT, Outcome.LOGICAL):
        return _REFUSED
    return str(answered.last)


def _repair_row(recipe: str, name: str, refused: Sequence[Answered]) -> str:
    of = len(refused)
    ran, right = sum(each.given for each in refused), sum(each.right_at_last for each in refused)
    cells = " | ".join(f"{each:,}: {_share(each, of)} ({_interval(each, of)})" for each in (ran, right))
    return f"| {recipe} | {name} | {of:,} | {cells} |"


def _method(results: Results, recipes: tuple[EmbeddedRecipe, EmbeddedRecipe]) -> Iterator[str]:
    alone, cocktail = recipes
    network, first = alone.network, results.alone[0]
    phases = cocktail.phases
    beside = {name: share for phase in phases for name, share in phase.beside.items()}
    yield (
        f"- `app/training/recipes/{alone.name}.toml` and `{cocktail.name}.toml`, which are alike in all but the second "
        f"one's {' and '.join(beside)}. {first.parameters / 1e6:.1f} million parameters, trained from nothing: "
        f"{network.encoder} to {network.decoder}, width {network.width}; {first.updates:,} updates."
    )
    yield (
        "- An update of either holds exactly the same SOLVE examples, in the same words; the cocktail's has "
        + " and ".join(f"{share:g} of an example of {name}" for name, share in beside.items())
        + " more for each of them. The runs of a seed begin with the same weights."
    )
    mixed = {name: share for phase in phases for name, share in phase.mix.items()}
    for name, source in cocktail.sources.items():
        rows = sorted({run.data[name][0] for run in results.cocktail})
        count = f"{rows[0]:,}" if len(rows) == 1 else f"{rows[0]:,} to {rows[-1]:,}"
        where = f"`{source.file}`" if isinstance(source, FromFile) else "made here"
        task = "ALIGN" if isinstance(source, Pairs) else "KB" if source.builder == "kb" else "SOLVE"
        weight = f", weight {mixed[name]:g}" if name in mixed else ""
        near = max(run.dropped.get(name, {}).get(NEAR_EVALUATED, 0) for run in results.cocktail)
        less = f"; {near:,} rows are left out, which are nearly a problem of a test set" if near else ""
        yield f"  - {task}: {name}, {count} examples or problems, {where}{weight}{less}"
    yield "- Test sets, of which nothing was trained on:"
    for each in results.sets:
        yield (
            f"  - {each.name} (`{each.file}`): {each.problems:,} of {each.of:,} problems count; {each.near:,} are a "
            f"training text of one of the runs or nearly (`app/training/duplicates.py`), {each.again:,} are asked in a "
            f"set above as well, {each.unread:,} have no number for an answer"
        )
    for name, runs in zip(_NAMES, (results.alone, results.cocktail), strict=True):
        minutes = ", ".join(f"{run.seconds / 60:.0f}" for run in runs)
        yield f"- {name}: training took {minutes} minutes with one thread; losses at the end " + ", ".join(
            f"{run.loss:.3f}" for run in runs
        )
    yield f"- The machine: {'; '.join(dict.fromkeys(run.machine for run in (*results.alone, *results.cocktail)))}."
    yield (
        f"- The intervals of differences: paired bootstrap over problems, {RESAMPLES:,} resamples, "
        "percentiles. Of shares: "
        "Wilson's. Every value that counts was computed by SWI-Prolog as well."
    )


def _share(part: int, of: int) -> str:
    return f"{part / of:.1%}" if of else "-"


def _interval(right: int, of: int) -> str:
    low, high = wilson(right, of)
    return f"{100 * low:.1f} to {100 * high:.1f}"


def _points(share: float) -> str:
    return f"{100 * share:+.1f}".replace("-0.0", "+0.0")


def _p(p: float) -> str:
    return "p < 0.0001" if p < 0.0001 else f"p = {p:.2g}" if p < 0.1 else f"p = {p:.2f}"


# The plot


def plot_svg(results: Results) -> str:
    """Accuracy by set, and the classes before and after repair. The same results give the same text."""
    matplotlib, figures = importlib.import_module("matplotlib"), importlib.import_module("matplotlib.figure")
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "quod"}):
        figure = figures.Figure(figsize=(11, 4.5), layout="constrained")
        left, right = figure.subplots(1, 2)
        _draw_accuracy(left, results.measured(with_repair=True))
        _draw_classes(right, results)
        drawn = io.StringIO()
        figure.savefig(drawn, format="svg", metadata={"Date": None, "Creator": None})
    return drawn.getvalue()


def _draw_accuracy(axes: Any, measured: Sequence[Measured]) -> None:
    """Bars: the mean of the seeds, with Wilson's interval for as many answers as there are problems; "
    "points: each seed."""
    for offset, name, colour in ((-0.2, _NAMES[0], "tab:gray"), (0.2, _NAMES[1], "tab:blue")):
        for place, each in enumerate(measured):
            seeds = each.alone if name == _NAMES[0] else each.cocktail
            share = 100 * sum(seeds) / max(1, each.answers)
            low, high = (100 * end for end in wilson(round(sum(seeds) / len(seeds)), each.problems))
            axes.bar(place + offset, share, 0.36, color=colour, alpha=0.5, label=name if place == 0 else None)
            axes.errorbar(
                place + offset, share, [[max(0, share - low)], [max(0, high - share)]], color="black", capsize=3
            )
            axes.plot(
                [place + offset - 0.1 + 0.1 * seed for seed in range(len(seeds))],
                [100 * right / max(1, each.problems) for right in seeds],
                ".",
                color=colour,
                markeredgecolor="black",
            )
    axes.set_xticks(range(len(measured)), [each.name if each.name != POOLED else "pooled" for each in measured])
    axes.tick_params(axis="x", labelrotation=20)
    axes.set_ylabel("right, per cent")
    axes.set_title(f"With up to {ATTEMPTS} attempts; points are seeds")
    axes.grid(axis="y", alpha=0.3)
    axes.legend()


def _draw_classes(axes: Any, results: Results) -> None:
    """What became of all answers, at first and after repair."""
    rows: list[tuple[str, Counter[str]]] = []
    for name, made in zip(_NAMES, results.answers().values(), strict=True):
        rows.append((f"{name}, first", Counter(str(each.first) for each in made)))
        rows.append((f"{name}, repaired", Counter(map(_ending, made))))
    total = max(1, sum(map(len, results.answers().values())) // 2)
    ends = [0.0] * len(rows)
    for outcome in dict.fromkeys((Outcome.RIGHT, Outcome.LOGICAL, _REFUSED, *_CLASSES)):
        shares = [100 * counted[str(outcome)] / total for _, counted in rows]
        axes.barh(range(len(rows)), shares, left=ends, label=str(outcome))
        ends = [end + share for end, share in zip(ends, shares, strict=True)]
    axes.set_yticks(range(len(rows)), [name for name, _ in rows])
    axes.invert_yaxis()
    axes.set_xlabel("of all answers, per cent")
    axes.set_title("Errors, all sets and seeds")
    axes.legend(ncols=4, loc="upper center", bbox_to_anchor=(0.5, -0.15), fontsize="small")
