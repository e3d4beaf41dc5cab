"""Whether an answer is the one that the target of a sample names, by the sample's `Answers`.

Targets come in the form that `app.evaluation.datasets` brings them into. Where an answer can be read in more than one
way, the reading must be the only one, or the answer is not right.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from app.problem import Kind
from app.reasoning.targets import is_target, number_in, verdict_in
from app.reasoning.types import Verdict, VerdictKind
from app.store.evaluation_types import Answers, Sample

_LONGEST = 10_000
"""Characters of an answer; a longer one is none."""
_SCIENTIFIC = re.compile(r"[-+]?\d{1,40}(?:\.\d{1,40})?[eE][-+]?\d{1,2}", re.ASCII)
_NUMBER_ALONE = re.compile(r"[-+]?\d[\d,]*(?:\.\d+)?(?: ?/ ?\d+)?")
_LETTER = re.compile(r"(?:(?:option|answer)[\s_:]*)?[(\[]?([a-z])[)\].:]*", re.IGNORECASE)
_LABELLED = re.compile(r"[(\[]?([a-z])[)\].:]+\s+(?=\S)(.*)", re.IGNORECASE | re.DOTALL)
_ARTICLES = frozenset({"a", "an", "the"})
_JOINING = frozenset({"of", "the", "for", "s"})
_TERM = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|\w+|[()\[\]{}]|[^\s\w]")

Pairs = Sequence[tuple[str, str]]
"""Names of what was asked for, each with the value that it has."""


def is_right(sample: Sample, verdict: Verdict, pairs: Pairs = ()) -> bool | None:
    """Whether `verdict` says what the target does. None: it is no answer to such a question.

    Args:
        pairs: what the answer's text is made of, where it answers several questions at once.
    """
    if verdict.kind is VerdictKind.UNRESOLVED:
        return None
    if verdict.kind is VerdictKind.ANSWERED:
        answer = verdict.answer or ""
        return len(answer) <= _LONGEST and _says(sample, answer, pairs)
    if sample.answers is Answers.VERDICT:
        return is_target(Kind.ENTAILMENT, verdict, sample.target)
    if sample.answers is Answers.OPTION and any(verdict_in(option) for option in sample.options):
        return _only(verdict_in(option) is verdict.kind for option in sample.options) == _place(sample.target)
    return None if verdict.kind is VerdictKind.UNDETERMINED else False


def answer_in(sample: Sample, reply: str, *, whole: bool = True) -> str | None:
    """The answer in the reply of a language model that was asked for it without a solver. None: none can be read.

    It is what follows the last `####`; without one the only number, or a reply that is nothing but a verdict or an
    option.

    Args:
        whole: the reply was not cut off. If it was, what stands at its end may be half an answer.
    """
    if not whole:
        reply = reply.rpartition("\n")[0]
    marked = re.findall(r"^[ \t>*]*####[ \t]*(\S.*)$", reply, re.MULTILINE)
    if not marked and not whole:
        return None
    text = " ".join((marked[-1] if marked else reply).replace("**", "").split())
    if len(text) > _LONGEST:
        return None
    match sample.answers:
        case Answers.NUMBER:
            readable = _number(text) is not None
        case Answers.VERDICT:
            readable = verdict_in(text) is not None
        case Answers.OPTION:
            readable = _chosen(text, sample.options) is not None
        case Answers.NAME:
            readable = bool(marked) and bool(_name(text))
        case Answers.GRID:
            readable = bool(marked) and _object(text) is not None
    return text if readable else None


def _says(sample: Sample, answer: str, pairs: Pairs) -> bool:
    match sample.answers:
        case Answers.NUMBER:
            found = _number(answer)
            return found is not None and is_target(Kind.ARITHMETIC, _answered(found), sample.target)
        case Answers.VERDICT:
            said = verdict_in(answer)
            return said is not None and said is verdict_in(sample.target)
        case Answers.NAME:
            return bool(_name(answer)) and _name(answer) == _name(sample.target)
        case Answers.OPTION:
            return _chosen(answer, sample.options) == _place(sample.target)
        case Answers.GRID:
            return _is_grid(answer, pairs, sample.target)


def _answered(text: str) -> Verdict:
    return Verdict(VerdictKind.ANSWERED, "", text)


# Numbers and names


def _number(text: str) -> str | None:
    """`text` as `is_target` reads numbers, which knows no powers of ten; None: it is not one number."""
    if _SCIENTIFIC.fullmatch(text.strip()):
        return str(Fraction(text.strip()))
    return text if number_in(text) is not None else None


def _words(text: str) -> list[str]:
    return re.sub(r"[\W_]+", " ", text.casefold()).split()


def _name(text: str) -> str:
    """The name without articles and what is put around it; of a term, its text: `left_of(ann)` is not "left of Ann"."""
    if "(" in text:
        return text.casefold().strip()
    words = _words(text)
    return " ".join(words[1:] if len(words) > 1 and words[0] in _ARTICLES else words)


# Options


def _place(letter: str) -> int:
    return ord(letter.strip().upper()) - ord("A") if len(letter.strip()) == 1 else -1


def _only(found: Iterable[bool]) -> int | None:
    places = [place for place, is_it in enumerate(found) if is_it]
    return places[0] if len(places) == 1 else None


def _chosen(answer: str, options: Sequence[str]) -> int | None:
    """The place of the option that an answer names, by its text or its letter. None: of none, or of several."""
    answer = answer.strip().strip("'\"")
    if (said := _only(_name(option) == _name(answer) for option in options)) is not None:
        return said
    if _NUMBER_ALONE.fullmatch(answer):
        return _only(is_target(Kind.ARITHMETIC, _answered(answer), option) for option in options)
    if (letter := _LETTER.fullmatch(answer)) is not None:
        place = _place(letter[1])
        return place if place < len(options) else None
    if (labelled := _LABELLED.fullmatch(answer)) is not None:
        said, place = _only(_name(option) == _name(labelled[2]) for option in options), _place(labelled[1])
        return said if said == place else None
    verdict = verdict_in(answer)
    return None if verdict is None else _only(verdict_in(option) is verdict for option in options)


# Grids

_Group = frozenset[str]


def _is_grid(answer: str, pairs: Pairs, target: str) -> bool:
    """Whether an answer has every cell: as a JSON object like the target, as a term with one part for each thing, as
    values by name of thing and column, or as things by the value that they share.
    """
    rows = _object(target)
    if rows is None:
        return False
    if (said := _object(answer)) is not None:
        return _cells(said) == _cells(rows)
    wanted = {_plain(key): frozenset(map(_plain, (key, *row.values()))) for key, row in rows.items()}
    if pairs:
        return _by_cell(pairs, rows) or _by_value(pairs, wanted)
    groups = _groups(answer)
    return _same_groups(groups, wanted) or _same_groups(_numbered(groups), wanted)


def _object(text: str) -> Mapping[str, Mapping[str, str]] | None:
    try:
        body = json.loads(text, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        return None
    if not isinstance(body, dict) or not body:
        return None
    if not all(isinstance(row, dict) and all(isinstance(cell, str) for cell in row.values()) for row in body.values()):
        return None
    return body


def _plain(text: str) -> str:
    return " ".join(_words(text))


def _cells(rows: Mapping[str, Mapping[str, str]]) -> dict[tuple[str, str], str]:
    return {(_plain(key), _plain(column)): _plain(cell) for key, row in rows.items() for column, cell in row.items()}


def _by_cell(pairs: Pairs, rows: Mapping[str, Mapping[str, str]]) -> bool:
    """`(pet ann)` or `Ann_Pet` is the cell of Ann and Pet."""
    named = {frozenset(set(_words(name)) - _JOINING): _plain(value) for name, value in pairs}
    wanted = {
        frozenset(set(_words(f"{key} {column}")) - _JOINING): _plain(cell)
        for key, row in rows.items()
        for column, cell in row.items()
    }
    return named == wanted and len(named) == len(pairs)


def _by_value(pairs: Pairs, wanted: Mapping[str, _Group]) -> bool:
    """`ann = 1` and `cat = 1` say that Ann has the cat, in the first place."""
    shared: dict[str, set[str]] = defaultdict(set)
    for name, value in pairs:
        shared[_plain(value)].add(_plain(name))
    return _same_groups([frozenset({value, *names}) for value, names in shared.items()], wanted)


def _groups(answer: str) -> list[_Group]:
    """The innermost parts of a term, each as what it holds; the functor of a part does not count.

    `[h(1, ann, cat), h(2, ben, dog)]`, `[[1, ann, cat], ...]` and `[1-ann-cat, ...]` are the same.
    """
    symbols = _TERM.findall(answer)
    levels: list[list[str]] = [[]]
    groups: list[_Group] = []
    depth_of_parts = max(_depths(symbols), default=0)
    for symbol, following in zip(symbols, [*symbols[1:], ""], strict=False):
        if symbol in "([{":
            levels.append([])
        elif symbol in ")]}":
            held = levels.pop() if len(levels) > 1 else []
            if len(levels) == depth_of_parts:
                groups += _parted(held, len(levels) == 1)
        elif following != "(":
            levels[-1].append(symbol)
    return groups


def _depths(symbols: Iterable[str]) -> Iterable[int]:
    depth = 0
    for symbol in symbols:
        depth += (symbol in "([{") - (symbol in ")]}")
        yield depth


def _parted(held: Sequence[str], outermost: bool) -> list[_Group]:
    """One group; of a flat list of `1-ann-cat`, one for each element."""
    parts: list[list[str]] = [[]]
    for symbol in held:
        if symbol == "," and outermost:
            parts.append([])
        elif words := _plain(symbol):
            parts[-1].append(words)
    return [frozenset(part) for part in parts if part]


def _numbered(groups: Sequence[_Group]) -> list[_Group]:
    """The groups with the place that each has in the list."""
    return [group | {str(place)} for place, group in enumerate(groups, 1)]


def _same_groups(groups: Sequence[_Group], wanted: Mapping[str, _Group]) -> bool:
    return len(groups) == len(wanted) and set(groups) == set(wanted.values())
