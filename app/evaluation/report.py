"""The report of an evaluation: everything in figures, one sentence that says the result, and a page to read.

The page is one HTML file that needs nothing else: no script, no font, no picture from anywhere. Texts of problems,
answers and faults come from strangers and stand there as text.
"""

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import jinja2
from markupsafe import Markup

from app.evaluation import plots
from app.evaluation.compare import settings_of
from app.evaluation.metrics import (
    RUNGS,
    Metrics,
    Share,
    Stage,
    calibration_entries,
    measure,
    stage_of,
)
from app.reasoning.calibration import Entry
from app.store.evaluation_types import ENDED, Evaluation, Outcome, Result, Sample, State

MOST_FAILED = 200
"""Samples that are listed; further ones are counted."""
_LONGEST_PROBLEM = 2_000
_LONGEST = 300
"""Characters of any other text in a list."""

SamplesAt = Callable[[Sequence[int]], Mapping[int, Sample]]
"""Samples of the evaluation's dataset by their positions."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A result that is not correct. `problem`: its text, None where it was not looked up."""

    result: Result
    stage: Stage
    problem: str | None


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that is said of an evaluation.

    Args:
        failed: the gravest first: wrong answers by falling trust, then errors, then abstentions.
        failed_in_all: how many there are; `failed` may hold fewer.
        calibration: what the results say of each rung of trust; empty where the rule they were judged by is not known.
    """

    evaluation: Evaluation
    metrics: Metrics
    failed: tuple[Failed, ...]
    failed_in_all: int
    calibration: tuple[Entry, ...]


def make_report(
    evaluation: Evaluation,
    results: Iterable[Result],
    samples_at: SamplesAt | None = None,
    most_failed: int = MOST_FAILED,
) -> Report:
    """Read `results` once, in any order.

    Args:
        samples_at: looks up the texts of the failed problems, most of them at once; None: they are left out.
    """
    worst = _Worst(most_failed)
    metrics = measure(worst.watch(results), evaluation.config.epochs)
    failed = worst.gravest()
    texts: Mapping[int, Sample] = {}
    if samples_at is not None and failed:
        texts = samples_at(sorted({result.position for result in failed}))
    counts = metrics.counts
    return Report(
        evaluation=evaluation,
        metrics=metrics,
        failed=tuple(
            Failed(result, stage, texts[result.position].problem.text if result.position in texts else None)
            for result in failed
            if (stage := stage_of(result)) is not None
        ),
        failed_in_all=counts.wrong + counts.abstained + counts.errored,
        calibration=_calibration(evaluation, metrics),
    )


def result_sentence(report: Report) -> str:
    """The result with its interval, in a sentence or two."""
    metrics = report.metrics
    noun = "problems" if metrics.epochs == 1 else f"results, {metrics.epochs} for each problem,"
    if metrics.results == 0:
        return "There are no results yet."
    said = f"{metrics.counts.correct:,} of {metrics.results:,} {noun} are right: {_with_interval(metrics.accuracy)}."
    answered = metrics.coverage.part
    if answered == 0:
        return f"{said} None was answered."
    return (
        f"{said} {answered:,} were answered at all ({_percent(metrics.coverage.value)}), and of these answers "
        f"{_with_interval(metrics.accuracy_of_answered)} are right."
    )


def report_page(report: Report, trace_url: str | None = None) -> str:
    """The page as HTML.

    Args:
        trace_url: what a trace's id is put behind to make its address; None: only the ids are shown.
    """
    metrics = report.metrics
    figures = {
        "accuracy": plots.accuracy_plot(metrics),
        "risk": plots.risk_plot(metrics),
        "attempts": plots.attempts_plot(metrics),
        "repairs": plots.repair_plot(metrics),
        "cost": plots.cost_plot(metrics),
        "stages": plots.stages_plot(metrics),
    }
    return _template().render(
        report=report,
        evaluation=report.evaluation,
        metrics=metrics,
        sentence=result_sentence(report),
        standing=_standing(report.evaluation),
        asked=_asked(report.evaluation),
        settings=[(name, _shown(value)) for name, value in sorted(settings_of(report.evaluation).items())],
        figures={name: None if svg is None else Markup(svg) for name, svg in figures.items()},  # noqa: S704  # ours
        columns=plots.repair_columns(metrics),
        trace_url=trace_url,
        Outcome=Outcome,
        RUNGS=RUNGS,
    )


class _Worst:
    """The gravest of the results that pass by, in memory that does not grow."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: list[Result] = []

    def watch(self, results: Iterable[Result]) -> Iterator[Result]:
        for result in results:
            if result.outcome is not Outcome.CORRECT:
                self._held.append(result)
                if len(self._held) > 2 * self._most + 100:
                    self._held = self.gravest()
            yield result

    def gravest(self) -> list[Result]:
        return sorted(self._held, key=_gravity)[: self._most]


def _gravity(result: Result) -> tuple[int, int, int, int]:
    outcome = (Outcome.WRONG, Outcome.ERRORED, Outcome.ABSTAINED).index(result.outcome)
    trust = len(RUNGS) if result.trust is None else RUNGS.index(result.trust)
    return outcome, trust, result.position, result.epoch


def _calibration(evaluation: Evaluation, metrics: Metrics) -> tuple[Entry, ...]:
    rule = evaluation.versions.get("trust_rule")
    if not isinstance(rule, int) or evaluation.lm is None:
        return ()
    return calibration_entries(metrics, evaluation.dataset.name, evaluation.lm.name, rule)


# What the page says in words


def _standing(evaluation: Evaluation) -> str | None:
    """Why the results are not all there; None: they are."""
    counts = evaluation.counts
    if evaluation.state is State.COMPLETED and not counts.waiting:
        return None
    verb = "has" if evaluation.state is State.FAILED else "is"
    said = f"This evaluation {verb} {evaluation.state.value.replace('_', ' ')}"
    if evaluation.reason:
        said += f": {evaluation.reason.rstrip('.')}"
    said += f". {counts.recorded:,} of {counts.recorded + counts.waiting:,} results are recorded."
    return said if evaluation.state in ENDED else said + " The figures below are of these alone, and will change."


def _asked(evaluation: Evaluation) -> list[tuple[str, str]]:
    """What was asked of what, as rows of a table."""
    dataset, config, lm = evaluation.dataset, evaluation.config, evaluation.lm
    limits, budget = config.limits, config.budget
    rows = [
        ("Dataset", f"{dataset.name}, {dataset.samples:,} problems"),
        ("Its hash (SHA-256)", dataset.sha256),
        ("Its source", dataset.source or "not known"),
        ("Its licence", dataset.licence or "not known"),
        ("Problems asked", _chosen(evaluation)),
        ("Language model", _language_model(evaluation) if lm is not None else f"{config.lm}, not opened so far"),
        ("Sampling", _shown(asdict(config.sampling))),
        ("Program", f"Quod {evaluation.versions.get('quod', 'of unknown version')}"),
        ("Engines", _shown(evaluation.versions.get("engines"))),
        *(("Prompt", prompt) for prompt in _prompts(evaluation.versions.get("prompts"))),
        (
            "Limits of one run",
            f"{limits.wall_seconds:g} s, {limits.cpu_seconds:g} s of processor time, {limits.memory_mib:,} MiB, "
            f"{limits.output_bytes:,} bytes of output",
        ),
        ("Budget of one problem", _budget(budget.attempts, budget.tokens, budget.seconds)),
        (
            "Evidence asked for",
            (f"{config.assurance.min_trust.value} or better" if config.assurance.min_trust else "any level of trust")
            + (", and a second reading that agrees" if config.assurance.corroborate else ""),
        ),
        ("Sandbox", _shown(evaluation.versions.get("sandbox", "as the runs of each trace say"))),
        ("Trust rule", _shown(evaluation.versions.get("trust_rule", "not known"))),
        ("Worked on", _when(evaluation)),
    ]
    return [(name, _cut(value, _LONGEST)) for name, value in rows]


def _chosen(evaluation: Evaluation) -> str:
    config, planned = evaluation.config, evaluation.counts.recorded + evaluation.counts.waiting
    said = f"{planned // config.epochs:,}"
    if config.sample_seed is not None:
        said += f", drawn with seed {config.sample_seed}"
    elif config.limit is not None:
        said += ", the first ones"
    return f"{said}, {config.epochs} times each" if config.epochs > 1 else said


def _language_model(evaluation: Evaluation) -> str:
    lm = evaluation.lm
    assert lm is not None, "asked only where it is known"
    said = f"{lm.name}, revision {lm.revision or 'not known'}, by {lm.backend}"
    return f"{said} at {lm.base_url}" if lm.base_url else said


def _budget(attempts: int, tokens: int | None, seconds: float) -> str:
    of_tokens = "any number of tokens" if tokens is None else f"{tokens:,} tokens"
    return f"{attempts} attempts, {of_tokens}, {seconds:g} s"


def _prompts(prompts: object) -> list[str]:
    if not isinstance(prompts, list | tuple):
        return ["not known"]
    return [f"{one['name']}, version {one['version']}, SHA-256 {one['sha256']}" for one in prompts]


def _when(evaluation: Evaluation) -> str:
    if evaluation.started_at is None:
        return "not begun"
    ended = "" if evaluation.ended_at is None else f" to {_moment(evaluation.ended_at)}"
    return f"{_moment(evaluation.started_at)}{ended}, {evaluation.seconds:,.0f} s in all"


def _moment(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M UTC")


def _shown(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_shown(each)}" for name, each in value.items()) or "none"
    if isinstance(value, list | tuple):
        return ", ".join(map(_shown, value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "\N{HORIZONTAL ELLIPSIS}"


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f} %"


def _range(share: Share) -> str:
    if share.low is None or share.high is None:
        return "-"
    return f"{100 * share.low:.1f} to {100 * share.high:.1f} %"


def _with_interval(share: Share) -> str:
    return f"{_percent(share.value)} (95 % interval {_range(share)})"


@functools.cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("app.evaluation", "."),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "percent": _percent,
        "range": _range,
        "number": plots.number,
        "words": plots.words,
        "cut": lambda text: _cut(text, _LONGEST),
        "problem": lambda text: _cut(text, _LONGEST_PROBLEM),
    }
    return environment.get_template("report.html.j2")
