"""Readers of the public sets of word problems. A problem is posed by its text; the language is left open.

Where all that a set asks for are numbers to be computed, its kind is said: of GSM8K's texts one in two hundred would be
taken for a problem that asks for the best of what is possible.

All targets are numbers (`Answers.NUMBER`), but for MathQA's, which are options. A decimal is read as it stands, a float
such as 2.3333333333333335 as the fraction that it was made from.
"""

import re
from collections.abc import Callable, Iterator
from fractions import Fraction

from app.evaluation.datasets.faults import RowFault
from app.evaluation.datasets.fields import text
from app.evaluation.datasets.rows import Row
from app.evaluation.datasets.targets import exact, lettered
from app.problem import Kind, Problem
from app.store.evaluation_types import Answers, Sample


def gsm8k(row: Row) -> Iterator[Sample]:
    """Grade-school word problems, GSM8K (Cobbe et al. 2021).

    Source: github.com/openai/grade-school-math, commit 3101c7d5. Licence: MIT.
    Format: JSON lines, `question` and `answer`, a worked solution that ends in `#### N`.
    Target: that N, without commas and currency signs.
    """
    _, mark, target = text(row.fields, "answer").rpartition("####")
    if not mark:
        raise RowFault("'answer' has no ####, behind which the number stands")
    yield Sample(f"gsm8k:{row.number}", Problem(text(row.fields, "question"), Kind.ARITHMETIC), target)


def of_pal(name: str) -> Callable[[Row], Iterator[Sample]]:
    """A reader of the sets that come with PAL (Gao et al. 2022).

    They are GSM-Hard, SVAMP, MultiArith, AddSub, SingleEq and SingleOp.

    Source: github.com/reasoning-machines/pal, folder `datasets`. GSM-Hard is GSM8K's test set with larger numbers; the
    others are of Patel et al. 2021 (SVAMP, MIT) and of MAWPS (Koncel-Kedziorski et al. 2016, MIT).
    Licence: Apache-2.0.
    Format: JSON lines, `input` and `target`, a float.
    Target: the number.

    Args:
        name: begins the ids.
    """

    def read(row: Row) -> Iterator[Sample]:
        yield Sample(
            f"{name}:{row.number}", Problem(text(row.fields, "input"), Kind.ARITHMETIC), text(row.fields, "target")
        )

    return read


def mawps(row: Row) -> Iterator[Sample]:
    """MAWPS (Koncel-Kedziorski et al. 2016) as SVAMP's authors split it into folds.

    Source: github.com/arkilpatel/SVAMP, folder `data/cv_mawps`, commit 04df0ae7. Licence: MIT.
    Format: CSV, `Question` with `number0`, `number1` ... for its numbers, `Numbers` with those, `Answer`.
    Target: the number. The numbers are put back into the text: 8.0 as 8, 7/3 as 2 1/3.
    """
    problem = with_numbers(text(row.fields, "Question"), text(row.fields, "Numbers"))
    yield Sample(f"mawps:{row.number}", Problem(problem, Kind.ARITHMETIC), text(row.fields, "Answer"))


def mathqa(row: Row) -> Iterator[Sample]:
    """Multi-step problems with five options, MathQA (Amini et al. 2019).

    Source: math-qa.github.io, MathQA.zip. Licence: Apache-2.0.
    Format: a JSON list, `Problem`, `options` (`a ) 24 , b ) 120 , ...`), `correct`, a letter.
    Target: the letter (`Answers.OPTION`). The options are shown behind the text. About a fifth of the annotated
    programs of this set are wrong, and some of the marked options too: no accuracy of 100 % is to be had.
    """
    options = _lettered_options(text(row.fields, "options"))
    problem = "\n".join([text(row.fields, "Problem"), *lettered(options)])
    target = text(row.fields, "correct")
    yield Sample(f"mathqa:{row.number}", Problem(problem), target, Answers.OPTION, options)


def with_numbers(problem: str, numbers: str) -> str:
    """A text of MAWPS with its numbers: `number1` is the second of `numbers`, which are separated by blanks.

    Raises:
        RowFault: it names one that is not given, or one is no number.
    """
    try:
        written = [_written(exact(number)) for number in numbers.split()]
    except (ValueError, ZeroDivisionError) as error:
        raise RowFault(f"'Numbers' are not all numbers: {error}") from error

    def number(match: re.Match[str]) -> str:
        if (place := int(match[1][:9])) >= len(written):
            raise RowFault(f"'Question' has {match[0]}, and there are {len(written)} numbers")
        return written[place]

    return re.sub(r"number(\d+)", number, problem, flags=re.ASCII)


def _written(value: Fraction) -> str:
    """8.0 as 8, 28.30 as 28.3, 7/3 as 2 1/3."""
    if value.denominator == 1:
        return str(value.numerator)
    if (10**12 * value).denominator == 1:
        return f"{float(value):.12f}".rstrip("0")
    whole, rest = divmod(value, 1)
    return f"{whole} {rest}" if whole else str(rest)


_OPTION = re.compile(r"(?:^|,)\s*([a-e])\s*\)")


def _lettered_options(written: str) -> tuple[str, ...]:
    written = re.sub(r"[\[\]'\"]", "", written)
    places = list(_OPTION.finditer(written))
    if "".join(place[1] for place in places) != "abcde"[: len(places)] or not places:
        raise RowFault("'options' cannot be read: a ) ... , b ) ... is needed")
    ends = [*(place.start() for place in places[1:]), len(written)]
    return tuple(written[place.end() : end].strip(" ,") for place, end in zip(places, ends, strict=True))
