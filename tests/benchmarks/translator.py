"""The embedded translator on test sets that it was never trained on, and a cold command line.

Every problem goes through the real pipeline as a user's would, two at a time, each with one core; its seconds are those
that it took so. A target is measured with the confidences that the translator ships with, on the problems that are no
near-duplicate of a text of its training files: those of the recipe on its card, without what the recipe leaves out.
`forced` answers whatever the confidence, for those who want to know.
"""

import asyncio
import atexit
import json
import multiprocessing
import os
import re
import shutil
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from itertools import islice
from pathlib import Path

from app.errors import LmSpecError
from app.lm.embedded import EmbeddedLM
from app.lm.options import LmOptions
from app.problem import Kind, Problem
from app.reasoning.calibration import wilson
from app.reasoning.types import Trust, VerdictKind
from app.samples import same_answer
from app.training.duplicates import NEAR, find_duplicates
from app.training.recipe import EmbeddedRecipe, load_recipe, read_recipe
from app.translator.loading import DECISIONS, EMBEDDED, networks_in
from tests.benchmarks import wordproblems
from tests.benchmarks.logic import LETTERS
from tests.benchmarks.solving import ROOT, Errored, Solved, Solver
from tests.benchmarks.wordproblems import Answers, Question

PREFIX = "translator_"
AT_A_TIME = 2
TOLD_EVERY_SECONDS = 15.0
MOST_REASONS = 12
COLD_STARTS = 3
COLD = "Mia had 12 pens. She gave 5 pens to Leo. How many pens does Mia have left?"
MEDIAN_SECONDS, FIRST_ANSWER_SECONDS = 1.5, 15.0
"""Targets, as `accuracy` and `certified` of a `TestSet`."""
CERTIFIED = (Trust.CERTIFIED, Trust.CORROBORATED)


@dataclass(frozen=True, slots=True)
class Options:
    """
    Args:
        weights: folder of a translator; None: the one that ships.
        first: problems of each set, from the first on; None: all.
        forced: also answer what the translator is not sure of.
        generated: texts of each generator that test problems are compared with.
    """

    weights: Path | None = None
    first: int | None = None
    forced: bool = False
    generated: int = 20_000


@dataclass(frozen=True, slots=True)
class TestSet:
    """
    Args:
        trained: builders of training files that are searched for duplicates, and `generators` likewise.
        posed: how, in words.
        accuracy, certified: least share of right answers of all problems, and of those answered at trust `certified`
            or above; None: no target.
    """

    read: Callable[[], Iterator[Question]]
    trained: tuple[str, ...]
    generators: tuple[str, ...]
    posed: str
    accuracy: float | None
    certified: float | None = None


_ALONE = "the text alone; the pipeline decides kind and language"
_word_problems = partial(TestSet, trained=("mawps", "gsm8k", "mathqa"), generators=("elementary", "multistep"))
_deductions = partial(TestSet, trained=("proofwriter",), generators=("deduction",))
SETS = {
    "mawps": _word_problems(wordproblems.mawps, posed=_ALONE, accuracy=0.85, certified=0.9),
    "multiarith": _word_problems(wordproblems.multiarith, posed=_ALONE, accuracy=0.85, certified=0.9),
    "svamp": _word_problems(wordproblems.svamp, posed=_ALONE, accuracy=0.4),
    "gsm8k": _word_problems(wordproblems.gsm8k, posed=_ALONE, accuracy=0.08),
    "proofwriter": _deductions(
        wordproblems.proofwriter, posed="the text, in Prolog, in an open world", accuracy=0.95, certified=0.9
    ),
    "prontoqa": _deductions(wordproblems.prontoqa, posed="the text, in a closed world", accuracy=0.95),
    "logical_deduction": TestSet(
        wordproblems.logical_deduction, trained=(), generators=("ordering",), posed=_ALONE, accuracy=None
    ),
}


def benchmarks(options: Options) -> dict[str, Callable[[], Awaitable[dict[str, object]]]]:
    found: dict[str, Callable[[], Awaitable[dict[str, object]]]] = {
        f"{PREFIX}{name}": partial(_measured, name, each, options) for name, each in SETS.items()
    }
    return {**found, f"{PREFIX}cold_cli": partial(cold_cli, options)}


async def _measured(name: str, test_set: TestSet, options: Options) -> dict[str, object]:
    folder = options.weights or EMBEDDED
    try:
        weights = weights_of(folder)
    except LmSpecError as error:
        return {"skipped": str(error)}
    questions = list(islice(test_set.read(), options.first))
    duplicates = await asyncio.to_thread(duplicates_of, questions, test_set, folder, options.generated)
    solvers = await asyncio.to_thread(_warm, folder, options.forced)
    found = await solve_all(questions, solvers, name)
    forced = None
    if options.forced:
        # What was translated is translated the same way again, so only the others are asked.
        again = [place for place, one in enumerate(found) if isinstance(one, Solved) and one.abstained]
        answered = await solve_all([questions[p] for p in again], solvers, f"{name}, forced", forced=True)
        forced = list(found)
        for place, one in zip(again, answered, strict=True):
            forced[place] = one
    return {"posed": test_set.posed, "weights": weights, **report(questions, found, forced, duplicates, test_set)}


def weights_of(folder: Path) -> dict[str, object]:
    """Which translator: its folder and the hash of its files.

    Raises:
        LmSpecError: the folder holds none.
    """
    identity = EmbeddedLM(folder, LmOptions()).identity
    return {"shipped": folder == EMBEDDED, "folder": folder.name, "revision": identity.revision}


def recipe_of(folder: Path) -> EmbeddedRecipe:
    """What a network was trained by: its card says so; without one, the recipe that ships."""
    card = folder / "README.md"
    written = re.search(r"```toml\n(.*?)```", card.read_text("utf-8"), re.DOTALL) if card.is_file() else None
    recipe = read_recipe(written[1], str(card)) if written else load_recipe("embedded")
    if not isinstance(recipe, EmbeddedRecipe):
        raise ValueError(f"{card} is the card of no embedded translator")
    return recipe


def never_unsure(folder: Path, temporary: Path) -> Path:
    """A copy of a translator that translates whatever its confidence. What it doubts, it doubts as before."""
    copy = temporary / folder.resolve().name
    shutil.copytree(folder, copy)
    for network in networks_in(copy):
        decisions = network / DECISIONS
        chosen = json.loads(decisions.read_text("utf-8"))
        decisions.unlink()
        decisions.write_text(json.dumps({form: {**needed, "answer": 0.0} for form, needed in chosen.items()}), "utf-8")
    return copy


# Solving


@cache
def _warm(folder: Path, forced: bool) -> tuple[Solver, ...]:
    """Processes that have loaded the weights: what a first answer takes is measured by `cold_cli`."""
    temporary = tempfile.TemporaryDirectory()
    atexit.register(temporary.cleanup)
    solvers = tuple(
        Solver(folder, never_unsure(folder, Path(temporary.name) / str(number)) if forced else None)
        for number in range(AT_A_TIME)
    )
    for solver in solvers:
        atexit.register(solver.close)
    with ThreadPoolExecutor(AT_A_TIME) as threads:
        for asked in (False, True)[: 1 + forced]:
            list(threads.map(lambda solver, asked=asked: solver.solve(Problem(COLD), forced=asked), solvers))
    return solvers


async def solve_all(
    questions: Sequence[Question], solvers: Sequence[Solver], name: str, *, forced: bool = False
) -> list[Solved | Errored]:
    """What the pipeline makes of each; progress goes to standard error."""
    found: dict[int, Solved | Errored] = {}
    waiting = iter(range(len(questions)))
    began = told = time.monotonic()

    async def work(solver: Solver) -> None:
        nonlocal told
        for place in waiting:
            found[place] = await asyncio.to_thread(solver.solve, questions[place].problem, forced=forced)
            if (now := time.monotonic()) - told > TOLD_EVERY_SECONDS:
                told = now
                line = f"  {name}: {len(found)} of {len(questions)}, {now - began:.0f} s"
                print(f"\n{line}", file=sys.stderr, end=" ", flush=True)

    async with asyncio.TaskGroup() as group:
        for solver in solvers:
            group.create_task(work(solver))
    return [found[place] for place in range(len(questions))]


async def cold_cli(options: Options) -> dict[str, object]:
    """`quod solve` in a fresh process with a fresh database, from its start to its end; files are in the page cache."""
    folder = options.weights or EMBEDDED
    try:
        weights = weights_of(folder)
    except LmSpecError as error:
        return {"skipped": str(error)}
    spec = f"embedded:{folder.resolve()}" if options.weights else "embedded:"
    await _start(spec)
    runs = [await _start(spec) for _ in range(COLD_STARTS)]
    return {
        "weights": weights,
        "verdicts": [verdict for _, verdict in runs],
        "seconds": [round(seconds, 2) for seconds, _ in runs],
        "targets": {"longest_seconds": _target(round(max(seconds for seconds, _ in runs), 2), FIRST_ANSWER_SECONDS)},
    }


async def _start(spec: str) -> tuple[float, str]:
    """Seconds, and the verdict."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "app.cli", "solve", "--lm", spec, "--json", COLD),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            cwd=ROOT,
            env={**os.environ, "QUOD_DATABASE_URL": f"sqlite:///{folder}/cold.db"},
        )
        printed, _ = await process.communicate()
        seconds = time.monotonic() - began
    if (verdict := json.loads(printed).get("verdict")) is None:
        raise RuntimeError(f"`quod solve` printed no verdict but {printed.decode()}")
    return seconds, " ".join(filter(None, (verdict["kind"], verdict["answer"], verdict["trust"])))


# Duplicates


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Of each source, which questions are near-duplicates of a text of it, by their places."""

    of_files: dict[str, frozenset[int]]
    of_generators: dict[str, frozenset[int]]
    texts: dict[str, int]
    """How many texts of each source were compared with."""

    @property
    def trained(self) -> frozenset[int]:
        return frozenset().union(*self.of_files.values())

    @property
    def generated(self) -> frozenset[int]:
        return frozenset().union(*self.of_generators.values())


def duplicates_of(questions: Sequence[Question], test_set: TestSet, folder: Path, generated: int) -> Duplicates:
    """Near-duplicates of what the translator in `folder` was trained on, and of so many texts of each generator."""
    texts = [question.problem.text for question in questions]
    trained = {name: _trained_on(folder).get(name, []) for name in test_set.trained}
    made_up = {name: _made_up(name, generated) for name in test_set.generators}
    return Duplicates(
        {name: _near(training, texts) for name, training in trained.items()},
        {name: _near(training, texts) for name, training in made_up.items()},
        {name: len(training) for name, training in {**trained, **made_up}.items()},
    )


def _near(training: Sequence[str], evaluated: Sequence[str]) -> frozenset[int]:
    return frozenset(duplicate.evaluated for duplicate in find_duplicates(training, evaluated))


@cache
def _trained_on(folder: Path) -> dict[str, list[str]]:
    """All its networks together."""
    texts: dict[str, list[str]] = {}
    for network in networks_in(folder):
        for builder, found in wordproblems.trained_on(recipe_of(network)).items():
            texts.setdefault(builder, []).extend(found)
    return texts


@cache
def _made_up(builder: str, number: int) -> tuple[str, ...]:
    """Arithmetic: the first that the recipe `embedded` makes; a duplicate among the others is as likely."""
    seed = load_recipe("embedded").seed
    parts = [f"{seed}/{builder}"] if builder in ("elementary", "multistep") else [f"{builder}/{part}" for part in "ab"]
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(AT_A_TIME, mp_context=spawn) as processes:
        made = processes.map(partial(wordproblems.made_up, builder, number=number // len(parts)), parts)
        return tuple(text for texts in made for text in texts)


# Counting


def report(
    questions: Sequence[Question],
    found: Sequence[Solved | Errored],
    forced: Sequence[Solved | Errored] | None,
    duplicates: Duplicates,
    test_set: TestSet,
) -> dict[str, object]:
    """Everything about a set, as JSON. The targets are measured by `without_duplicates`."""
    everything = range(len(questions))
    counted = [place for place in everything if place not in duplicates.trained]
    shares = partial(summary, questions, found)
    measured = shares(counted)
    seconds = sorted(one.seconds for one in found if isinstance(one, Solved))
    median = round(statistics.median(seconds), 3) if seconds else None
    targets = {
        "accuracy": _target(measured["accuracy"], test_set.accuracy, at_least=True),
        "accuracy_at_certified": _target(measured["accuracy_at_certified"], test_set.certified, at_least=True),
        "median_seconds": _target(median, MEDIAN_SECONDS),
    }
    told: dict[str, object] = {
        "problems": len(questions),
        "targets": {name: target for name, target in targets.items() if target is not None},
        "without_duplicates": measured,
        "with_duplicates": shares(everything),
        "without_those_of_generators_either": shares([p for p in counted if p not in duplicates.generated]),
        "duplicates": {
            "similarity": NEAR,
            "removed": len(duplicates.trained),
            "of_files": {name: len(places) for name, places in duplicates.of_files.items()},
            "of_generators": {name: len(places) for name, places in duplicates.of_generators.items()},
            "texts_compared": duplicates.texts,
        },
    }
    if forced is not None:
        told["forced"] = {
            "without_duplicates": summary(questions, forced, counted),
            "with_duplicates": summary(questions, forced, everything),
        }
    return {
        **told,
        "seconds": {
            "median": median,
            "p99": round(seconds[int(0.99 * (len(seconds) - 1))], 3) if seconds else None,
            "median_of_the_translator": round(
                statistics.median(one.lm_seconds for one in found if isinstance(one, Solved)), 3
            )
            if seconds
            else None,
            "measured": f"{AT_A_TIME} problems at a time, one thread each",
        },
        **_details(questions, found),
    }


def summary(
    questions: Sequence[Question], found: Sequence[Solved | Errored], places: Collection[int]
) -> dict[str, object]:
    """Of the questions at `places`: outcomes, and shares with their 95 % intervals (Wilson); None: a share of nothing.

    An answer is what was concluded, right or wrong; `certified` counts those at trust certified or above.
    """
    outcomes = Counter(outcome(questions[place], found[place]) for place in places)
    answered = outcomes["right"] + outcomes["wrong"]
    certified = Counter(outcome(questions[place], found[place]) for place in places if _is_certified(found[place]))
    return {
        "problems": len(places),
        "outcomes": {name: outcomes[name] for name in ("right", "wrong", "abstained", "errored")},
        **_share("accuracy", outcomes["right"], len(places)),
        **_share("coverage", answered, len(places)),
        **_share("accuracy_of_the_answered", outcomes["right"], answered),
        "certified": certified.total(),
        **_share("accuracy_at_certified", certified["right"], certified.total()),
    }


def outcome(question: Question, one: Solved | Errored) -> str:
    if isinstance(one, Errored):
        return "errored"
    if one.verdict == VerdictKind.UNRESOLVED:
        return "abstained"
    return "right" if is_right(question, one) else "wrong"


def is_right(question: Question, one: Solved) -> bool:
    match question.answers:
        case Answers.NUMBER:
            return same_answer(Kind.ARITHMETIC, one.answer, question.gold)
        case Answers.VERDICT:
            return LETTERS.get(VerdictKind(one.verdict)) == question.gold
        case Answers.OPTION:
            return one.answer is not None and one.answer.upper() == question.gold


def _details(questions: Sequence[Question], found: Sequence[Solved | Errored]) -> dict[str, object]:
    """What became of the problems beside right and wrong, duplicates included."""
    solved = [one for one in found if isinstance(one, Solved)]
    reasons: dict[str, Counter[str]] = {}
    for one in solved:
        if one.verdict == VerdictKind.UNRESOLVED:
            reasons.setdefault(one.kind, Counter())[_in_general(one.reason)] += 1
    wrong = [
        (question, one)
        for question, one in zip(questions, found, strict=True)
        if isinstance(one, Solved) and outcome(question, one) == "wrong"
    ]
    return {
        "kinds": dict(Counter(one.kind for one in solved).most_common()),
        "trust": dict(Counter(one.trust or "none" for one in solved).most_common()),
        "attempts": {str(number): count for number, count in sorted(Counter(one.attempts for one in solved).items())},
        "first_fault_by_class": dict(Counter(one.fault for one in solved if one.fault).most_common()),
        "errors": dict(Counter(one.error for one in found if isinstance(one, Errored)).most_common()),
        "abstained_because": {kind: dict(counts.most_common(MOST_REASONS)) for kind, counts in reasons.items()},
        "wrong_by_verdict": dict(Counter(f"{one.verdict}, {one.trust}" for _, one in wrong).most_common()),
        "certified_and_wrong": [question.id for question, one in wrong if _is_certified(one)],
    }


def _is_certified(one: Solved | Errored) -> bool:
    return isinstance(one, Solved) and one.trust in CERTIFIED


def _in_general(reason: str) -> str:
    """A reason without what is of one problem alone, so that equal ones are counted together."""
    general = re.sub(r"(needed): .*", r"\1", reason, flags=re.DOTALL)
    return re.sub(r"""\"[^"]*\"|'[^']*'|`[^`]*`|\d+(?:\.\d+)?%?""", "_", general)[:160]


def _share(name: str, part: int, of: int) -> dict[str, object]:
    low, high = wilson(part, of)
    return {
        name: round(part / of, 4) if of else None,
        f"{name}_interval_95": [round(low, 4), round(high, 4)] if of else None,
    }


def _target(measured: object, wanted: float | None, *, at_least: bool = False) -> dict[str, object] | None:
    if wanted is None:
        return None
    met = isinstance(measured, int | float) and (measured >= wanted if at_least else measured <= wanted)
    return {"at_least" if at_least else "at_most": wanted, "measured": measured, "met": met}
