"""A whole ordering puzzle: its sentences, what they say together, and the program that finds the answer.

The small model reads one sentence at a time. Here its readings are put together, strictly: the things of all sentences
must be things of the list, all words of order must be about one axis, and there is one question. Whatever does not fit
makes an `Abstention` that says which sentence it was.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from app.translator import ordering as said
from app.translator.order_words import COUNTED_FROM_THE_START, axis, directions
from app.translator.ordering import MaskedSentence, Meaning, NotationError, Order, Phrase, TooLongError, mask, names_of
from app.translator.ordering_evidence import complaint
from app.translator.puzzle_program import (
    ASKED,
    Cited,
    Comparison,
    Computed,
    Formula,
    HowMany,
    Not,
    Number,
    Place,
    Puzzle,
    Term,
    Thing,
    WhichOption,
    WhichThing,
    WholeOrder,
    joined,
    program_of,
)
from app.translator.result import Abstention, Translation
from solvers.types import Language

Tokens = tuple[str, ...]
Translator = Callable[[Sequence[Tokens]], Sequence[tuple[Tokens, float]]]
"""What the small model makes of masked sentences: of each the notation, and its log probability."""

MAX_THINGS = 12
MAX_SENTENCES = 60
MAX_CHARACTERS = 8_000


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a puzzle; `letter`, a small one, is that of an option."""

    text: str
    letter: str | None = None


class _Misfit(Exception):
    """Ends a translation; never leaves this module."""


def translate_puzzle(text: str, language: Language, translate: Translator) -> Translation | Abstention:
    """The program of an ordering puzzle in English."""
    if len(text) > MAX_CHARACTERS:
        return Abstention(f"{len(text)} characters, and {MAX_CHARACTERS} are the most for an ordering puzzle")
    sentences = sentences_of(text)
    if not 2 <= len(sentences) <= MAX_SENTENCES:
        return Abstention(f"{len(sentences)} sentences are no ordering puzzle")
    names = names_of(text)
    masked: list[MaskedSentence] = []
    for sentence in sentences:
        try:
            masked.append(mask(sentence.text, names))
        except TooLongError as error:
            return Abstention(f"{error}: {_shown(sentence.text)}")
    read: list[_Read] = []
    log_probability = 0.0
    for sentence, seen, (tokens, its_own) in zip(
        sentences, masked, translate([item.tokens for item in masked]), strict=True
    ):
        log_probability += its_own
        try:
            meaning = said.parse(tokens)
        except NotationError as error:
            return Abstention(f"not understood, since {error}: {_shown(sentence.text)}")
        if isinstance(meaning, said.Abstained):
            return Abstention(f"not understood: {_shown(sentence.text)}")
        read.append(_Read(sentence, seen, meaning))
    try:
        puzzle = _puzzle(read)
    except _Misfit as reason:
        return Abstention(str(reason))
    return Translation(program_of(puzzle, language), log_probability)


def _shown(text: str) -> str:
    return f'"{text if len(text) <= 200 else text[:200] + "..."}"'


# Its sentences

_LABEL = re.compile(
    r"(?:context|question|options|choices|answer choices|puzzle|problem|clues|hints|facts|statements|setup|story)"
    r"\s*:\s*(?=\S|$)",
    re.IGNORECASE,
)
_BULLET = re.compile(r"\s*(?:[-*\u2022\u2013]|\(?\d{1,2}[.)])\s+(?=\S)")
_OPTION_MARK = re.compile(r"(?:(?<=\s)|^)(?:\(([A-Ja-j])\)|([A-Ja-j])\))\s*(?=\S)|^[ \t]*([A-J])[.:][ \t]+(?=\S)", re.M)
_END = re.compile(r"[.?!]+[\"'\u201d\u2019)]*\s+(?=[\"'\u201c\u2018(]*[^\W_a-z])")
_ABBREVIATED = re.compile(r"(?:\b(?:Mr|Mrs|Ms|Dr|St|Prof|vs|No|e\.g|i\.e))\.\s+$")
_LINE_THAT_BEGINS = re.compile(r"\n(?!\s*[a-z])")
_UNBROKEN = 50
"""A line of so many characters that ends in no full stop goes on in the next; so does one before a small letter."""


def sentences_of(text: str) -> tuple[Sentence, ...]:
    """The sentences of a puzzle, in their order; each lettered option is one."""
    marks = _option_marks(text)
    if not marks:
        return tuple(Sentence(part) for part in _split(text))
    found = [Sentence(part) for part in _split(text[: marks[0].start()])]
    ends = [*(mark.start() for mark in marks[1:]), _end_of_last(text, marks)]
    for mark, end in zip(marks, ends, strict=True):
        option = " ".join(text[mark.end() : end].split()).rstrip(";,")
        found.append(Sentence(option, _letter(mark)))
    found += [Sentence(part) for part in _split(text[ends[-1] :])]
    return tuple(found)


def _letter(mark: re.Match[str]) -> str:
    return (mark[1] or mark[2] or mark[3]).lower()


def _option_marks(text: str) -> list[re.Match[str]]:
    """The last run of marks A, B, C, ... of two at least."""
    best: list[re.Match[str]] = []
    run: list[re.Match[str]] = []
    for mark in _OPTION_MARK.finditer(text):
        place = ord(_letter(mark)) - ord("a")
        if place == len(run):
            run.append(mark)
        elif place == 0:
            run = [mark]
        if len(run) >= 2:
            best = run
    return list(best)


def _end_of_last(text: str, marks: Sequence[re.Match[str]]) -> int:
    """Where the last option ends: with its line, where every option has a line of its own; else with the text."""
    separate = all("\n" in text[one.start() : other.start()] for one, other in pairwise(marks))
    line = _LINE_THAT_BEGINS.search(text, marks[-1].end())
    return line.start() if separate and line else len(text)


def _split(text: str) -> list[str]:
    paragraphs: list[str] = []
    open_ended: Literal["", "short", "long"] = ""
    for line in text.splitlines():
        plain = _BULLET.sub("", line, count=1) if _BULLET.match(line) else line
        plain = " ".join(plain.split())
        if not plain:
            open_ended = ""
            continue
        goes_on = paragraphs and _BULLET.match(line) is None and (open_ended == "long" or plain[0].islower())
        if open_ended and goes_on:
            paragraphs[-1] += " " + plain
        else:
            paragraphs.append(plain)
        open_ended = "" if plain[-1] in ".?!:;" else "long" if len(plain) >= _UNBROKEN else "short"
    return [sentence for paragraph in paragraphs for sentence in _sentences(paragraph)]


def _sentences(paragraph: str) -> list[str]:
    found: list[str] = []
    start = 0
    for match in _END.finditer(paragraph):
        if _ABBREVIATED.search(paragraph[start : match.end()]) is None:
            found.append(paragraph[start : match.end()].strip())
            start = match.end()
    found.append(paragraph[start:].strip())
    plain = [_LABEL.sub("", sentence, count=1) if _LABEL.match(sentence) else sentence for sentence in found]
    return [sentence for sentence in plain if re.search(r"\w", sentence)]


# What they say together


@dataclass(frozen=True, slots=True)
class _Read:
    sentence: Sentence
    masked: MaskedSentence
    meaning: Meaning

    @property
    def shown(self) -> str:
        return _shown(self.sentence.text)


def _puzzle(read: Sequence[_Read]) -> Puzzle:
    stated = [item for item in read if item.sentence.letter is None]
    options = [item for item in read if item.sentence.letter is not None]
    questions = [item for item in stated if isinstance(item.meaning, said.Question)]
    if len(questions) != 1:
        shown = "; ".join(item.shown for item in questions)
        raise _Misfit(f"one question is wanted, and there are {len(questions)}{': ' + shown if shown else ''}")
    question = questions[0]
    for item in stated:
        if isinstance(item.meaning, said.OptionThing | said.OptionNumber):
            raise _Misfit(f"no statement and no question: {item.shown}")
    cast = _cast(stated)
    direction = _direction(read)
    writer = _Writer(cast, direction)
    for item in read:
        if reason := complaint(item.masked.tokens, item.meaning, len(cast.things)) or cast.passed_over(item):
            raise _Misfit(f"{reason}: {item.shown}")
    facts = tuple(
        Cited(writer.statement(item, item.meaning), item.sentence.text)
        for item in stated
        if isinstance(item.meaning, said.Statement)
    )
    asked = writer.question(question, options)
    return Puzzle(cast.things, direction.low_end, cast.listed, facts, asked, question.sentence.text)


# Which things


@dataclass(frozen=True, slots=True)
class _Cast:
    """The things, and how a phrase names one of them.

    Args:
        words: of each thing, all that it is called in the list; `kinds`: what the list calls all of them.
        listed: the sentence that lists them.
    """

    things: tuple[Thing, ...]
    words: tuple[frozenset[str], ...]
    kinds: frozenset[str]
    listed: str | None

    def index(self, phrase: Phrase, item: "_Read") -> int:
        if phrase == (said.HOLE,):
            return ASKED
        named = _words(phrase, item.masked)
        named = named - self.kinds or named
        shared = frozenset.intersection(*self.words)
        for words in (named, named | shared):
            if words in self.words:
                return self.words.index(words)
        fitting = [index for index, words in enumerate(self.words) if named <= words]
        if len(fitting) != 1 or named <= shared:
            raise _Misfit(f"{_wording(phrase, item.masked)!r} is none of the things listed: {item.shown}")
        return fitting[0]

    def passed_over(self, item: "_Read") -> str | None:
        """A thing that the sentence names by a word that no other thing has, and its reading does not speak of."""
        if item.sentence.text == self.listed:
            return None
        spoken_of = {self.index(phrase, item) for phrase in said.mentioned_in(item.meaning)}
        tokens = item.masked.tokens
        called = frozenset().union(*self.words)
        # A number names a thing where it stands behind a word of its name ("box 3"), else it counts.
        seen = frozenset(item.masked.words) | frozenset(
            token
            for before, token in pairwise(("", *tokens))
            if not token.isdecimal() or (before[1:].isdecimal() and _word(before, item.masked) in called)
        )
        for index, words in enumerate(self.words):
            others = frozenset().union(*(other for place, other in enumerate(self.words) if place != index))
            if words == {"a"} and not re.search(r"\bA\b", item.sentence.text):
                continue  # the article
            if index not in spoken_of and (words - others) & seen:
                return f"{self.things[index].words!r} is read over"
        return None


def _cast(stated: Sequence[_Read]) -> _Cast:
    lists = [(item, item.meaning) for item in stated if isinstance(item.meaning, said.Listing)]
    naming = [(item, listing) for item, listing in lists if listing.things]
    if len(naming) > 1:
        raise _Misfit(f"the things are listed twice: {naming[1][0].shown}")
    if naming:
        item, listing = naming[0]
        phrases = [(phrase, item) for phrase in listing.things]
        listed, named = item.sentence.text, {word for phrase in listing.things for word in _words(phrase, item.masked)}
        kinds = frozenset(item.masked.words) - named
    else:
        phrases, listed, kinds = _mentioned(stated), None, frozenset()
    words = [_words(phrase, item.masked) for phrase, item in phrases]
    if len(set(words)) != len(words):
        raise _Misfit(f"two things have the same name: {phrases[0][1].shown}")
    if not 2 <= len(words) <= MAX_THINGS:
        raise _Misfit(f"{len(words)} things are named, and 2 to {MAX_THINGS} can be put in order")
    for item, listing in lists:
        if listing.count is not None and listing.count != len(words):
            raise _Misfit(f"{len(words)} things are named, and it says {listing.count}: {item.shown}")
    things = _things([_wording(phrase, item.masked) for phrase, item in phrases])
    return _Cast(things, tuple(words), kinds, listed)


def _mentioned(stated: Sequence[_Read]) -> list[tuple[Phrase, _Read]]:
    """The things that the statements speak of, where no sentence lists them; none may be called by half its name."""
    found: dict[frozenset[str], tuple[Phrase, _Read]] = {}
    for item in stated:
        if isinstance(item.meaning, said.Statement):
            for clause in item.meaning.clauses:
                for phrase in (phrase for literal in clause for phrase in said.phrases_of(literal.atom)):
                    found.setdefault(_words(phrase, item.masked), (phrase, item))
    for one in found:
        if any(one < other for other in found):
            raise _Misfit(f"{_wording(*_seen(found[one]))!r} may be another one's name too: {found[one][1].shown}")
    return list(found.values())


def _seen(found: tuple[Phrase, _Read]) -> tuple[Phrase, MaskedSentence]:
    return found[0], found[1].masked


def _words(phrase: Phrase, masked: MaskedSentence) -> frozenset[str]:
    return frozenset(_word(token, masked) for token in phrase)


def _word(token: str, masked: MaskedSentence) -> str:
    if token[0] != "w" or not token[1:].isdigit():
        return token
    index = int(token[1:])
    if index >= len(masked.words):
        raise _Misfit(f"a word is read that is not there: {_shown(' '.join(masked.written))}")
    return masked.words[index]


def _wording(phrase: Phrase, masked: MaskedSentence) -> str:
    """The phrase as it stands in the sentence, where its words stand together; else word by word."""
    length = len(phrase)
    for start in range(len(masked.tokens) - length, -1, -1):
        if masked.tokens[start : start + length] == phrase:
            return " ".join(masked.written[start : start + length])
    written = dict(zip(masked.tokens, masked.written, strict=True))
    return " ".join(written.get(token, token) for token in phrase)


_NOT_AS_A_SYMBOL = frozenset(
    # of SMT-LIB and z3, as far as they are words
    "and or not xor let forall exists par true false abs div mod rem distinct select store is map union concat extract"
    " repeat as const if then else match lambda ite set root default pi euler complement intersect subset"
    # operators of Prolog
    " table dynamic discontiguous initialization public volatile multifile tnot divs rdiv rem in ins"
    # of the program itself
    " place asked x right option thing".split()
)


def _things(wordings: Sequence[str]) -> tuple[Thing, ...]:
    things: list[Thing] = []
    taken: set[str] = set()
    for number, wording in enumerate(wordings, 1):
        ascii_only = unicodedata.normalize("NFKD", wording).encode("ascii", "ignore").decode().lower()
        symbol = "_".join(re.findall(r"[a-z0-9]+", ascii_only))
        if not symbol:
            symbol = f"thing_{number}"
        # One letter may be that of an option, and a digit begins no symbol.
        if symbol in _NOT_AS_A_SYMBOL or len(symbol) == 1 or symbol[0].isdigit():
            symbol = f"the_{symbol}"
        if re.fullmatch(r"(?:at|condition|option|place)_.*", symbol):
            symbol = f"the_{symbol}"
        while symbol.replace("_", "") in taken:
            symbol = f"{symbol}_too"
        taken.add(symbol.replace("_", ""))
        things.append(Thing(symbol, wording))
    return tuple(things)


# Which axis


@dataclass(frozen=True, slots=True)
class _Direction:
    """The one axis of a puzzle.

    Args:
        name: None where no sentence has a word of order.
        start: -1 where places are counted from place 1, and 1 where from the other end.
        flipped: the axis is turned round, so that most places are counted from place 1.
    """

    name: str | None
    start: int
    flipped: bool
    low_end: str

    def sign(self, order: Order, item: "_Read") -> int:
        """-1 where `order` points to place 1, else 1."""
        return self._unflipped(order, item) * (-1 if self.flipped else 1)

    def _unflipped(self, order: Order, item: "_Read") -> int:
        found = _ways(order, item)
        if self.start and _is_counted(order):
            return -self.start * found["sequence"]
        assert self.name is not None, "an order has been read, so there is an axis"
        return found.get(self.name) or found[_ANY_AMOUNT]


_ANY_AMOUNT = "amount"


def _direction(read: Sequence[_Read]) -> _Direction:
    starts = [(item, item.meaning.end) for item in read if isinstance(item.meaning, said.Start)]
    if len(starts) > 1:
        raise _Misfit(f"where places begin is said twice: {starts[1][0].shown}")
    common: dict[str, list[int]] | None = None
    bare: list[tuple[_Read, int]] = []
    for item in read:
        for order in said.orders_of(item.meaning):
            ways = _ways(order, item)
            if starts and _is_counted(order) and not isinstance(item.meaning, said.Start):
                continue
            if set(ways) == {_ANY_AMOUNT}:
                bare.append((item, ways[_ANY_AMOUNT]))
                continue
            if common is None:
                common = {name: [way] for name, way in ways.items()}
                continue
            common = {name: [*signs, ways[name]] for name, signs in common.items() if name in ways}
            if not common:
                raise _Misfit(f"it compares in another way than the sentences before: {item.shown}")
    if bare:
        common = {_ANY_AMOUNT: []} if common is None else {k: v for k, v in common.items() if k.startswith(_ANY_AMOUNT)}
        if not common:
            raise _Misfit(f"it is not said what there is more of: {bare[0][0].shown}")
    if common is None:
        return _Direction(None, 0, False, "one at one end")
    first, *others = common.values()
    if any(signs not in (first, [-sign for sign in first]) for signs in others):
        raise _Misfit(f"the words of order may point in different ways: {read[0].shown}")
    name = next(iter(common))
    start = 0
    if starts:
        item, end = starts[0]
        start = _ways(end, item)[name]
    plain = _Direction(name, start, False, axis(name).low)
    ends = sum(plain.sign(order, item) for item in read for order in _ends(item.meaning))
    return _Direction(name, start, True, axis(name).high) if ends > 0 else plain


def _ways(order: Order, item: _Read) -> Mapping[str, int]:
    found = directions(order.words, [_word(token, item.masked) for token in order.nouns])
    assert found, "the notation has been read, so its words of order are known"
    return found


def _is_counted(order: Order) -> bool:
    return len(order.words) == 1 and order.words[0] in COUNTED_FROM_THE_START


def _ends(meaning: Meaning) -> list[Order]:
    """The ends from which it counts."""
    if isinstance(meaning, said.AskPlace | said.AskOrder):
        return [meaning.start]
    return [atom.end for atom in said.atoms_of(meaning) if isinstance(atom, said.At)]


# What is stated and asked


@dataclass(frozen=True, slots=True)
class _Writer:
    """Turns what sentences say into conditions on places."""

    cast: _Cast
    direction: _Direction

    @property
    def _count(self) -> int:
        return len(self.cast.things)

    def statement(self, item: _Read, statement: said.Statement) -> Formula:
        return joined(
            "and",
            [joined("or", [self._literal(item, literal) for literal in clause]) for clause in statement.clauses],
        )

    def _literal(self, item: _Read, literal: said.Literal) -> Formula:
        formula = self._atom(item, literal.atom)
        return Not(formula) if literal.negated else formula

    def _atom(self, item: _Read, atom: said.Atom) -> Formula:
        places = [self._place(item, phrase) for phrase in said.phrases_of(atom)]
        if len(set(places)) != len(places):
            raise _Misfit(f"one thing is compared with itself: {item.shown}")
        one, last = places[0], Number(self._count)
        match atom:
            case said.Compared(order, adjoining=adjoining):
                low, high = self._sorted(order, item, one, places[1])
                return _further(low, high, Number(1)) if adjoining else Comparison("<", low, high)
            case said.Beside():
                return _distance(one, places[1], Number(1))
            case said.Apart(count, order, between=between):
                self._within(count, item)
                steps: Term = Computed("+", Number(count), Number(1)) if between else Number(count)
                if order is None:
                    return _distance(one, places[1], steps)
                return _further(*self._sorted(order, item, one, places[1]), steps)
            case said.Between(adjoining=adjoining):
                _, left, right = places
                if adjoining:
                    return joined("and", [_distance(one, left, Number(1)), _distance(one, right, Number(1))])
                rising = [Comparison("<", left, one), Comparison("<", one, right)]
                falling = [Comparison("<", right, one), Comparison("<", one, left)]
                return joined("or", [joined("and", rising), joined("and", falling)])
            case said.At(rank, end):
                self._within(rank, item)
                return Comparison("=", one, self._counted(rank, self.direction.sign(end, item)))
            case said.Middle():
                if self._count % 2 == 0:
                    raise _Misfit(f"of {self._count} things none is in the middle: {item.shown}")
                return Comparison("=", Computed("*", Number(2), one), Computed("+", last, Number(1)))
            case said.AtAnEnd():
                return joined("or", [Comparison("=", one, Number(1)), Comparison("=", one, last)])
            case said.Outdone(count, order):
                self._within(count + 1, item)
                if self.direction.sign(order, item) < 0:
                    return Comparison("=", one, Computed("+", Number(count), Number(1)))
                return Comparison("=", one, Computed("-", last, Number(count)))

    def _within(self, count: int, item: _Read) -> None:
        if count > self._count and item.sentence.letter is None:
            raise _Misfit(f"there are {self._count} things, and it counts to {count}: {item.shown}")

    def _place(self, item: _Read, phrase: Phrase) -> Place:
        return Place(self.cast.index(phrase, item))

    def _sorted(self, order: Order, item: _Read, one: Place, other: Place) -> tuple[Place, Place]:
        """`one` is `order` than `other`: which of them is nearer to place 1 comes first."""
        return (one, other) if self.direction.sign(order, item) < 0 else (other, one)

    def _counted(self, rank: int, sign: int) -> Term:
        """The `rank`-th place from place 1, or from the last one."""
        last = Number(self._count)
        if sign < 0:
            return Number(rank)
        return last if rank == 1 else Computed("-", Computed("+", last, Number(1)), Number(rank))

    def question(self, item: _Read, options: Sequence[_Read]) -> WhichThing | WholeOrder | HowMany | WhichOption:
        if options:
            return WhichOption(tuple((_letter_of(option), self._option(item, option)) for option in options))
        match item.meaning:
            case said.AskWhich(literal):
                self._names_one(item, literal)
                return WhichThing(self._literal(item, literal))
            case said.AskOrder(start):
                return WholeOrder(backwards=self.direction.sign(start, item) > 0)
            case said.AskPlace() | said.AskHowMany() | said.AskHowManyBetween():
                return HowMany(self._number(item, item.meaning))
        raise _Misfit(f"it asks for an option, and there are none: {item.shown}")

    def _names_one(self, item: _Read, literal: said.Literal) -> None:
        if literal.negated and len(said.phrases_of(literal.atom)) > 1:
            raise _Misfit(f"it asks of whom something does not hold: {item.shown}")

    def _number(self, item: _Read, asked: said.AskPlace | said.AskHowMany | said.AskHowManyBetween) -> Term:
        last = Number(self._count)
        match asked:
            case said.AskPlace(start, one):
                place = self._place(item, one)
                low = self.direction.sign(start, item) < 0
                return place if low else Computed("-", Computed("+", last, Number(1)), place)
            case said.AskHowMany(order, one):
                place = self._place(item, one)
                low = self.direction.sign(order, item) < 0
                return Computed("-", place, Number(1)) if low else Computed("-", last, place)
            case said.AskHowManyBetween(one, other):
                apart = Computed("abs", self._place(item, one), self._place(item, other))
                return Computed("-", apart, Number(1))

    def _option(self, item: _Read, option: _Read) -> Cited:
        """What holds where the option is the right one."""
        formula: Formula
        match item.meaning, option.meaning:
            case said.AskOption(holds), said.Statement() as statement:
                formula = self.statement(option, statement)
                formula = formula if holds else Not(formula)
            case said.AskWhich(literal), said.OptionThing(one):
                self._names_one(item, literal)
                chosen = self.cast.index(one, option)
                formula = _in_place_of_asked(self._literal(item, literal), chosen)
            case said.AskOrder(start), said.Listing(count, things) if count in (None, len(things)):
                indices = [self.cast.index(phrase, option) for phrase in things]
                if sorted(indices) != list(range(self._count)):
                    raise _Misfit(f"it does not put all things in order: {option.shown}")
                sign = self.direction.sign(start, item)
                formula = joined(
                    "and",
                    [Comparison("=", Place(index), self._counted(rank, sign)) for rank, index in enumerate(indices, 1)],
                )
            case (said.AskPlace() | said.AskHowMany() | said.AskHowManyBetween()) as asked, said.OptionNumber(value):
                formula = Comparison("=", self._number(item, asked), Number(value))
            case _:
                raise _Misfit(f"the option does not answer the question: {option.shown}")
        return Cited(formula, option.sentence.text)


def _letter_of(option: _Read) -> str:
    assert option.sentence.letter is not None
    return option.sentence.letter


def _further(low: Term, high: Term, steps: Term) -> Formula:
    return Comparison("=", high, Computed("+", low, steps))


def _distance(one: Term, other: Term, steps: Term) -> Formula:
    return Comparison("=", Computed("abs", one, other), steps)


def _in_place_of_asked(formula: Formula, chosen: int) -> Formula:
    match formula:
        case Comparison(operator, left, right):
            return Comparison(operator, _chosen(left, chosen), _chosen(right, chosen))
        case Not(inner):
            return Not(_in_place_of_asked(inner, chosen))
        case _:
            return joined(formula.operator, [_in_place_of_asked(item, chosen) for item in formula.formulas])


def _chosen(term: Term, chosen: int) -> Term:
    match term:
        case Place(thing):
            return Place(chosen if thing == ASKED else thing)
        case Number():
            return term
        case Computed(operator, left, right):
            return Computed(operator, _chosen(left, chosen), _chosen(right, chosen))
