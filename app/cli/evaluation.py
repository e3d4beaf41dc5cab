"""`quod eval`: runs an evaluation and looks after it, shows results, writes reports, compares.

An evaluation that is run here is worked on by this process alone. What it has done is recorded as it comes, so that
whatever ends the process, `quod eval resume` does only what is missing.
"""

import asyncio
import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn

import typer
from typer.core import TyperCommand

from app.cli.commands import (
    FINISHED,
    INTERRUPTED,
    NOT_FINISHED,
    JsonOption,
    KnownKindName,
    LanguageName,
    LmOption,
    NotDone,
    TrustName,
    UsageFault,
    _print_json,
    _settings,
    app,
)

if TYPE_CHECKING:
    from app.evaluation.datasets import Columns, Dataset
    from app.evaluation.metrics import Metrics
    from app.settings import Settings
    from app.store.evaluation_types import DatasetSummary, Evaluation, EvaluationConfig, Wanted
    from app.store.evaluations import EvaluationStore
    from app.store.session import Database

OutcomeName = Literal["correct", "wrong", "abstained", "errored"]
StateName = Literal[
    "validating", "queued", "in_progress", "finalizing", "completed", "failed", "cancelling", "cancelled", "paused"
]

_ADDRESS = re.compile(r"(?:tcp|tls)://.+:[0-9]+")
_HASH = re.compile(r"[0-9a-f]{8,64}")
_PAGE = 1_000

evaluations = typer.Typer(
    help="Evaluations: many problems with known answers, under one configuration.", no_args_is_help=True
)
app.add_typer(evaluations, name="eval")


class _Working(TyperCommand):
    """A command whose `--dask` takes an address or none."""

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        followers = [*args[1:], ""]
        given = [
            "--dask=" if word == "--dask" and not follower.startswith(("tcp://", "tls://")) else word
            for word, follower in zip(args, followers, strict=False)
        ]
        return super().make_context(info_name, given, parent, **extra)


IdArgument = Annotated[str | None, typer.Argument(metavar="[ID]", help="Of the evaluation.")]
LastOption = Annotated[bool, typer.Option("--last", help="The newest one, instead of an ID.")]
DaskOption = Annotated[
    str | None,
    typer.Option(
        "--dask",
        metavar="[ADDRESS]",
        help="Solve on a Dask cluster: that of tcp://HOST:PORT; without an address that of QUOD_DASK, else one that is "
        "started on this machine. Without --dask: QUOD_DASK, else in this process.",
    ),
]
ReportOption = Annotated[
    Path | None, typer.Option("--out", metavar="REPORT.html", help="Write the report here once it is completed.")
]
ForceOption = Annotated[bool, typer.Option("--force", help="Write over the report if it is there.")]


@evaluations.command(cls=_Working)
def run(
    dataset: Annotated[
        str,
        typer.Argument(
            metavar="DATASET",
            help="A public set by its name (`quod eval datasets` lists them), a file (.jsonl, .json, .csv, .tsv), or "
            "the SHA-256 of one in the database.",
        ),
    ],
    path: Annotated[
        Path | None, typer.Option("--path", help="The file of a public set, or the folder that has it.")
    ] = None,
    mapping: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="COLUMN=FIELD",
            help="Which column holds the problem, target, id, kind, language, world, options or answers: "
            "--map question=problem. Paths such as meta.question will do; --map =entailment=kind: the same in every "
            "row.",
        ),
    ] = None,
    lm: LmOption = None,
    kind: Annotated[KnownKindName | None, typer.Option(help="Of every problem; else as each says.")] = None,
    language: Annotated[LanguageName | None, typer.Option(help="Of every program; else by the kind.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="So many problems; else all.")] = None,
    sample_seed: Annotated[
        int | None,
        typer.Option("--sample-seed", min=0, max=2**31 - 1, help="Draws them; else they are the first ones."),
    ] = None,
    epochs: Annotated[int, typer.Option(min=1, max=1_000, help="How often each problem is solved.")] = 1,
    concurrency: Annotated[int, typer.Option(min=1, max=10_000, help="Problems under way at the same time.")] = 16,
    baseline: Annotated[
        bool, typer.Option("--baseline", help="Also ask the same language model for the answer without a solver.")
    ] = False,
    token_cap: Annotated[
        int | None, typer.Option("--token-cap", min=1, help="Pause once so many tokens were used.")
    ] = None,
    dask: DaskOption = None,
    out: ReportOption = None,
    force: ForceOption = False,
    as_json: JsonOption = False,
) -> None:
    """Solve the problems of a dataset, record every result as it comes, and show what they come to.

    Ctrl-C pauses it, once with a few seconds for what is under way, twice at once; `quod eval resume` goes on. Exit
    status 0: completed, whatever its accuracy. 1: not; the state says why. 130: interrupted.
    """
    settings = _settings(lm)
    _require_address(dask)
    _require_place(out, force)
    columns = _columns(mapping or [])
    config = _config(
        settings,
        kind=kind,
        language=language,
        limit=limit,
        sample_seed=sample_seed,
        epochs=epochs,
        concurrency=concurrency,
        baseline=baseline,
        token_cap=token_cap,
    )
    read = None if path is None and columns is None and _is_hash(dataset) else _load(dataset, path, columns, settings)
    _require_lm(config, settings, dask)
    from ulid import ULID

    from app.store.evaluations import EvaluationStore
    from app.store.session import Database

    with Database.open(settings.database_url) as database:
        if settings.database_url.startswith("sqlite"):
            database.upgrade()
        database.require_newest()
        store = EvaluationStore(database)
        if read is None:
            sha256 = _known(store, dataset).sha256
        else:
            sha256 = read.sha256
            store.add_dataset(read.name, read.source, read.licence, sha256, read.samples)
        evaluation = store.create(f"evl_{ULID()}", sha256, config, attended=True)
        _work(evaluation, store, database, settings, dask, out, as_json)


@evaluations.command(cls=_Working)
def resume(
    evaluation_id: IdArgument = None,
    last: LastOption = False,
    dask: DaskOption = None,
    out: ReportOption = None,
    force: ForceOption = False,
    as_json: JsonOption = False,
) -> None:
    """Go on with an evaluation in this process: with its own settings, and only with what is missing.

    One whose process was killed is taken over once nothing was heard of it for 15 seconds. Exit status as of `run`.
    """
    from app.store.evaluation_types import Wanted

    settings = _settings(None)
    _require_address(dask)
    _require_place(out, force)
    with _store(settings) as (store, database):
        evaluation = _chosen(store, evaluation_id, last)
        _require_lm(evaluation.config, settings, dask, evaluation)
        # Who owns one may be a service that is alive: it stays his to look after, until it is known that he is gone.
        evaluation = store.ask(evaluation.id, Wanted.RUN, attended=None if evaluation.owned else True)
        _work(evaluation, store, database, settings, dask, out, as_json)


@evaluations.command("retry-errored", cls=_Working)
def retry_errored(
    evaluation_id: IdArgument = None,
    last: LastOption = False,
    dask: DaskOption = None,
    out: ReportOption = None,
    force: ForceOption = False,
    as_json: JsonOption = False,
) -> None:
    """Solve again what errored, in this process. The earlier results stay in the database. Exit status as of `run`."""
    settings = _settings(None)
    _require_address(dask)
    _require_place(out, force)
    with _store(settings) as (store, database):
        evaluation = _chosen(store, evaluation_id, last)
        _require_lm(evaluation.config, settings, dask, evaluation)
        evaluation = store.retry_errored(evaluation.id, attended=True)
        _work(evaluation, store, database, settings, dask, out, as_json)


@evaluations.command()
def pause(evaluation_id: IdArgument = None, last: LastOption = False, as_json: JsonOption = False) -> None:
    """Pause an evaluation, whoever works on it, and wait until it is. Exit status 1: it came to its end before."""
    from app.store.evaluation_types import State, Wanted

    _stop(evaluation_id, last, as_json, Wanted.PAUSE, State.PAUSED)


@evaluations.command()
def cancel(evaluation_id: IdArgument = None, last: LastOption = False, as_json: JsonOption = False) -> None:
    """End an evaluation for good, and wait until it is. What is recorded stays. Exit status 1: it came to its end
    before."""
    from app.store.evaluation_types import State, Wanted

    _stop(evaluation_id, last, as_json, Wanted.CANCEL, State.CANCELLED)


@evaluations.command("list")
def list_evaluations(
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="Most evaluations of the list.")] = 20,
    after: Annotated[str | None, typer.Option(metavar="ID", help="Begin behind this one.")] = None,
    state: Annotated[StateName | None, typer.Option(help="Only those in this state.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List evaluations, the newest first."""
    from app.api.evaluation_bodies import EvaluationsRead, EvaluationSummaryRead
    from app.cli.evaluation_views import print_evaluations
    from app.store.evaluation_types import State

    with _store(_settings(None)) as (store, _):
        found, more = store.list(limit, after, state=None if state is None else State(state))
    if as_json:
        _print_json(
            EvaluationsRead(
                data=[EvaluationSummaryRead.of(each) for each in found],
                first_id=found[0].id if found else None,
                last_id=found[-1].id if found else None,
                has_more=more,
            )
        )
    else:
        print_evaluations(found, more)


@evaluations.command()
def show(
    evaluation_id: IdArgument = None,
    last: LastOption = False,
    watch: Annotated[bool, typer.Option("--watch", help="Follow it until it ends or is paused.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show how far an evaluation is and what its results come to."""
    with _store(_settings(None)) as (store, _):
        evaluation = _chosen(store, evaluation_id, last)
        if watch:
            evaluation = _follow(evaluation, store)
        _print_evaluation(evaluation, _measure(store, evaluation), as_json)


@evaluations.command()
def samples(
    evaluation_id: IdArgument = None,
    last: LastOption = False,
    outcome: Annotated[OutcomeName | None, typer.Option()] = None,
    trust: Annotated[TrustName | None, typer.Option(help="Of the verdict.")] = None,
    error_class: Annotated[str | None, typer.Option(help="An attempt has a diagnostic of this class.")] = None,
    epoch: Annotated[int | None, typer.Option(min=1)] = None,
    sample: Annotated[str | None, typer.Option(metavar="SAMPLE_ID", help="This one, in all its epochs.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="Most results of the list.")] = 20,
    after: Annotated[int, typer.Option(min=0, metavar="SEQUENCE", help="Begin behind this one.")] = 0,
    as_json: JsonOption = False,
) -> None:
    """List results of an evaluation with the ids of their traces: `quod traces ID` shows one."""
    from app.api.evaluation_bodies import SampleResultsRead
    from app.cli.evaluation_views import print_results
    from app.reasoning.types import Trust
    from app.store.evaluation_types import Outcome, ResultFilter
    from solvers.types import ErrorClass

    if error_class is not None and error_class not in list(ErrorClass):
        raise UsageFault(f"--error-class is one of {', '.join(ErrorClass)}")
    wanted = ResultFilter(
        outcome=Outcome(outcome) if outcome else None,
        trust=Trust(trust) if trust else None,
        error_class=ErrorClass(error_class) if error_class else None,
        epoch=epoch,
        sample_id=sample,
    )
    with _store(_settings(None)) as (store, _):
        evaluation = _chosen(store, evaluation_id, last)
        found, more = store.results(evaluation.id, limit, after, wanted)
    if as_json:
        _print_json(SampleResultsRead.of(found, more))
    else:
        print_results(found, more)


@evaluations.command()
def report(
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The page; it needs nothing else.")],
    evaluation_id: IdArgument = None,
    last: LastOption = False,
    force: ForceOption = False,
    as_json: JsonOption = False,
) -> None:
    """Write the report of an evaluation as one HTML page, of the results that there are."""
    _require_place(out, force)
    with _store(_settings(None)) as (store, _):
        evaluation = _chosen(store, evaluation_id, last)
        _write_report(evaluation, store, out)
    if as_json:
        typer.echo(json.dumps({"id": evaluation.id, "out": str(out), "bytes": out.stat().st_size}))
    else:
        typer.echo(f"the report of {evaluation.id} is in {out}")


@evaluations.command()
def compare(
    first: Annotated[str, typer.Argument(metavar="A", help="An evaluation.")],
    second: Annotated[str, typer.Argument(metavar="B", help="Another one of the same dataset.")],
    as_json: JsonOption = False,
) -> None:
    """Compare two evaluations of the same dataset, sample by sample: is B better than A, or is it chance?"""
    from app.api.evaluation_bodies import ComparisonRead
    from app.cli.evaluation_views import print_comparison
    from app.evaluation.compare import compare as compare_results

    with _store(_settings(None)) as (store, _):
        one, other = store.get(first), store.get(second)
        found = compare_results(one, other, store.every_result(one.id), store.every_result(other.id))
    if as_json:
        _print_json(ComparisonRead.of(found, len(found.changes)))
    else:
        print_comparison(found)


@evaluations.command()
def datasets(
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="Most datasets of the database.")] = 20,
    after: Annotated[str | None, typer.Option(metavar="SHA256", help="Begin behind this one.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List the datasets of the database and the public sets that are known by name."""
    from app.api.evaluation_bodies import DatasetsRead
    from app.cli.evaluation_views import print_datasets

    with _store(_settings(None)) as (store, _):
        found, more = store.datasets(limit, after)
    if as_json:
        _print_json(DatasetsRead.of(found, more))
    else:
        print_datasets(found, more)


# What is asked for


def _columns(mapping: list[str]) -> "Columns | None":
    """Of `COLUMN=FIELD`, in which a column that begins with `=` is what every row has."""
    if not mapping:
        return None
    from app.evaluation.datasets import DatasetError, columns_from

    given: dict[str, str] = {}
    for each in mapping:
        column, equals, field = each.rpartition("=")
        if not (column and equals and field):
            raise UsageFault(f"--map takes COLUMN=FIELD, such as question=problem, not {each!r}")
        if field in given:
            raise UsageFault(f"--map names two columns for {field!r}: {given[field]!r} and {column!r}")
        given[field] = column
    try:
        return columns_from(given)
    except DatasetError as error:
        raise UsageFault(str(error)) from error


def _config(
    settings: "Settings",
    *,
    kind: KnownKindName | None,
    language: LanguageName | None,
    epochs: int,
    **given: Any,
) -> "EvaluationConfig":
    from app.lm.types import Sampling
    from app.reasoning.types import Assurance, Budget, Kind
    from app.store.evaluation_types import EvaluationConfig
    from solvers.types import Language

    temperature = settings.lm_temperature
    return EvaluationConfig(
        lm=_with_absolute_path(settings.lm),
        kind=Kind(kind) if kind else None,
        language=Language(language) if language else None,
        epochs=epochs,
        sampling=Sampling(
            temperature=temperature,
            max_tokens=settings.lm_max_tokens,
        ),
        budget=Budget(settings.budget_attempts, settings.budget_tokens, settings.budget_seconds),
        limits=settings.limits,
        assurance=Assurance(corroborate=settings.corroborate),
        **given,
    )


def _with_absolute_path(spec: str) -> str:
    """It may be resumed from another folder."""
    form, _, rest = spec.partition(":")
    if form not in ("recorded", "embedded", "transformers") or not rest:
        return spec
    path = Path(rest).expanduser()
    return f"{form}:{path.absolute()}" if path.exists() else spec


def _is_hash(dataset: str) -> bool:
    return _HASH.fullmatch(dataset) is not None and not Path(dataset).exists()


def _load(dataset: str, path: Path | None, columns: "Columns | None", settings: "Settings") -> "Dataset":
    from app.cli.terminal import counted
    from app.evaluation.datasets import DatasetError, load_dataset
    from app.settings import cache_folder

    most = settings.max_problem_bytes
    try:
        read = load_dataset(dataset, path, columns=columns, cache=cache_folder(), most_problem_bytes=most)
    except DatasetError as error:
        raise NotDone(str(error)) from error
    if read.left_out:
        rows = counted(len(read.left_out), "row")
        typer.echo(f"{rows} of {read.source} left out as no fair problem, the first: {read.left_out[0]}", err=True)
    return read


def _known(store: "EvaluationStore", begin: str) -> "DatasetSummary":
    """The dataset whose hash begins like this."""
    found: list[DatasetSummary] = []
    after, more = None, True
    while more:
        page, more = store.datasets(_PAGE, after)
        after = page[-1].sha256 if page else None
        found += [each for each in page if each.sha256.startswith(begin)]
    if len(found) > 1:
        raise UsageFault(f"{len(found)} datasets have a hash that begins with {begin}: give more of it")
    return found[0] if found else store.dataset(begin)


def _require_lm(
    config: "EvaluationConfig", settings: "Settings", dask: str | None, evaluation: "Evaluation | None" = None
) -> None:
    """Find that the language model opens, and is the one that the evaluation was begun with.

    On a cluster the workers open it, which may have what this machine has not; its identity is compared there too.
    """
    from app.cli.evaluation_work import lm_identity
    from app.evaluation.baseline import require_baseline

    if config.baseline:
        require_baseline(config.lm)
    if dask is not None or settings.dask is not None:
        return
    now = asyncio.run(lm_identity(settings, config.lm))
    if evaluation is not None and evaluation.lm is not None and evaluation.lm != now:
        raise NotDone(
            f"evaluation {evaluation.id} was begun with {evaluation.lm}, and {config.lm} is now {now}: results of two "
            "language models are not mixed. Bring the first one back, or begin a new evaluation."
        )


def _require_address(dask: str | None) -> None:
    if dask and _ADDRESS.fullmatch(dask) is None:
        raise UsageFault(f"--dask takes the address of a scheduler, such as tcp://localhost:8786, not {dask!r}")


def _require_place(out: Path | None, force: bool) -> None:
    """Before hours of work, not after them."""
    if out is None:
        return
    if str(out) == "-":
        raise UsageFault("--out names a file: standard output gets the result")
    if out.is_dir() or not out.absolute().parent.is_dir():
        raise UsageFault(f"--out {out}: {'it is a folder' if out.is_dir() else 'there is no such folder'}")
    if out.exists() and not force:
        raise NotDone(f"{out} is there already; choose another --out, or --force to write over it")


@contextmanager
def _store(settings: "Settings") -> "Iterator[tuple[EvaluationStore, Database]]":
    from app.store.evaluations import EvaluationStore
    from app.store.session import Database

    with Database.open(settings.database_url) as database:
        database.require_newest()
        yield EvaluationStore(database), database


def _chosen(store: "EvaluationStore", evaluation_id: str | None, last: bool) -> "Evaluation":
    if (evaluation_id is None) is not last:
        raise UsageFault("give either the ID of an evaluation or --last")
    if evaluation_id is not None:
        return store.get(evaluation_id)
    found = store.last()
    if found is None:
        raise NotDone("there is no evaluation yet: `quod eval run` begins one")
    return found


# What is done


def _work(
    evaluation: "Evaluation",
    store: "EvaluationStore",
    database: "Database",
    settings: "Settings",
    dask: str | None,
    out: Path | None,
    as_json: bool,
) -> NoReturn:
    from app.cli.evaluation_views import progress_of_evaluation
    from app.cli.evaluation_work import work_on
    from app.store.evaluation_types import State

    with progress_of_evaluation(evaluation.counts, evaluation.config.epochs) as shown:
        shown.say(f"evaluation {evaluation.id}: {evaluation.dataset.name}")
        worked = asyncio.run(work_on(evaluation, store, database, settings, dask, shown))
    left = worked.evaluation
    completed = left.state is State.COMPLETED
    if out is not None and completed:
        _write_report(left, store, out)
    _print_evaluation(left, _measure(store, left), as_json)
    if out is not None and completed:
        typer.echo(f"the report is in {out}", err=True)
    if as_json and not completed:
        # Without --json the result says it.
        typer.echo(f"quod: evaluation {left.id} is {left.state.value.replace('_', ' ')}: {left.reason}", err=True)
        if left.state is not State.CANCELLED:
            typer.echo(f"quod eval resume {left.id} goes on with it", err=True)
    raise typer.Exit(FINISHED if completed else INTERRUPTED if worked.interrupted else NOT_FINISHED)


def _stop(evaluation_id: str | None, last: bool, as_json: bool, wanted: "Wanted", expected: Any) -> NoReturn:
    from app.cli.evaluation_work import settle

    with _store(_settings(None)) as (store, _):
        evaluation = _chosen(store, evaluation_id, last)
        store.ask(evaluation.id, wanted)
        evaluation = settle(store, evaluation.id, lambda sentence: typer.echo(sentence, err=True))
        _print_evaluation(evaluation, _measure(store, evaluation), as_json)
    raise typer.Exit(FINISHED if evaluation.state is expected else NOT_FINISHED)


def _follow(evaluation: "Evaluation", store: "EvaluationStore") -> "Evaluation":
    from app.cli.evaluation_views import progress_of_evaluation
    from app.evaluation.progress import Progress, Rate
    from app.store.evaluation_types import ENDED, State

    rate = Rate(evaluation.config.concurrency)
    with progress_of_evaluation(evaluation.counts, evaluation.config.epochs) as shown:
        while evaluation.state not in ENDED and evaluation.state is not State.PAUSED:
            time.sleep(1)
            before, evaluation = evaluation.counts.recorded, store.get(evaluation.id)
            rate.add(max(0, evaluation.counts.recorded - before))
            per_second, waiting = rate.per_second(), evaluation.counts.waiting
            shown.tell(
                Progress(
                    evaluation_id=evaluation.id,
                    counts=evaluation.counts,
                    tokens=evaluation.tokens,
                    samples_per_second=per_second,
                    seconds_left=waiting / per_second if per_second else None,
                    under_way=min(waiting, evaluation.config.concurrency) if evaluation.owned else 0,
                    trouble="" if evaluation.owned else "nobody works on it at the moment",
                )
            )
    return evaluation


def _measure(store: "EvaluationStore", evaluation: "Evaluation") -> "Metrics":
    from app.evaluation.metrics import measure

    return measure(store.every_result(evaluation.id), evaluation.config.epochs)


def _write_report(evaluation: "Evaluation", store: "EvaluationStore", out: Path) -> None:
    """There when all of it is."""
    from app.errors import ExportError
    from app.evaluation.report import make_report, report_page
    from app.new_file import new_file

    sha256 = evaluation.dataset.sha256
    results = store.every_result(evaluation.id)
    made = make_report(evaluation, results, lambda positions: store.samples_at(sha256, positions))
    page = report_page(made)
    try:
        with new_file(out, overwrite=True) as file:
            file.write(page.encode())
    except ExportError as error:
        raise NotDone(str(error)) from error


def _print_evaluation(evaluation: "Evaluation", metrics: "Metrics", as_json: bool) -> None:
    from app.api.evaluation_bodies import EvaluationRead
    from app.cli.evaluation_views import print_evaluation

    if as_json:
        _print_json(EvaluationRead.of_run(evaluation, None, None, metrics if metrics.results else None))
    else:
        print_evaluation(evaluation, metrics)
