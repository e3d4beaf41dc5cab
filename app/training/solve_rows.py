"""Problems that come with what they say, as rows of the task SOLVE: the translator's own code writes the program.

So a language model learns the form that the embedded translator writes, and that the prompts ask for.
"""

from collections.abc import Sequence
from random import Random

from app.problem import Kind, Problem, World
from app.training.generators.deduction import MadeUpProblem, Style, problem, slots_of
from app.training.generators.ordering import puzzle
from app.training.rows import ArithmeticProblem, Row, Task
from app.translator.arithmetic import write
from app.translator.clauses import Unsayable, mask, rename, spell
from app.translator.deduction import translate
from app.translator.puzzle import translate_puzzle
from app.translator.result import Translation
from solvers.types import Language

_MOST_DRAWN = 100
Said = Sequence[tuple[tuple[str, ...], float]]
"""Of each sentence what it says, as the small model would write it, with its log-probability."""


class MadeUpError(RuntimeError):
    """The translator abstains from all problems that come with what they say. A fault of ours."""


def arithmetic_row(problem: ArithmeticProblem) -> Row:
    """The problem with its expression as a Prolog program."""
    return Row(
        task=Task.SOLVE,
        problem=Problem(problem.text, Kind.ARITHMETIC, Language.PROLOG),
        completion=write(problem.text, problem.expression, Language.PROLOG),
        answer=str(problem.answer),
        source=problem.source,
        id=problem.id,
    )


def ordering_row(rng: Random) -> Row:
    """An ordering puzzle made up, in either language.

    Raises:
        MadeUpError: no program can be written for a hundred of them.
    """
    for _ in range(_MOST_DRAWN):
        made = puzzle(rng)
        language = rng.choice(list(Language))
        said: Said = [(target, 0.0) for target in made.targets]
        translation = translate_puzzle(made.text, language, lambda _masked, said=said: said)  # type: ignore[misc]  # mypy sees no type in the default
        if isinstance(translation, Translation):
            asked = Problem(made.text, Kind.CONSTRAINT, language)
            return _made_up(asked, translation, made.answer, "generated/ordering", rng)
    raise MadeUpError(f"no program can be written for {_MOST_DRAWN} puzzles")


def deduction_row(rng: Random) -> Row:
    """A deduction made up: in an open world in either language, or in a closed one in Prolog.

    Raises:
        MadeUpError: no program can be written for a hundred of them.
    """
    for _ in range(_MOST_DRAWN):
        made = problem(rng, rng.choice(list(Style)))
        world, verdict = World.OPEN, made.open_world
        if made.closed_world is not None and rng.random() < 0.3:
            world, verdict = World.CLOSED, made.closed_world
        language = Language.PROLOG if world is World.CLOSED else rng.choice(list(Language))
        said = _said(made)
        if said is None:
            continue
        translation = translate(made.text, lambda _masked, said=said: said, language, world)  # type: ignore[misc]  # mypy sees no type in the default
        if isinstance(translation, Translation):
            asked = Problem(made.text, Kind.ENTAILMENT, language, world)
            return _made_up(asked, translation, verdict.value, "generated/deduction", rng)
    raise MadeUpError(f"no program can be written for {_MOST_DRAWN} deductions")


def _said(made: MadeUpProblem) -> Said | None:
    """What the sentences say, over the slots of each; None where that cannot be written."""
    said = []
    for sentence in (*made.premises, made.conclusion):
        slots = slots_of(mask(sentence.text), made.forms)
        if slots is None or isinstance(sentence.reading, Unsayable):
            return None
        said.append((spell(rename(sentence.reading, slots)), 0.0))
    return said


def _made_up(asked: Problem, translation: Translation, answer: str, source: str, rng: Random) -> Row:
    identity = f"{rng.getrandbits(48):012x}"
    return Row(Task.SOLVE, asked, translation.completion, answer, source, identity)
