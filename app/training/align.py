"""True and false pairs of problem, program and answer, from which a translator learns what a program gets wrong.

A false program is a right one with one fault put in: its operands exchanged, a step left out, a quantity that plays no
part. Of what a language model is taught (`pairs`), every program, right or wrong, is run by the engines, and a wrong
one is used only if its answer is another than the problem's. What the embedded translator is taught (`examples`) is
too much to run: its expressions are evaluated by `app.translator.expression`, exactly, and by nothing else.
"""

import re
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from random import Random

from app.numerals import quantities
from app.problem import Kind, Problem
from app.reasoning.extract import prolog_code
from app.training.execute import Execution, Failed, Found, Right, Wrong
from app.training.mutants import Fault, does_instead, mutate
from app.training.rows import ArithmeticProblem, Row, Task
from app.translator.arithmetic import write
from app.translator.expression import OPERATORS, canonical, spell
from app.translator.forms import Example, Form
from app.translator.masking import EVERY_WORD, TooManyError, mask
from solvers.types import Language

SOURCE = "align"
PROGRAM = "<program>"
"""Stands between the problem and the expression in what the embedded translator reads."""

Run = Callable[[Sequence[Execution]], Sequence[Found]]
"""Runs programs and says of each, in their order, what it gives: `app.training.execute.execute_all`."""

_AT_ONCE = 500
"""Problems whose programs are run together."""
_BLOCK = re.compile(r"^```[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
_CALCULATION = re.compile(r"\{[^{}]*\}|\bis\b[^,]*|#=[^,]*")
_OPERATOR = re.compile(r" ([-+*/]) ")

_QUESTION = (
    "Problem: {problem}\n\nProgram:\n{program}\n\nClaimed answer: {answer}\n\n"
    "Does this program give the claimed answer, and is that the answer to the problem? Begin with yes or no."
)


class Falsehood(StrEnum):
    """What is false about a pair."""

    PROGRAM = "a wrong program with its own answer"
    ANSWER = "the right program with a wrong answer"
    BOTH = "a wrong program with the right answer"


@dataclass(slots=True)
class Counts:
    """What became of the problems; `pairs` fills it as it goes.

    Args:
        pairs: problems used; each gives one true row and one false one.
        falsehoods, faults: of the false rows; a row that claims a wrong answer for a right program has the fault by
            which the answer came about.
        dropped: problems not used, by reason.
    """

    problems: int = 0
    pairs: int = 0
    falsehoods: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)


# For a language model


@dataclass(frozen=True, slots=True)
class _Pair:
    """A right and a wrong program for one problem, both as completions, not run yet."""

    problem: Problem
    right: str
    wrong: str
    answer: str
    fault: Fault
    reason: str
    id: str


def pairs(
    problems: Iterable[ArithmeticProblem | Row], rng: Random, run: Run, counts: Counts | None = None
) -> Iterator[Row]:
    """One true row and one false row for each problem whose right program is right when it is run, and whose wrong one
    runs as well and gives another answer; the two stand side by side, in either order.

    Args:
        problems: a row serves if it holds a Prolog program for an arithmetic problem, and its answer.
    """
    counts = Counts() if counts is None else counts
    rest = iter(problems)
    while some := list(islice(rest, _AT_ONCE)):
        made = [pair for problem in some if (pair := _pair(problem, rng, counts)) is not None]
        found = run(
            [Execution(program, pair.problem, pair.answer) for pair in made for program in (pair.right, pair.wrong)]
        )
        for index, pair in enumerate(made):
            wrong_answer = _wrong_answer(found[2 * index], found[2 * index + 1])
            if isinstance(wrong_answer, _Unused):
                counts.dropped[wrong_answer.reason] += 1
            else:
                yield from _told(pair, wrong_answer, rng, counts)


@dataclass(frozen=True, slots=True)
class _Unused:
    reason: str


def _pair(problem: ArithmeticProblem | Row, rng: Random, counts: Counts) -> _Pair | None:
    counts.problems += 1
    pair = _of_row(problem, rng) if isinstance(problem, Row) else _of_problem(problem, rng)
    if isinstance(pair, _Unused):
        counts.dropped[pair.reason] += 1
        return None
    return pair


def _of_problem(problem: ArithmeticProblem, rng: Random) -> _Pair | _Unused:
    found = quantities(problem.text)
    mutant = mutate(problem, rng, found)
    if mutant is None:
        return _Unused("no fault gives another answer")
    return _Pair(
        problem=Problem(problem.text, Kind.ARITHMETIC, Language.PROLOG),
        right=write(problem.text, problem.expression, Language.PROLOG, found=found),
        wrong=write(problem.text, mutant.expression, Language.PROLOG, found=found),
        answer=str(problem.answer),
        fault=mutant.fault,
        reason=mutant.reason,
        id=f"{problem.source}:{problem.id}",
    )


def _of_row(row: Row, rng: Random) -> _Pair | _Unused:
    """With one operator of the program's text exchanged, since nobody has its expression."""
    if row.task is not Task.SOLVE or row.answer is None:
        return _Unused("the row holds no program with its answer")
    if row.problem.kind is not Kind.ARITHMETIC or row.problem.language is not Language.PROLOG:
        return _Unused("the row is not of arithmetic in Prolog")
    places = list(_operators(row.completion))
    if not places:
        return _Unused("the program has no operator to exchange")
    place, operator = rng.choice(places)
    other = rng.choice([each for each in OPERATORS if each != operator])
    return _Pair(
        problem=row.problem,
        right=row.completion,
        wrong=f"{row.completion[:place]}{other}{row.completion[place + 1 :]}",
        answer=row.answer,
        fault=Fault.OPERATOR,
        reason=does_instead(other, operator),
        id=f"{row.source}:{row.id}",
    )


def _operators(completion: str) -> Iterator[tuple[int, str]]:
    """Where the program of a completion calculates: each operator with its place."""
    for block in _BLOCK.finditer(completion):
        code = prolog_code(block[1])
        for calculation in _CALCULATION.finditer(code):
            for operator in _OPERATOR.finditer(code, *calculation.span()):
                yield block.start(1) + operator.start(1), operator[1]


def _wrong_answer(right: Found, wrong: Found) -> str | _Unused:
    match right:
        case Failed():
            return _Unused("the right program gives no answer")
        case Wrong():
            return _Unused("the right program gives another answer than the problem has")
    match wrong:
        case Failed():
            return _Unused("the wrong program gives no answer")
        case Right():
            return _Unused("the wrong program gives the right answer")
    return wrong.answer


def _told(pair: _Pair, wrong_answer: str, rng: Random, counts: Counts) -> Iterator[Row]:
    falsehood = rng.choice(list(Falsehood))
    right = pair.answer
    match falsehood:
        case Falsehood.PROGRAM:
            asked, reply = (pair.wrong, wrong_answer), f"It gives {wrong_answer}, but it {pair.reason}."
        case Falsehood.ANSWER:
            asked, reply = (pair.right, wrong_answer), f"It computes what the problem asks for, which is {right}."
        case Falsehood.BOTH:
            asked, reply = (pair.wrong, right), f"It gives {wrong_answer}: it {pair.reason}."
    counts.pairs += 1
    counts.falsehoods[falsehood] += 1
    counts.faults[pair.fault] += 1
    rows = [
        _row(pair, pair.right, right, f"yes\nIt gives {right}, which is what the problem asks for.", "true"),
        _row(pair, *asked, f"no\n{reply}", "false"),
    ]
    rng.shuffle(rows)
    yield from rows


def _row(pair: _Pair, program: str, claimed: str, reply: str, ending: str) -> Row:
    prompt = _QUESTION.format(problem=pair.problem.text, program=program.strip(), answer=claimed)
    return Row(Task.ALIGN, pair.problem, reply, None, SOURCE, f"{pair.id}/{ending}", prompt)


# For the embedded translator


def examples(
    problems: Iterable[ArithmeticProblem], rng: Random, known: Container[str] = EVERY_WORD
) -> Iterator[Example]:
    """A true and a false example for each problem that has both; not run by an engine, only evaluated."""
    for problem in problems:
        if (both := example_pair(problem, rng, known)) is not None:
            yield from both


def example_pair(
    problem: ArithmeticProblem, rng: Random, known: Container[str] = EVERY_WORD
) -> tuple[Example, Example] | None:
    """The problem with its own expression, and with a wrong one.

    Args:
        known: the words that the translator knows, as `mask` wants them.

    Returns:
        None where no fault gives another value, or the text has more place-holders than the translator knows.
    """
    try:
        masked = mask(problem.text, known)
    except TooManyError:
        return None
    mutant = mutate(problem, rng, masked.numbers)
    if mutant is None:
        return None
    asked = (*masked.tokens, PROGRAM)
    return (
        Example(Form.ALIGN, (*asked, *spell(canonical(problem.expression))), ("yes",), SOURCE),
        Example(Form.ALIGN, (*asked, *spell(mutant.expression)), ("no",), SOURCE),
    )
