"""Reads public word problems with worked solutions as `ArithmeticProblem`s: MAWPS, GSM8K and MathQA, by path.

Texts stay as they are. Each number of a solution is tied to a quantity of its text, and a row is used only if the
expression gives the answer that the file states. What is not used is counted with its reason: `Dropped`.
"""

import ast
import csv
import gzip
import json
import logging
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from app.numerals import Quantity, quantities
from app.training.literals import Calculation, Number, Tied, Tying, UntiedError, Written
from app.training.rows import ArithmeticProblem
from app.translator.expression import (
    OPERATORS,
    Constant,
    Expression,
    ExpressionError,
    Operation,
    Operator,
    Slot,
    canonical,
    evaluate,
    parse,
    slots,
    spell,
)

_log = logging.getLogger(__name__)


class SourceError(ValueError):
    """The file is not what its reader reads; `path` and `line` say where."""

    def __init__(self, path: Path, line: int, detail: str) -> None:
        super().__init__(f"{path}, row {line}: {detail}")
        self.path = path
        self.line = line


@dataclass(slots=True)
class Dropped:
    """What became of the rows of one file: how many there were, were used, and were not, by reason.

    A reader fills it as it goes, and logs it at the end.
    """

    source: str = ""
    rows: int = 0
    used: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        reasons = "; ".join(f"{count} {reason}" for reason, count in self.reasons.most_common())
        return f"{self.source}: {self.used} of {self.rows} rows used" + (f", dropped: {reasons}" if reasons else "")


class _NotUsed(Exception):
    """Ends the reading of one row with the reason; never leaves this module."""


def mawps(path: Path, dropped: Dropped | None = None) -> Iterator[ArithmeticProblem]:
    """The rows of a CSV of MAWPS as the SVAMP repository has it: `Question` with `number0`..., `Numbers`, `Equation`
    in prefix form, `Answer`.

    Raises:
        SourceError: the file is none.
        OSError: it cannot be read.
    """
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        needed = {"Question", "Numbers", "Equation", "Answer"}
        if not needed <= set(reader.fieldnames or ()):
            raise SourceError(path, 1, f"the columns {', '.join(sorted(needed))} are needed")
        yield from _read("mawps", path, reader, _mawps, dropped)


def gsm8k(path: Path, dropped: Dropped | None = None) -> Iterator[ArithmeticProblem]:
    """The rows of GSM8K's training set with its annotations as steps, one JSON object a line, gzipped or not:
    `question`, `gold`, and `steps`, each with a `clp` such as `S2 = S1*50`.

    Raises: as `mawps`.
    """
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
        yield from _read("gsm8k", path, (json.loads(line) for line in file if line.strip()), _gsm8k, dropped)


def mathqa(path: Path, dropped: Dropped | None = None) -> Iterator[ArithmeticProblem]:
    """The rows of a JSON file of MathQA: `Problem`, `options`, `correct` and `linear_formula`.

    About a fifth of its annotations are wrong: a row is used if its formula gives the marked option, to the digits
    that are printed there.

    Raises: as `mawps`.
    """
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise SourceError(path, 1, f"not JSON: {error}") from error
    if not isinstance(rows, list):
        raise SourceError(path, 1, "a list of objects is needed")
    yield from _read("mathqa", path, rows, _mathqa, dropped)


def _read(
    source: str,
    path: Path,
    rows: Iterable[Mapping[str, Any]],
    read: Callable[[Mapping[str, Any]], tuple[str, Expression, Fraction]],
    dropped: Dropped | None,
) -> Iterator[ArithmeticProblem]:
    """What `read` makes of each row; it gives a text, an expression and its value."""
    dropped = Dropped() if dropped is None else dropped
    dropped.source = source
    try:
        for number, row in enumerate(rows, start=1):
            dropped.rows += 1
            try:
                text, expression, answer = read(row)
            except (_NotUsed, UntiedError) as reason:
                dropped.reasons[str(reason)] += 1
                continue
            dropped.used += 1
            yield ArithmeticProblem(text, expression, answer, source, f"{path.name}:{number}")
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise SourceError(path, dropped.rows, f"not as expected: {error!r}") from error
    _log.info("%s", dropped)


def _finish(
    text: str, tied: Expression, found: Sequence[Quantity], is_answer: Callable[[Fraction], bool]
) -> tuple[str, Expression, Fraction]:
    """The row, if the canonical form of its expression gives the answer."""
    try:
        expression = parse(spell(canonical(tied)))
        value = evaluate(expression, [item.value for item in found])
    except ExpressionError as error:
        raise _NotUsed("it has no value, or is too long") from error
    if not is_answer(value):
        raise _NotUsed("its value is not the answer")
    if not slots(expression):
        raise _NotUsed("it uses no quantity of the text")
    return text, expression, value


# MAWPS


def _mawps(row: Mapping[str, Any]) -> tuple[str, Expression, Fraction]:
    numbers = [_whole_or_fraction(number) for number in row["Numbers"].split()]
    places: dict[int, int] = {}
    """Where each number stands in the text, first."""
    pieces: list[str] = []
    length = 0
    for part in re.split(r"(number\d+)", row["Question"]):
        if match := re.fullmatch(r"number(\d+)", part):
            index = int(match[1])
            if index >= len(numbers):
                raise _NotUsed("a number of the text is not given")
            places.setdefault(index, length)
            part = _spelled(numbers[index])
        pieces.append(part)
        length += len(part)
    text = "".join(pieces)
    found = quantities(text)

    def leaf(token: str) -> Written:
        if match := re.fullmatch(r"number(\d+)", token):
            index = int(match[1])
            if index not in places:
                raise _NotUsed("a number of the equation is not in the text")
            return _at(places[index], numbers[index], found)
        return Number(Fraction(token))

    written = _prefix(iter(row["Equation"].split()), leaf)
    gold = _whole_or_fraction(row["Answer"])
    return _finish(text, Tying(text, found).tie(written), found, lambda value: value == gold)


def _prefix(tokens: Iterator[str], leaf: Callable[[str], Written]) -> Written:
    token = next(tokens)
    for operator in OPERATORS:
        if token == operator:
            return Calculation(operator, _prefix(tokens, leaf), _prefix(tokens, leaf))
    return leaf(token)


def _whole_or_fraction(written: str) -> Fraction:
    """A decimal as it stands; a float such as 2.3333333333333335 is the fraction that it was made from."""
    value = Fraction(written)
    near = value.limit_denominator(100)
    return near if len(written.partition(".")[2]) >= 12 and abs(near - value) < Fraction(1, 10**12) else value


def _spelled(value: Fraction) -> str:
    """8.0 as 8, 28.30 as 28.3, 7/3 as 2 1/3."""
    for digits in range(12):
        if (value * 10**digits).denominator == 1:
            return f"{float(value):.{digits}f}"
    whole, rest = divmod(value, 1)
    return f"{whole} {rest}" if whole else str(rest)


def _at(place: int, value: Fraction, found: Sequence[Quantity]) -> Written:
    """The quantity that covers the number at `place`, or the number itself where it is a part of that quantity."""
    for index, item in enumerate(found):
        if item.start <= place < item.end:
            return Tied(Slot(index)) if item.value == value else Number(value, "part")
    raise _NotUsed("a number is no quantity where it stands")


# GSM8K


def _gsm8k(row: Mapping[str, Any]) -> tuple[str, Expression, Fraction]:
    text, gold = row["question"], Fraction(row["gold"].replace(",", ""))
    found = quantities(text)
    tying = Tying(text, found)
    results: dict[str, Fraction] = {}
    tied: Expression | None = None
    for number, step in enumerate(row["steps"], start=1):
        written = _step(_python(step["clp"].partition("=")[2]), _python(step["expr"]), results)
        results[f"S{number}"] = value = Fraction(step["value"])
        tied = tying.step(value, written)
    if tied is None:
        raise _NotUsed("it has no steps")
    return _finish(text, tied, found, lambda value: value == gold)


_PYTHON: dict[type[ast.operator], Operator] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}


def _python(arithmetic: str) -> ast.expr | None:
    try:
        return ast.parse(arithmetic.strip(), mode="eval").body
    except SyntaxError:
        return None


def _step(node: ast.expr | None, original: ast.expr | None, results: Mapping[str, Fraction]) -> Written:
    """A step as it was annotated.

    `original` has 0.2 where `node` has (1/5). A name in `node` is a guess at which earlier result a number is: its
    value is all that is taken from it.
    """
    match node, original:
        case ast.Name(id=name), _:
            return Number(results[name])
        case ast.Constant(value=int() | float() as value), _:
            return Number(Fraction(repr(value)))
        case ast.BinOp(), ast.Constant(value=float() as value):
            return Number(Fraction(repr(value)))
        case ast.UnaryOp(op=ast.USub(), operand=operand), _:
            inner = original.operand if isinstance(original, ast.UnaryOp) else None
            return Calculation("-", Number(Fraction(0)), _step(operand, inner, results))
        case ast.BinOp(left=left, op=operator, right=right), _ if type(operator) in _PYTHON:
            one, two = (original.left, original.right) if isinstance(original, ast.BinOp) else (None, None)
            return Calculation(_PYTHON[type(operator)], _step(left, one, results), _step(right, two, results))
    raise _NotUsed("a step is not arithmetic")


# MathQA

_NUMBER = re.compile(r"\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|(?<!\d)\.\d+")
_NOT_BY_ITSELF = re.compile(
    r"\b(?:following|figure|diagram|graph|chart|table (?:above|below)|shown|above|below|statements?|options?|choose"
    r" the|which (?:one|of)|approximat\w*|nearest|closest|least|greatest|smallest|largest|maximum|minimum|probability|"
    r"how many ways|in how many|remainder|digits?|prime|divisible|integers?|function|polygon|equation)\b"
    r"|[\^\u221a|\u2264\u2265\u2220]"
    r"|\bi\b.*\bii\b|_{2,}|\b[a-z] \)"
)
"""Problems that lean on something outside the text, or whose short formula only happens to give the answer."""
_CONSTANT_NAMES: dict[str, Expression] = {
    "const_0_2778": Operation("/", Constant(1000), Constant(3600)),  # metres per second in 1 km/h
    "const_3_6": Operation("/", Constant(3600), Constant(1000)),
    "const_0_25": Operation("/", Constant(1), Constant(4)),
    "const_0_33": Operation("/", Constant(1), Constant(3)),
}
_TEMPLATES = {
    "add": "+ a b",
    "subtract": "- a b",
    "multiply": "* a b",
    "divide": "/ a b",
    "negate": "- 0 a",
    "inverse": "/ 1 a",
    "speed": "/ a b",
    "rectangle_area": "* a b",
    "rectangle_perimeter": "* 2 + a b",
    "square_area": "* a a",
    "square_perimeter": "* 4 a",
    "triangle_area": "/ * a b 2",
    "triangle_perimeter": "+ + a b c",
    "rhombus_area": "/ * a b 2",
    "rhombus_perimeter": "* 4 a",
    "quadrilateral_area": "/ * a + b c 2",
    "volume_rectangular_prism": "* * a b c",
    "volume_cube": "* * a a a",
    "surface_cube": "* 6 * a a",
}


def _mathqa(row: Mapping[str, Any]) -> tuple[str, Expression, Fraction]:
    text: str = row["Problem"].strip()
    if _NOT_BY_ITSELF.search(text):
        raise _NotUsed("its text is no problem by itself, or not of arithmetic")
    printed = _option(row["options"], row["correct"])
    found = quantities(text)
    numbers = [(match.start(), Fraction(match[0].replace(",", ""))) for match in _NUMBER.finditer(text)]
    steps: list[Written] = []
    for call in filter(None, (part.strip() for part in row["linear_formula"].split("|"))):
        match = re.fullmatch(r"(\w+)\(([^()]*)\)", call)
        if match is None:
            raise _NotUsed("its formula cannot be read")
        arguments = [_argument(name.strip(), numbers, found, steps) for name in match[2].split(",")]
        steps.append(_call(match[1], arguments))
    if not steps:
        raise _NotUsed("its formula cannot be read")
    return _finish(text, Tying(text, found).tie(steps[-1]), found, printed.says)


def _call(function: str, arguments: Sequence[Written]) -> Written:
    if function == "power" and len(arguments) == 2:
        base, exponent = arguments
        power = exponent.value if isinstance(exponent, Number) else None
        if power not in (2, 3):
            raise _NotUsed("its formula is more than arithmetic")
        template = "* a a" if power == 2 else "* * a a a"
        arguments = [base]
    elif function in _TEMPLATES:
        template = _TEMPLATES[function]
    else:
        raise _NotUsed("its formula is more than arithmetic")
    names = dict(zip("abc", arguments, strict=False))
    if len(arguments) != len(set(template) & set("abc")):
        raise _NotUsed("its formula cannot be read")
    return _prefix(iter(template.split()), lambda token: names.get(token) or _exactly(int(token)))


def _exactly(value: int) -> Written:
    return Number(Fraction(0)) if value == 0 else Tied(Constant(value))


def _argument(
    name: str, numbers: Sequence[tuple[int, Fraction]], found: Sequence[Quantity], steps: Sequence[Written]
) -> Written:
    """`n0` is a number of the text, `#0` an earlier step, `const_100` a constant."""
    if match := re.fullmatch(r"([n#])(\d+)", name):
        index = int(match[2])
        if index >= len(steps if match[1] == "#" else numbers):
            raise _NotUsed("its formula names what is not there")
        return steps[index] if match[1] == "#" else _at(*numbers[index], found)
    if name in _CONSTANT_NAMES:
        return Tied(_CONSTANT_NAMES[name])
    if match := re.fullmatch(r"const_(\d+)", name):
        return Number(Fraction(match[1]), "unwritten")
    raise _NotUsed("its formula has a constant that is not ours")


@dataclass(frozen=True, slots=True)
class _Printed:
    """An option: a number, and how far what it stands for may be from it, because it is printed to so many digits."""

    value: Fraction
    tolerance: Fraction

    def says(self, value: Fraction) -> bool:
        return abs(value - self.value) <= self.tolerance


_OPTION = re.compile(r"(?:^|,)\s*([a-e])\s*\)")
_PRINTED = re.compile(
    r"[^\d+.\-/:]*(?:[a-z]+\s*\.)?[^\d.+\-/:]*(?P<minus>-\s*)?(?:(?P<whole>\d+)\s+)?(?:(?P<over>\d+)\s*/\s*(?P<under>[1-9]\d*)|"
    r"(?P<number>\d+(?:\s?,\s?\d{3})*(?:\.\d+)?|\.\d+))(?:[^\d+*/:^\u221a]|/(?!\s*\d))*(?: c?m 2)?"
)


def _option(options: str, correct: str) -> _Printed:
    """The one number of the option marked `correct`."""
    options = re.sub(r"[\[\]'\"]", "", options)
    places = list(_OPTION.finditer(options))
    chosen = [index for index, place in enumerate(places) if place[1] == correct]
    if len(chosen) != 1:
        raise _NotUsed("its options cannot be read")
    end = places[chosen[0] + 1].start() if chosen[0] + 1 < len(places) else len(options)
    match = _PRINTED.fullmatch(options[places[chosen[0]].end() : end].strip())
    if match is None or (match["whole"] and match["number"]):
        raise _NotUsed("its answer is not one number")
    tolerance = Fraction(0)
    if match["over"]:
        value = Fraction(int(match["whole"] or 0)) + Fraction(int(match["over"]), int(match["under"]))
    else:
        plain = re.sub(r"[\s,]", "", match["number"])
        value = Fraction(plain)
        decimals = len(plain.partition(".")[2])
        if decimals:
            tolerance = Fraction(1, 2 * 10**decimals)
    return _Printed(-value if match["minus"] else value, tolerance)
