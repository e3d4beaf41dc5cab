"""Keeps the books of one word problem while it is told: what was written where, and what it is worth.

A number is written through a `Story` and stands in a sentence as one private character, which names it. When the whole
text is put together, the characters become what they stand for, and `conclude` finds every number again among
`app.numerals.quantities` of the text by the place where it was written. A text in which that reader sees other
quantities than those written is not used.
"""

import random
import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeVar

from app.numerals import quantities
from app.training.rows import ArithmeticProblem
from app.translator.expression import (
    CONSTANTS,
    Constant,
    Expression,
    Operation,
    Operator,
    Slot,
    evaluate,
    size,
)

MIN_OPERATIONS, MAX_OPERATIONS = 2, 7
LARGEST_ANSWER = 2_000_000

Kind = Literal["count", "money", "measure"]
"""Of an answer: "count" is whole and positive, "money" has at most two decimals, "measure" at most two as well."""

Choice = TypeVar("Choice")

_FIRST_MARK = 0xE000
_MARK = re.compile("([\ue000-\uefff\uf000])")
_CAPITAL = "\uf000"
"""Stands before the first letter of a sentence."""
_ALTERNATIVES = re.compile(r"\[([^\[\]]*)\]")
_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen"
).split()
_TENS = " ten twenty thirty forty fifty sixty seventy eighty ninety".split(" ")
_PARTS = {2: ("half", "half"), 3: ("third", "thirds"), 4: ("quarter", "quarters"), 5: ("fifth", "fifths")} | {
    6: ("sixth", "sixths"),
    8: ("eighth", "eighths"),
    10: ("tenth", "tenths"),
}


class MisfitError(Exception):
    """The numbers drawn do not suit the story: draw again."""


class BookkeepingError(Exception):
    """A story's own sum is not the value of its expression: a fault of the generator."""


@dataclass(frozen=True, slots=True)
class Term:
    """A quantity of a story: its value, and how it is computed; `mark` stands for it in a sentence if it is written."""

    value: Fraction
    tree: Expression
    mark: str = ""

    def __format__(self, spec: str) -> str:
        if not self.mark:
            raise BookkeepingError("a quantity that is not written was put into a sentence")
        return self.mark

    def __add__(self, other: "Term | int") -> "Term":
        return _combine("+", self, other)

    def __sub__(self, other: "Term | int") -> "Term":
        return _combine("-", self, other)

    def __mul__(self, other: "Term | int") -> "Term":
        return _combine("*", self, other)

    def __truediv__(self, other: "Term | int") -> "Term":
        return _combine("/", self, other)


def constant(value: int) -> Term:
    """A number that everybody knows and no text states."""
    if str(value) not in CONSTANTS:
        raise BookkeepingError(f"{value} is no constant")
    return Term(Fraction(value), Constant(value))


def _combine(operator: Operator, left: Term, right: Term | int) -> Term:
    other = constant(right) if isinstance(right, int) else right
    first, second = left.value, other.value
    match operator:
        case "+":
            value = first + second
        case "-":
            value = first - second
        case "*":
            value = first * second
        case "/":
            value = first / second
    return Term(value, Operation(operator, left.tree, other.tree))


def total(terms: Sequence[Term]) -> Term:
    """Their sum, from left to right."""
    result = terms[0]
    for term in terms[1:]:
        result = result + term
    return result


@dataclass(frozen=True, slots=True)
class Told:
    """A whole story: clauses without capital and full stop, the last of them the question."""

    sentences: Sequence[str]
    answer: Term
    kind: Kind = "count"


class Story:
    """One problem in the making.

    Args:
        rng: every choice is drawn from it.
    """

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.written: list[tuple[Fraction, str]] = []
        self.names: list[str] = []
        """Of the persons that it is about."""
        self._worded = rng.choice((0.0, 0.0, 0.1, 0.3, 0.6))
        """How readily this story spells its numbers out."""
        self._sign = rng.random() < 0.85
        """Whether per cent and dollars are signs here."""

    # Choosing

    def pick(self, choices: Sequence[Choice]) -> Choice:
        return self.rng.choice(choices)

    def some(self, choices: Sequence[Choice], count: int) -> list[Choice]:
        """`count` different ones, in a random order."""
        self.need(count <= len(choices))
        return self.rng.sample(choices, count)

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def between(self, low: int, high: int, step: int = 1) -> int:
        return self.rng.randrange(low, high + 1, step)

    def vary(self, text: str) -> str:
        """`text` with one way chosen of each `[this|that|]`, which may lie in one another."""
        while "[" in text:
            text = _ALTERNATIVES.sub(lambda match: self.rng.choice(match[1].split("|")), text)
        return text

    def need(self, holds: bool) -> None:
        if not holds:
            raise MisfitError

    def whole(self, *terms: Term) -> None:
        """Each is a whole number above zero, else the story is drawn again."""
        for term in terms:
            if term.value.denominator != 1 or term.value <= 0:
                raise MisfitError

    def cents(self, *terms: Term) -> None:
        """Each is a sum of money: above zero, two decimals at most."""
        for term in terms:
            if (term.value * 100).denominator != 1 or term.value <= 0:
                raise MisfitError

    # Writing numbers

    def write(self, value: Fraction | int, written: str) -> Term:
        """The number `value`, which stands in the text as `written`; "first" or "one" may be written for nothing."""
        index = len(self.written)
        self.written.append((Fraction(value), written))
        return Term(Fraction(value), Slot(index), chr(_FIRST_MARK + index))

    def number(self, value: Fraction | int) -> Term:
        """In digits, or in words where that is usual."""
        value = Fraction(value)
        if value.denominator == 2 and self.chance(0.4):
            whole = value.numerator // 2
            return self.write(value, self.pick((f"{whole} 1/2", f"{words(whole)} and a half")) if whole else "1/2")
        if value.denominator != 1:
            return self.write(value, decimal(value))
        if value <= 12 and self.chance(self._worded):
            return self.write(value, words(int(value)))
        if value < 100 and self.chance(self._worded / 4):
            return self.write(value, words(int(value)))
        if value == 12 and self.chance(0.1):
            return self.write(value, "a dozen")
        return self.write(value, figures(int(value), comma=value >= 10_000 or self.chance(0.7)))

    def draw(self, low: int, high: int, step: int = 1) -> Term:
        """A number between the two, both included, written."""
        return self.number(self.between(low, high, step))

    def money(self, value: Fraction | int) -> Term:
        """$12, $12.50, 12 dollars."""
        value = Fraction(value)
        if value.denominator != 1:
            return self.write(value, f"${value.numerator / value.denominator:,.2f}")
        if self._sign or self.chance(0.5):
            suffix = ".00" if self.chance(0.04) else ""
            return self.write(value, f"${figures(int(value), comma=value >= 10_000 or self.chance(0.7))}{suffix}")
        return self.write(value, f"{figures(int(value), comma=True)} dollar{'' if value == 1 else 's'}")

    def price(self, low: int, high: int) -> Term:
        """Dollars, sometimes with cents that are round."""
        value = Fraction(self.between(low, high))
        if high <= 40 and self.chance(0.3):
            value += Fraction(self.pick((25, 50, 50, 50, 75, 20, 40, 99 if self.chance(0.2) else 50)), 100)
        return self.money(value)

    def percent(self, value: int) -> Term:
        if self._sign:
            return self.write(value, f"{value}%")
        spelled = words(value) if value < 100 and self.chance(self._worded) else str(value)
        return self.write(value, f"{spelled} percent")

    def fraction(self, value: Fraction) -> Term:
        """What stands before "of the apples": half, a third, two thirds, 3/4."""
        over, under = value.numerator, value.denominator
        if under not in _PARTS or self.chance(0.3):
            return self.write(value, f"{over}/{under}")
        one, many = _PARTS[under]
        if value == Fraction(1, 2):
            return self.write(value, self.pick(("half", "half", "half", "one half")))
        if under == 4 and self.chance(0.4):
            one, many = "fourth", "fourths"
        if over == 1:
            article = "an" if one == "eighth" else "a"
            return self.write(value, self.pick((f"{article} {one}", f"one {one}", f"one-{one}")))
        return self.write(value, f"{words(over)}{self.pick((' ', '-'))}{many}")

    def times(self, value: int) -> Term:
        """What stands before "as many": twice, three times."""
        if value == 2 and self.chance(0.85):
            return self.write(2, "twice")
        return self.write(value, f"{self.pick((str(value), words(value)))} times")

    def some_percent(self) -> Term:
        return self.percent(self.pick((5, 10, 10, 15, 20, 20, 25, 25, 30, 40, 50, 60, 75)))

    def some_fraction(self) -> Term:
        over_under = self.pick(
            ("1/2", "1/2", "1/3", "1/3", "1/4", "1/4", "1/5", "2/3", "3/4", "2/5", "3/5", "1/6", "3/8")
        )
        return self.fraction(Fraction(over_under))


# Numbers as people write them


def words(value: int) -> str:
    """A whole number below one thousand."""
    if value < 20:
        return _ONES[value]
    if value < 100:
        tens, ones = divmod(value, 10)
        return _TENS[tens] + (f"-{_ONES[ones]}" if ones else "")
    hundreds, rest = divmod(value, 100)
    return f"{_ONES[hundreds]} hundred" + (f" {words(rest)}" if rest else "")


def figures(value: int, *, comma: bool) -> str:
    return f"{value:,}" if comma else str(value)


def decimal(value: Fraction) -> str:
    """Exact: 2.5, 0.75."""
    text = f"{value.numerator / value.denominator:.4f}".rstrip("0").rstrip(".")
    if Fraction(text) != value:
        raise MisfitError
    return text


# Percentages, in the one form that the translator learns


def share(whole: Term, percent: Term) -> Term:
    """`percent` of `whole`."""
    return whole * percent / 100


def raised(whole: Term, percent: Term) -> Term:
    """`whole` and `percent` more."""
    return whole * ((constant(100) + percent) / 100)


def lowered(whole: Term, percent: Term) -> Term:
    """What is left when `percent` goes."""
    return whole * ((constant(100) - percent) / 100)


def rest(whole: Term, fraction: Term) -> Term:
    """What is left when `fraction` goes."""
    return whole * (constant(1) - fraction)


# The end of a story


def conclude(story: Story, told: Told, identity: str) -> ArithmeticProblem | None:
    """The problem; None where its text is read with other quantities than were written, or its size does not suit.

    Raises:
        BookkeepingError: a quantity of the answer stands nowhere, or the two sums differ.
    """
    if not MIN_OPERATIONS <= size(told.answer.tree) <= MAX_OPERATIONS or not _suits(told):
        return None
    text, places = _set(story, told.sentences)
    found = quantities(text)
    if len(found) != len(places):
        return None
    starts = [start for start, _ in places]
    slot_of: dict[int, int] = {}
    for index, quantity in enumerate(found):
        place = bisect_right(starts, quantity.end - 1) - 1
        if place < 0:
            return None
        start, number = places[place]
        value, written = story.written[number]
        if quantity.start >= start + len(written) or quantity.value != value or number in slot_of:
            return None
        slot_of[number] = index
    expression = _renumber(told.answer.tree, slot_of)
    answer = evaluate(expression, [quantity.value for quantity in found])
    if answer != told.answer.value:
        raise BookkeepingError(f"{identity}: the story says {told.answer.value}, its expression {answer}")
    return ArithmeticProblem(text, expression, answer, "generated/multistep", identity)


def _suits(told: Told) -> bool:
    value = told.answer.value
    if not 0 < value <= LARGEST_ANSWER:
        return False
    return value.denominator == 1 if told.kind == "count" else (value * 100).denominator == 1


def _set(story: Story, sentences: Sequence[str]) -> tuple[str, list[tuple[int, int]]]:
    """The text, and in its order where each number begins, with the number's index."""
    pieces: list[str] = []
    places: list[tuple[int, int]] = []
    length, capital = 0, False
    for piece in _MARK.split(" ".join(_CAPITAL + sentence for sentence in map(_sentence, sentences))):
        if piece == _CAPITAL:
            capital = True
            continue
        if len(piece) == 1 and 0 <= (number := ord(piece) - _FIRST_MARK) < len(story.written):
            piece = story.written[number][1]
            places.append((length, number))
        if piece and capital:
            piece, capital = piece[0].upper() + piece[1:], False
        pieces.append(piece)
        length += len(piece)
    return "".join(pieces), places


def _sentence(clause: str) -> str:
    clause = re.sub(r" +", " ", clause).replace(" ,", ",").replace(" .", ".").replace(" ?", "?").strip()
    return clause if clause[-1] in ".?!" else clause + "."


def _renumber(tree: Expression, slot_of: Mapping[int, int]) -> Expression:
    match tree:
        case Slot(index):
            if index not in slot_of:
                raise BookkeepingError("a quantity of the answer is not in the text")
            return Slot(slot_of[index])
        case Constant():
            return tree
    return Operation(tree.operator, _renumber(tree.left, slot_of), _renumber(tree.right, slot_of))
