"""Brings targets into the one form that scoring compares with, by `Answers`.

- `NUMBER`: an exact integer or fraction, `-12` or `7/3`.
- `VERDICT`: `proved`, `refuted`, `undetermined` or `inconsistent`.
- `NAME`: the name without blanks around it, and with single ones inside.
- `OPTION`: a capital letter, of one of the options.
- `GRID`: a JSON object with sorted keys, `{"Ann": {"House": "1", "Pet": "cat"}, ...}`: for each thing of the puzzle's
  first row or column, what it goes with by the name of the row or column. All values are texts.
"""

import json
import re
from collections.abc import Sequence
from fractions import Fraction

from app.evaluation.datasets.faults import RowFault
from app.reasoning.targets import number_in, verdict_in
from app.store.evaluation_types import Answers

_PLAIN_NUMBER = re.compile(r"[-+]?(?:\d{1,300}(?:\.\d{0,300})?|\.\d{1,300})(?:[eE][-+]?\d{1,2})?", re.ASCII)
_LETTER = re.compile(r"\(?([A-Za-z])\s*[).:]?")
_LABEL = re.compile(r"\s*\(?([A-Za-z])\s*[).:]\s+(?=\S)")
_SHOWN = 60


def normalised(target: str, answers: Answers, options: Sequence[str] = ()) -> str:
    """`target` as scoring expects it.

    Raises:
        RowFault: it is none.
    """
    match answers:
        case Answers.NUMBER:
            return _number(target)
        case Answers.VERDICT:
            verdict = verdict_in(target)
            if verdict is None:
                raise RowFault(f"the target {_shown(target)} is no verdict: true, false or unknown")
            return verdict.value
        case Answers.NAME:
            if not re.search(r"\w", target):
                raise RowFault(f"the target {_shown(target)} is no name")
            return " ".join(target.split())
        case Answers.OPTION:
            return _letter(target, options)
        case Answers.GRID:
            return _grid(target)


def exact(number: str) -> Fraction:
    """A decimal as it stands; 2.3333333333333335 is the fraction that the float was made from."""
    value = Fraction(number)
    if len(number.partition(".")[2]) < 12:
        return value
    near = value.limit_denominator(100)
    return near if abs(near - value) < Fraction(1, 10**12) else value


def option_texts(written: Sequence[str]) -> tuple[str, ...]:
    """Options without their letters, `A) cat`, where all of them have theirs."""
    found = [_LABEL.match(option) for option in written]
    for place, label in enumerate(found):
        if label is None or label[1].upper() != chr(ord("A") + place):
            return tuple(option.strip() for option in written)
    return tuple(option[label.end() :].strip() for option, label in zip(written, found, strict=True) if label)


def lettered(options: Sequence[str]) -> list[str]:
    """`A) cat`, one for each option."""
    return [f"{chr(ord('A') + place)}) {option}" for place, option in enumerate(options)]


def guessed(target: str) -> Answers:
    """How answers are compared with a target that nothing more is known of.

    Raises:
        RowFault: it is neither a number nor a verdict.
    """
    if _PLAIN_NUMBER.fullmatch(target.strip()) or number_in(target) is not None:
        return Answers.NUMBER
    if verdict_in(target) is not None:
        return Answers.VERDICT
    raise RowFault(
        f"the target {_shown(target)} is neither a number nor a verdict: say by `answers` how it is compared"
        f" ({', '.join(Answers)})"
    )


def _number(target: str) -> str:
    text = target.strip()
    value = exact(text) if _PLAIN_NUMBER.fullmatch(text) else number_in(target)
    if value is None:
        raise RowFault(f"the target {_shown(target)} is not one number")
    return str(value)


def _letter(target: str, options: Sequence[str]) -> str:
    if not options:
        raise RowFault("there are no options to choose from")
    found = _LETTER.fullmatch(target.strip())
    last = chr(ord("A") + len(options) - 1)
    if found is None or not "A" <= found[1].upper() <= last:
        raise RowFault(f"the target {_shown(target)} is no option: A to {last}")
    return found[1].upper()


def _grid(target: str) -> str:
    try:
        cells = json.loads(target, parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        cells = None
    if not (isinstance(cells, dict) and cells and all(_is_row(row) for row in cells.values())):
        raise RowFault(
            f"the target {_shown(target)} is no grid: a JSON object such as"
            ' {"Ann": {"House": "1", "Pet": "cat"}, ...}, all its values texts or numbers'
        )
    return json.dumps(cells, ensure_ascii=False, sort_keys=True)


def _is_row(row: object) -> bool:
    return isinstance(row, dict) and bool(row) and all(isinstance(cell, str) and cell.strip() for cell in row.values())


def _shown(text: str) -> str:
    text = " ".join(text.split())
    return repr(text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…")
