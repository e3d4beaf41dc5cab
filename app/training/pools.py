"""The sources of an `EmbeddedRecipe` as pools of examples, with some problems of people held out.

Problems of a file are run one by one by the real engines, made-up ones in bulk; what does not give its answer is
dropped and counted. Sentences have no program of their own: they are read back by the parser of their notation.
"""

import asyncio
import csv
import hashlib
import json
import random
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

from app.numerals import quantities
from app.problem import Problem
from app.training import align, kb, proofwriter, solve
from app.training.augment import STRUCTURAL, augment
from app.training.bulk import right_ones
from app.training.card import SourceCount
from app.training.checkpoints import write_file
from app.training.corpus import Examples, Made, PairPool, Pool, Problems
from app.training.duplicates import find_duplicates
from app.training.execute import Execution, Right, execute_all, runtime_config
from app.training.generators.deduction import sentences as deduction_sentences
from app.training.generators.elementary import elementary
from app.training.generators.multistep import multistep
from app.training.generators.ordering import sentences as ordering_sentences
from app.training.job import Job, TrainingError
from app.training.problem_files import read_problems
from app.training.progress import say
from app.training.recipe import EmbeddedRecipe, FromFile, Generated, Knowledge, Pairs
from app.training.rows import ArithmeticProblem
from app.training.sources import count_source, require_files
from app.translator.arithmetic import write
from app.translator.expression import canonical, parse, spell
from app.translator.forms import Example, Form
from solvers.runtime import Runtime
from solvers.types import Language

_READERS = {"mawps": solve.mawps, "gsm8k": solve.gsm8k, "mathqa": solve.mathqa}
_MAKERS = {"elementary": elementary, "multistep": multistep}
_SENTENCES: dict[str, Callable[[random.Random], Example]] = {
    "deduction": deduction_sentences,
    "ordering": ordering_sentences,
}
_FORMS = {
    **dict.fromkeys((*_READERS, *_MAKERS), Form.ARITHMETIC),
    "proofwriter": Form.CLAUSE,
    "deduction": Form.CLAUSE,
    "ordering": Form.ORDERING,
}
"""What the examples of a builder are read as, where it is a form that is translated at run time."""
_UNREADABLE = (OSError, ValueError, EOFError, zlib.error, csv.Error)
"""What readers of CSV, JSON and gzip raise of a file that is cut off or of another kind."""
PROBLEMS = "problems"
"""Folder of a run in which made-up problems are kept, and sentences that were gathered."""
_VARIED = 0.5
"""Share of the draws of a problem that people wrote which is varied first."""
_ROUNDS_OF_KNOWLEDGE = 20
"""Each with other numbers."""


@dataclass(slots=True)
class Prepared:
    """Pools by source, held-out problems by source, and what each source gave.

    `unlike`: those of the held-out problems that are not nearly a problem that people wrote and that is trained on.
    """

    pools: dict[str, Pool] = field(default_factory=dict)
    held_out: dict[str, list[ArithmeticProblem]] = field(default_factory=dict)
    unlike: dict[str, list[ArithmeticProblem]] = field(default_factory=dict)
    counts: list[SourceCount] = field(default_factory=list)


def forms_of(recipe: EmbeddedRecipe) -> frozenset[Form]:
    """Those that its mixes train, of the forms that are translated at run time."""
    mixed = {recipe.sources[name].builder for phase in recipe.phases for name in phase.mix}
    return frozenset(form for builder, form in _FORMS.items() if builder in mixed)


def prepare(job: Job, recipe: EmbeddedRecipe) -> Prepared:
    """Read, make and run everything.

    Raises:
        TrainingError: a file is missing or is not what its builder reads.
        CheckpointError: made-up problems could not be kept.
    """
    files = require_files(recipe, job.data)
    prepared = Prepared()
    problems: dict[str, Sequence[ArithmeticProblem]] = {}
    for name, source in recipe.sources.items():
        dropped: Counter[str] = Counter()
        try:
            if isinstance(source, FromFile) and source.builder == "proofwriter":
                examples = _of_proofwriter(name, files[name], source, job, dropped)
                pool: Pool = Examples(name, examples)
                digest = _digest_of_examples(examples)
            elif isinstance(source, FromFile) and source.builder in _READERS:
                read = _read(name, source, files[name], job, recipe.seed, dropped)
                split = min(len(read) // 5, recipe.evaluation.rows)
                prepared.held_out[name], problems[name] = read[:split], read[split:]
                dropped["held out"] += split
                pool = Problems(name, problems[name], _varying(problems[name]))
                digest = _digest([problem.text for problem in problems[name]])
            elif isinstance(source, Generated) and source.builder in _MAKERS:
                problems[name] = _made(name, source, job, recipe.seed, dropped)
                pool = Problems(name, problems[name])
                digest = _digest([problem.text for problem in problems[name]])
            elif isinstance(source, Generated):
                pool = Made(name, _SENTENCES[source.builder], source.rows, recipe.seed)
                digest = _digest([f"{name}, seed {recipe.seed}, {source.rows}"])
            elif isinstance(source, Knowledge):
                examples = _knowledge(recipe.seed)
                pool, digest = Examples(name, examples), _digest_of_examples(examples)
            elif isinstance(source, Pairs):
                of = [problem for each in source.of for problem in _pairable(each, problems)]
                pool = PairPool(name, of, align.example_pair, min(source.rows, 2 * len(of)))
                digest = _digest([f"pairs of {', '.join(source.of)}"])
            else:
                raise TrainingError(f"the source {name}: the embedded translator is not trained on {source.builder}")
        except _UNREADABLE as error:
            raise TrainingError(f"the source {name}: {error}") from error
        if not pool.size:
            raise TrainingError(f"the source {name} gives no example" + (f": {_told(dropped)}" if dropped else ""))
        say(f"{name}: {pool.size} examples" + (f"; {_told(dropped)}" if dropped else ""))
        prepared.pools[name] = pool
        prepared.counts.append(count_source(name, source, files.get(name), pool.size, digest, dropped))
    trained_on = [problem.text for name in prepared.held_out for problem in problems[name]]
    for name, rows in prepared.held_out.items():
        near = {each.evaluated for each in find_duplicates(trained_on, [problem.text for problem in rows])}
        prepared.unlike[name] = [problem for index, problem in enumerate(rows) if index not in near]
    return prepared


def _read(
    name: str, source: FromFile, file: Path, job: Job, seed: int, dropped: Counter[str]
) -> list[ArithmeticProblem]:
    """The problems of a file whose programs give their answers, in an order of chance."""
    counts = solve.Dropped()
    problems = list(_READERS[source.builder](file, counts))
    dropped.update(counts.reasons)
    if evaluated := [each.text for path in source.exclude for each in read_problems(_place(path, job))]:
        near = {each.training for each in find_duplicates([problem.text for problem in problems], evaluated)}
        problems = [problem for index, problem in enumerate(problems) if index not in near]
        dropped["nearly an evaluated problem"] += len(near)
    executions = [
        Execution(
            write(problem.text, problem.expression, Language.PROLOG),
            Problem(problem.text, language=Language.PROLOG),
            str(problem.answer),
        )
        for problem in problems
    ]
    found = execute_all(executions, cache=job.executions, total=len(executions))
    right = [problem for problem, each in zip(problems, found, strict=True) if isinstance(each, Right)]
    if len(right) < len(problems):
        dropped["the program does not give the answer"] += len(problems) - len(right)
    random.Random(f"{seed}/{name}").shuffle(right)
    return right[: source.rows] if source.rows else right


def _place(path: str, job: Job) -> Path:
    return (job.data or Path()) / Path(path).expanduser()


def _of_proofwriter(name: str, file: Path, source: FromFile, job: Job, dropped: Counter[str]) -> Sequence[Example]:
    """Its sentences, kept in the run's folder: a line with what was dropped, then one for each sentence."""

    async def gather() -> proofwriter.Gathered:
        async with Runtime(runtime_config()) as runtime:
            return await proofwriter.proofwriter_examples(file, runtime, most=source.rows)

    place = job.out / PROBLEMS / f"{name}.jsonl"
    if not place.is_file():
        gathered = asyncio.run(gather())
        pairs = [[" ".join(example.source), " ".join(example.target)] for example in gathered.examples]
        place.parent.mkdir(parents=True, exist_ok=True)
        write_file(place, "".join(json.dumps(line) + "\n" for line in (gathered.dropped, *pairs)))
    counts, *lines = place.read_text("utf-8").splitlines()
    dropped.update(json.loads(counts))
    return [
        Example(Form.CLAUSE, tuple(read.split()), tuple(written.split()), proofwriter.SOURCE)
        for read, written in map(json.loads, lines)
    ]


def _pairable(name: str, problems: Mapping[str, Sequence[ArithmeticProblem]]) -> Sequence[ArithmeticProblem]:
    if name not in problems:
        raise TrainingError(f"pairs cannot be made of {name}: it gives no word problems, or the recipe names it later")
    return problems[name]


def _varying(
    problems: Sequence[ArithmeticProblem],
) -> Callable[[ArithmeticProblem, random.Random], ArithmeticProblem | None]:
    def vary(problem: ArithmeticProblem, rng: random.Random) -> ArithmeticProblem | None:
        return augment(problem, problems, rng, STRUCTURAL) if rng.random() < _VARIED else None

    return vary


def _made(name: str, source: Generated, job: Job, seed: int, dropped: Counter[str]) -> list[ArithmeticProblem]:
    """Made-up problems, kept in the run's folder, since making and running them takes minutes."""
    place = job.out / PROBLEMS / f"{name}.jsonl"
    if not place.is_file():
        make, rng = _MAKERS[source.builder], random.Random(f"{seed}/{name}")
        say(f"{name}: making {source.rows} problems")
        drawn = (make(rng) for _ in range(source.rows))
        problems = list({each.text: replace(each, expression=canonical(each.expression)) for each in drawn}.values())
        say(f"{name}: running them")
        right = right_ones(problems)
        place.parent.mkdir(parents=True, exist_ok=True)
        write_file(place, "".join(_line(problem) for problem in right))
    found = [_problem(line, source.builder) for line in place.read_text("utf-8").splitlines()]
    if len(found) < source.rows:
        dropped["the same text twice, or a program that does not give the answer"] += source.rows - len(found)
    return found


def _line(problem: ArithmeticProblem) -> str:
    return json.dumps([problem.id, problem.text, " ".join(spell(problem.expression)), str(problem.answer)]) + "\n"


def _problem(line: str, builder: str) -> ArithmeticProblem:
    id_, text, expression, answer = json.loads(line)
    return ArithmeticProblem(text, parse(expression.split()), Fraction(answer), f"generated/{builder}", id_)


def _knowledge(seed: int) -> list[Example]:
    rng = random.Random(f"{seed}/kb")
    return [example for _ in range(_ROUNDS_OF_KNOWLEDGE) for example in kb.examples(rng)]


def _digest_of_examples(examples: Iterable[Example]) -> str:
    return _digest([" ".join((*example.source, *example.target)) for example in examples])


def _digest(texts: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for text in texts:
        digest.update(text.encode() + b"\0")
    return digest.hexdigest()


def _told(dropped: Mapping[str, int]) -> str:
    return "; ".join(f"{count} {reason}" for reason, count in Counter(dropped).most_common())


def values_of(problem: ArithmeticProblem) -> tuple[Fraction, ...]:
    """Of its quantities, in their order."""
    return tuple(quantity.value for quantity in quantities(problem.text))
