"""Problems that come with what they say, as rows of the task SOLVE: the translator's own code writes the program.

So a language model learns the form that the embedded translator writes, and that the prompts ask for.
"""

from random import Random

from app.problem import Kind, Problem
from app.training.generators.ordering import puzzle
from app.training.rows import ArithmeticProblem, Row, Task
from app.translator.arithmetic import write
from app.translator.puzzle import translate_puzzle
from app.translator.result import Translation
from solvers.types import Language

_MOST_DRAWN = 100


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
        RuntimeError: the translator abstains from a hundred puzzles with what they say before it. A fault of ours.
    """
    for _ in range(_MOST_DRAWN):
        made = puzzle(rng)
        language = rng.choice(list(Language))
        said = [(target, 0.0) for target in made.targets]
        translation = translate_puzzle(made.text, language, lambda _masked, said=said: said)  # type: ignore[misc]  # mypy sees no type in the default
        if isinstance(translation, Translation):
            return Row(
                task=Task.SOLVE,
                problem=Problem(made.text, Kind.CONSTRAINT, language),
                completion=translation.completion,
                answer=made.answer,
                source="generated/ordering",
                id=f"{rng.getrandbits(48):012x}",
            )
    raise RuntimeError(f"the translator abstains from {_MOST_DRAWN} puzzles that come with what they say")
