"""Holds the reading of a sentence against its words: what the reading says must stand there, and the reverse.

A small model may leave out a negation, take a number for another or read over an "if". Such words are few and known,
so that most of these faults can be seen by looking: `complaint` names the first one.
"""

from collections.abc import Sequence

from app.translator.ordering import (
    Apart,
    AskHowMany,
    AskOrder,
    AskPlace,
    AskWhich,
    At,
    Atom,
    Beside,
    Between,
    Compared,
    Literal,
    Meaning,
    Outdone,
    Statement,
    mentioned_in,
    orders_of,
)

_NEGATIONS = frozenset("not no none nobody nothing neither nor never cannot without false incorrect wrong".split())
_HEDGES = frozenset(
    "if unless except maybe perhaps probably possibly almost nearly likely might may could would until roughly about"
    " around equal equally twice half always".split()
)
_ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth".split()
_IMPLYING = {
    "first": frozenset(("won", "win", "wins", "winner", "order", *_ORDINALS)),
    "last": frozenset("penultimate lose loses lost loser".split()),
    "place": frozenset("position spot rank".split()),
    "costs": frozenset({"cost"}),
    "weighs": frozenset({"weigh"}),
}
"""Words that say a word of order without being it: who is third is so from the first."""


def complaint(source: Sequence[str], meaning: Meaning, count: int) -> str | None:
    """What the reading of a sentence leaves out or makes up; None where nothing is seen.

    Args:
        source: the masked tokens of the sentence.
        count: how many things there are: "the tallest of the five" says no more than "the tallest".
    """
    if not isinstance(meaning, Statement | AskWhich | AskOrder | AskPlace | AskHowMany):
        return None
    words = frozenset(source)
    if hedges := sorted(words & _HEDGES):
        return f"{hedges[0]!r} is read over"
    if inexact := _inexact(source):
        return f"{inexact!r} is read over"
    literals = _literals(meaning)
    negative = any(item.negated or _number(item.atom) == 0 for item in literals)
    if bool(words & _NEGATIONS) != negative:
        return "a negation is read over" if words & _NEGATIONS else "a negation is made up"
    if reason := _of_neighbours(words, [item.atom for item in literals]):
        return reason
    for word in (word for order in orders_of(meaning) for word in order.words):
        if word not in words and not _IMPLYING.get(word, frozenset()) & words:
            return f"{word!r} is made up"
    used = {number for item in literals if (number := _number(item.atom)) is not None}
    ordinals = {rank for rank, word in enumerate(_ORDINALS, 1) if word in words}
    numbers = {int(word) for word in words if word.isdecimal()}
    second = {2} if "penultimate" in words or {"next", "last"} <= words else set()
    named = {int(word) for phrase in mentioned_in(meaning) for word in phrase if word.isdecimal()}
    if made_up := sorted(number for number in used - ordinals - numbers - second if number > 1):
        return f"{made_up[0]} is made up"
    if left_out := sorted(number for number in ordinals - used | (numbers - used - named - {count}) if number > 1):
        return f"{left_out[0]} is read over"
    return None


_BOUNDS = frozenset({("at", "least"), ("at", "most"), ("more", "than"), ("fewer", "than"), ("less", "than")})


def _inexact(source: Sequence[str]) -> str | None:
    """`at least two`, `more than one`: words that make a number a bound."""
    for first, second, third in zip(source, source[1:], source[2:], strict=False):
        if (first, second) in _BOUNDS and (third.isdecimal() or third == "one"):
            return f"{first} {second}"
    return None


_ADJOINING = frozenset("immediately directly just right next straight exactly adjacent beside".split()) | frozenset(
    "neighbour neighbours neighbor neighbors neighboring neighbouring".split()
)
_SURELY_ADJOINING = frozenset("immediately directly straight".split())


def _of_neighbours(words: frozenset[str], atoms: Sequence[Atom]) -> str | None:
    """Whether nothing stands between two things, and what does, is read as the words say it."""
    adjoining = any(isinstance(atom, Compared | Between) and atom.adjoining for atom in atoms)
    if adjoining and not words & _ADJOINING:
        return "that two are next to each other is made up"
    near = adjoining or any(isinstance(atom, Beside) or (isinstance(atom, Apart) and atom.count < 2) for atom in atoms)
    if atoms and words & _SURELY_ADJOINING and not near:
        return "that two are next to each other is read over"
    within = any(isinstance(atom, Between) or (isinstance(atom, Apart) and atom.between) for atom in atoms)
    if any(isinstance(atom, Between) for atom in atoms) and not words & {"between", *_ADJOINING}:
        return "that something is between is made up"
    if atoms and "between" in words and not within:
        return "'between' is read over"
    return None


def _number(atom: Atom) -> int | None:
    match atom:
        case At(rank=number) | Outdone(count=number) | Apart(count=number):
            return number
    return None


def _literals(meaning: Meaning) -> list[Literal]:
    match meaning:
        case Statement(clauses):
            return [literal for clause in clauses for literal in clause]
        case AskWhich(literal):
            return [literal]
    return []
