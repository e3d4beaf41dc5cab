"""One sentence of an ordering puzzle: how it is masked, and the notation in which the translator says what it means.

Masked, `The green book is the second from the left.` is `the w0 w1 is the second from the left .`; written for it is
`at 2 left : w0 w1`. A sentence that lists is `list 3 : w0 ; w1 ; w2`. All the forms, with A and B for phrases, R for a
word of order as the sentence has it (`older`, `more expensive`, `more w3`), K for a number:

    list K : A ; B ...      the things that are put in order; K or the things may be missing, not both
    scene                   nothing that matters
    start R                 places are counted from the end R: "Position 1 is the leftmost"
    abstain                 anything that the notation cannot say

    statements, joined by `&`, each of one or several of these with `|` between them and `not` before any:
    rel R : A ; B           A is R than B              beside : A ; B         next to each other
    next R : A ; B          the same, and adjoining    end : A                at one end or the other
    gap K : A ; B           K things between them      middle : A             in the middle
    gap K R : A ; B         the same, and A is R       at K R : A             the K-th from the end R
    places K : A ; B        K places apart             many K R : A           exactly K things are R than A
    places K R : A ; B      the same, and A is R       between : A ; B ; C    A somewhere between the others
                                                       amid : A ; B ; C       A with B and C at its two sides

    ask S                   which one? S is a statement of one part with `?` for what is asked
    order R                 the whole order, from the end R
    place R : A             which place has A, counted from the end R?
    howmany R : A           how many are R than A?
    howmany between : A ; B
    options true            which of the options holds? `options false`: which does not?

    thing : A               an option that only names something; the other options are statements or lists
    number K                an option that only gives a number

A phrase is made of the place-holders of its words, and of the numbers and words of order in it ("the small box 2").
Reading is strict: what is not wholly in the notation is a `NotationError`.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from app.translator.masking import MAX_WORDS, singular
from app.translator.order_words import ORDER_WORDS, directions

MAX_TOKENS = 160
MAX_NUMBER = 20
HOLE = "?"

_FUNCTION_WORDS = (
    "a an the this that these those it its he she his her him they them their we our you your i"
    " is are was were be been being am has have had does do did can could must will would may might should"
    " of from to in on at by for with without as into onto off out and or nor but neither either both not no"
    " nobody none nothing nowhere one ones each every all any some somebody someone other others another only just"
    " exactly precisely than then if so while whereas although though because when where which who whom whose what how"
    " many much there here also too very even still yet again already same different together respectively"
    " between next adjacent beside neighbour neighbor neighbours neighbors neighboring neighbouring immediately"
    " directly straight somewhere anywhere apart away middle centre center halfway end ends side line row order orders"
    " ordered sequence ranking places positions spots ranks number numbered numbers counting count counted"
    " finish finishes finished arrive arrives arrived come comes came stand stands stood sit sits sat live lives lived"
    " win wins won winner lose loses lost loser follow follows followed following true false correct incorrect right"
    " wrong hold holds statement statements option options choice choices possible necessarily paragraph sentence"
    " thing things people person list name give tell say known know consistent"
    " twice half once penultimate runner mr mrs ms dr exact amount enough"
    " never always unless except almost nearly about around probably possibly perhaps maybe likely until during since"
    " roughly equal equally cannot"
).split()
_CARDINALS = dict(
    zip("zero two three four five six seven eight nine ten eleven twelve".split(), (0, *range(2, 13)), strict=True)
)
"""`one` stays a word: it is a pronoun as often as a number."""
_ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth".split()
_MARKS = frozenset(",.;:?!()'/&")
_VISIBLE = frozenset(_FUNCTION_WORDS) | frozenset(ORDER_WORDS) | frozenset(_ORDINALS)
_NUMBER_TOKENS = tuple(str(number) for number in range(MAX_NUMBER + 1))
OUTSIZE = "#"
"""A number beyond `MAX_NUMBER`."""

SOURCE_TOKENS: tuple[str, ...] = tuple(
    dict.fromkeys(
        (*sorted(_VISIBLE), *_NUMBER_TOKENS, OUTSIZE, "'s", *sorted(_MARKS), *(f"w{i}" for i in range(MAX_WORDS)))
    )
)
"""All that `mask` can give."""

_KEYWORDS = (
    "list scene start abstain rel next beside gap places between amid at end middle many not & | ask ? order place"
    " howmany options true false thing number : ;"
).split()
TARGET_TOKENS: tuple[str, ...] = tuple(
    dict.fromkeys((*_KEYWORDS, *ORDER_WORDS, *_NUMBER_TOKENS, *(f"w{i}" for i in range(MAX_WORDS))))
)
"""All that the notation is written with."""

_TOKEN = re.compile(r"\d+(?:st|nd|rd|th)\b|\d+|['\u2019]s\b|(?P<stem>[A-Za-z]+)n['\u2019]t\b|[^\W\d_]+|[^\w\s]")
_STEMS = {"ca": "can", "wo": "will", "sha": "will"}
_SLOT = re.compile(r"w(?:0|[1-9]\d?)")
_MAY_FOLLOW_A_NAME = frozenset(
    "is was are were has had does did finishes finished arrives arrived comes came stands stood sits sat lives lived"
    " and , or".split()
)
_ORDER_SET = frozenset(ORDER_WORDS)
_NEVER_NAMES = frozenset(_FUNCTION_WORDS) - {"a", "may", "will"}


class TooLongError(ValueError):
    """The sentence has more words than the translator reads."""


class NotationError(ValueError):
    """The tokens are not in the notation."""


@dataclass(frozen=True, slots=True)
class MaskedSentence:
    """A sentence as the translator reads it.

    Args:
        words: the word of w0, w1, ... in the one form that a noun and its plural share.
        written: what stands in the sentence for each token.
    """

    tokens: tuple[str, ...]
    words: tuple[str, ...]
    written: tuple[str, ...]


def names_of(text: str) -> frozenset[str]:
    """Words with a capital letter within a sentence, in lower case: names, whatever they mean without it."""
    found = re.findall(r"(?<=[a-z0-9,;:)] )[A-Z][^\W\d_]*", text)
    return frozenset(word.lower() for word in found)


def mask(sentence: str, names: Collection[str] = ()) -> MaskedSentence:
    """Mask one sentence.

    Args:
        names: of `names_of` the whole text; they are masked where they have their capital, even if they are words of
            order ("May", "A").

    Raises:
        TooLongError: more than `MAX_WORDS` place-holders or `MAX_TOKENS` tokens; it is not for this translator.
    """
    matches = list(_TOKEN.finditer(sentence))
    if len(matches) > MAX_TOKENS:
        raise TooLongError(f"{len(matches)} words, and {MAX_TOKENS} are the most")
    tokens: list[str] = []
    written: list[str] = []
    slots: dict[str, str] = {}
    for index, match in enumerate(matches):
        if match["stem"]:  # "isn't": a negation must be seen
            stem = match["stem"].lower()
            tokens += [_STEMS.get(stem, stem) if stem in _STEMS or stem in _VISIBLE else "do", "not"]
            written += [match["stem"], "not"]
            continue
        token = _token(match[0], index, matches, names)
        if token is None:
            key = singular(match[0].lower())
            if key not in slots:
                if len(slots) == MAX_WORDS:
                    raise TooLongError(f"more than {MAX_WORDS} words of its own")
                slots[key] = f"w{len(slots)}"
            token = slots[key]
        if token:
            tokens.append(token)
            written.append(match[0])
    return MaskedSentence(tuple(tokens), tuple(slots), tuple(written))


def _token(word: str, index: int, matches: Sequence[re.Match[str]], names: Collection[str]) -> str | None:
    """The token of a word; None where a place-holder stands for it, empty where nothing does."""
    lower = word.lower()
    if word[0].isdecimal():
        return _number(lower)
    if word[0] in "'\u2019" and len(word) > 1:
        return "'s"
    if not word[0].isalpha():
        return word if word in _MARKS else ""
    if lower in _VISIBLE and not _is_name(word, index, matches, names):
        return lower
    if lower in _CARDINALS and lower not in names:
        return str(_CARDINALS[lower])
    return None


def _number(written: str) -> str:
    figures = written.rstrip("stndrh")
    value = int(figures) if len(figures) < 9 else MAX_NUMBER + 1
    if figures != written and 1 <= value <= len(_ORDINALS):
        return _ORDINALS[value - 1]
    return str(value) if value <= MAX_NUMBER else OUTSIZE


def _is_name(word: str, index: int, matches: Sequence[re.Match[str]], names: Collection[str]) -> bool:
    """Whether a word that could be a word of order is somebody's name here."""
    if not word[0].isupper() or word.lower() not in names or word.lower() in _NEVER_NAMES:
        return False
    if index:
        return True
    # "A" begins a sentence as an article, or as somebody called A.
    following = matches[1][0].lower() if len(matches) > 1 else ","
    return len(word) > 1 or following in _MAY_FOLLOW_A_NAME


# What a sentence means


@dataclass(frozen=True, slots=True)
class Order:
    """Words of order as a sentence has them; `nouns`, place-holders, is what a quantifier counts."""

    words: tuple[str, ...]
    nouns: tuple[str, ...] = ()


Phrase = tuple[str, ...]
"""Names one thing: place-holders, numbers and words of order. `(HOLE,)` is what is asked."""


@dataclass(frozen=True, slots=True)
class Compared:
    """`one` is `order` than `other`; `adjoining`: with nothing between them."""

    order: Order
    one: Phrase
    other: Phrase
    adjoining: bool = False


@dataclass(frozen=True, slots=True)
class Beside:
    one: Phrase
    other: Phrase


@dataclass(frozen=True, slots=True)
class Apart:
    """`count` places apart or, with `between`, with `count` things between; with `order`, `one` on that side."""

    count: int
    order: Order | None
    one: Phrase
    other: Phrase
    between: bool = False


@dataclass(frozen=True, slots=True)
class Between:
    """`one` between the others; `adjoining`: they are its neighbours."""

    one: Phrase
    left: Phrase
    right: Phrase
    adjoining: bool = False


@dataclass(frozen=True, slots=True)
class At:
    """The `rank`-th from the end that `end` points to; 1 is the one at the end."""

    rank: int
    end: Order
    one: Phrase


@dataclass(frozen=True, slots=True)
class Middle:
    one: Phrase


@dataclass(frozen=True, slots=True)
class AtAnEnd:
    one: Phrase


@dataclass(frozen=True, slots=True)
class Outdone:
    """Exactly `count` things are `order` than `one`."""

    count: int
    order: Order
    one: Phrase


Atom = Compared | Beside | Apart | Between | At | Middle | AtAnEnd | Outdone


@dataclass(frozen=True, slots=True)
class Literal:
    atom: Atom
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Statement:
    """All of `clauses` hold; of a clause, one literal at least."""

    clauses: tuple[tuple[Literal, ...], ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """The things that are put in order; `count` is how many the sentence says they are."""

    count: int | None
    things: tuple[Phrase, ...]


@dataclass(frozen=True, slots=True)
class Scene:
    """A sentence that says nothing about the order."""


@dataclass(frozen=True, slots=True)
class Start:
    """Places are counted from this end."""

    end: Order


@dataclass(frozen=True, slots=True)
class Abstained:
    """What the sentence says cannot be written."""


@dataclass(frozen=True, slots=True)
class AskWhich:
    """Which thing is it of which `literal` holds?"""

    literal: Literal


@dataclass(frozen=True, slots=True)
class AskOrder:
    start: Order


@dataclass(frozen=True, slots=True)
class AskPlace:
    start: Order
    one: Phrase


@dataclass(frozen=True, slots=True)
class AskHowMany:
    order: Order
    one: Phrase


@dataclass(frozen=True, slots=True)
class AskHowManyBetween:
    one: Phrase
    other: Phrase


@dataclass(frozen=True, slots=True)
class AskOption:
    """Which option holds; with `holds` False: which does not."""

    holds: bool


@dataclass(frozen=True, slots=True)
class OptionThing:
    one: Phrase


@dataclass(frozen=True, slots=True)
class OptionNumber:
    value: int


Question = AskWhich | AskOrder | AskPlace | AskHowMany | AskHowManyBetween | AskOption
Meaning = Listing | Scene | Start | Abstained | Statement | Question | OptionThing | OptionNumber

_HOLE: Phrase = (HOLE,)
_MOST_LITERALS = 24


# Writing it


def spell(meaning: Meaning) -> tuple[str, ...]:
    """The tokens of `meaning`, which `parse` reads."""
    match meaning:
        case Listing(count, things):
            head = ("list",) if count is None else ("list", str(count))
            return (*head, ":", *_spelled(*things)) if things else head
        case Scene():
            return ("scene",)
        case Start(end):
            return ("start", *_order(end))
        case Abstained():
            return ("abstain",)
        case Statement(clauses):
            return _joined("&", [_joined("|", [_literal(item) for item in clause]) for clause in clauses])
        case AskWhich(literal):
            return ("ask", *_literal(literal))
        case AskOrder(start):
            return ("order", *_order(start))
        case AskPlace(start, one):
            return ("place", *_order(start), ":", *one)
        case AskHowMany(order, one):
            return ("howmany", *_order(order), ":", *one)
        case AskHowManyBetween(one, other):
            return ("howmany", "between", ":", *_spelled(one, other))
        case AskOption(holds):
            return ("options", "true" if holds else "false")
        case OptionThing(one):
            return ("thing", ":", *one)
        case OptionNumber(value):
            return ("number", str(value))


def _order(order: Order) -> tuple[str, ...]:
    return (*order.words, *order.nouns)


def _spelled(*phrases: Phrase) -> tuple[str, ...]:
    return _joined(";", phrases)


def _joined(mark: str, parts: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(token for index, part in enumerate(parts) for token in ((mark, *part) if index else part))


def _literal(literal: Literal) -> tuple[str, ...]:
    return ("not", *_atom(literal.atom)) if literal.negated else _atom(literal.atom)


def _atom(atom: Atom) -> tuple[str, ...]:
    match atom:
        case Compared(order, one, other, adjoining):
            return ("next" if adjoining else "rel", *_order(order), ":", *_spelled(one, other))
        case Beside(one, other):
            return ("beside", ":", *_spelled(one, other))
        case Apart(count, order, one, other, between):
            side = () if order is None else _order(order)
            return ("gap" if between else "places", str(count), *side, ":", *_spelled(one, other))
        case Between(one, left, right, adjoining):
            return ("amid" if adjoining else "between", ":", *_spelled(one, left, right))
        case At(rank, end, one):
            return ("at", str(rank), *_order(end), ":", *one)
        case Middle(one):
            return ("middle", ":", *one)
        case AtAnEnd(one):
            return ("end", ":", *one)
        case Outdone(count, order, one):
            return ("many", str(count), *_order(order), ":", *one)


# Reading it


def parse(tokens: Sequence[str]) -> Meaning:
    """What `tokens` say.

    Raises:
        NotationError: they are not in the notation.
    """
    head, rest = (tokens[0], tuple(tokens[1:])) if tokens else ("", ())
    match head:
        case "scene" | "abstain":
            if rest:
                raise NotationError(f"{rest[0]!r} follows {head!r}")
            return Scene() if head == "scene" else Abstained()
        case "list":
            return _listing(rest)
        case "start":
            return Start(_read_order(rest))
        case "order":
            return AskOrder(_read_order(rest))
        case "options":
            if rest not in (("true",), ("false",)):
                raise NotationError("options are asked for as true or false")
            return AskOption(rest == ("true",))
        case "number":
            if len(rest) != 1:
                raise NotationError("one number is wanted")
            return OptionNumber(_read_number(rest[0]))
        case "thing":
            front, (one,) = _divided(rest, 1)
            if front:
                raise NotationError(f"{front[0]!r} is out of place")
            return OptionThing(one)
        case "place":
            front, (one,) = _divided(rest, 1)
            return AskPlace(_read_order(front), one)
        case "howmany":
            if rest[:1] == ("between",):
                front, (one, other) = _divided(rest, 2)
                if len(front) != 1:
                    raise NotationError(f"{front[1]!r} follows 'between'")
                return AskHowManyBetween(one, other)
            front, (one,) = _divided(rest, 1)
            return AskHowMany(_read_order(front), one)
        case "ask":
            literal = _read_literal(rest, may_ask=True)
            if sum(phrase == _HOLE for phrase in phrases_of(literal.atom)) != 1:
                raise NotationError("a question has one thing that is asked")
            return AskWhich(literal)
    clauses = tuple(
        tuple(_read_literal(part, may_ask=False) for part in _split(clause, "|")) for clause in _split(tokens, "&")
    )
    if sum(map(len, clauses)) > _MOST_LITERALS:
        raise NotationError(f"more than {_MOST_LITERALS} statements in a sentence")
    return Statement(clauses)


def phrases_of(atom: Atom) -> tuple[Phrase, ...]:
    """The things that it speaks of."""
    match atom:
        case Compared(one=one, other=other) | Beside(one, other) | Apart(one=one, other=other):
            return (one, other)
        case Between(one, left, right):
            return (one, left, right)
        case At(one=one) | Middle(one) | AtAnEnd(one) | Outdone(one=one):
            return (one,)


def atoms_of(meaning: Meaning) -> tuple[Atom, ...]:
    """The parts of a statement, or the one of a question."""
    match meaning:
        case Statement(clauses):
            return tuple(literal.atom for clause in clauses for literal in clause)
        case AskWhich(literal):
            return (literal.atom,)
    return ()


def mentioned_in(meaning: Meaning) -> tuple[Phrase, ...]:
    """All things that it speaks of."""
    match meaning:
        case Listing(_, things):
            return things
        case AskPlace(_, one) | AskHowMany(_, one) | OptionThing(one):
            return (one,)
        case AskHowManyBetween(one, other):
            return (one, other)
    return tuple(phrase for atom in atoms_of(meaning) for phrase in phrases_of(atom))


def orders_of(meaning: Meaning) -> tuple[Order, ...]:
    """All words of order in it."""
    match meaning:
        case Start(end):
            return (end,)
        case AskOrder(start) | AskPlace(start):
            return (start,)
        case AskHowMany(order):
            return (order,)
    found: list[Order] = []
    for atom in atoms_of(meaning):
        match atom:
            case Compared(order=order) | At(end=order) | Outdone(order=order):
                found.append(order)
            case Apart(order=Order() as order):
                found.append(order)
    return tuple(found)


def _split(tokens: Sequence[str], mark: str) -> Iterator[tuple[str, ...]]:
    part: list[str] = []
    for token in tokens:
        if token == mark:
            yield tuple(part)
            part = []
        else:
            part.append(token)
    yield tuple(part)


def _read_literal(tokens: Sequence[str], *, may_ask: bool) -> Literal:
    if tokens[:1] == ("not",):
        return Literal(_read_atom(tuple(tokens[1:]), may_ask), negated=True)
    return Literal(_read_atom(tuple(tokens), may_ask))


def _read_atom(tokens: tuple[str, ...], may_ask: bool) -> Atom:
    if not tokens:
        raise NotationError("a statement is missing")
    head, rest = tokens[0], tokens[1:]
    match head:
        case "rel" | "next":
            front, (one, other) = _divided(rest, 2, may_ask)
            return Compared(_read_order(front), one, other, adjoining=head == "next")
        case "beside":
            front, (one, other) = _divided(rest, 2, may_ask)
            _nothing(front)
            return Beside(one, other)
        case "gap" | "places":
            front, (one, other) = _divided(rest, 2, may_ask)
            count = _read_number(front[0] if front else "")
            order = _read_order(front[1:]) if len(front) > 1 else None
            return Apart(count, order, one, other, between=head == "gap")
        case "between" | "amid":
            front, (one, left, right) = _divided(rest, 3, may_ask)
            _nothing(front)
            return Between(one, left, right, adjoining=head == "amid")
        case "at" | "many":
            front, (one,) = _divided(rest, 1, may_ask)
            count, order = _read_number(front[0] if front else ""), _read_order(front[1:])
            if head == "at" and count == 0:
                raise NotationError("places are counted from 1")
            return At(count, order, one) if head == "at" else Outdone(count, order, one)
        case "end" | "middle":
            front, (one,) = _divided(rest, 1, may_ask)
            _nothing(front)
            return AtAnEnd(one) if head == "end" else Middle(one)
    raise NotationError(f"{head!r} begins no statement")


def _nothing(front: Sequence[str]) -> None:
    if front:
        raise NotationError(f"{front[0]!r} is out of place")


def _divided(tokens: Sequence[str], count: int, may_ask: bool = False) -> tuple[tuple[str, ...], tuple[Phrase, ...]]:
    """What stands before the colon, and the `count` phrases behind it."""
    front, colon, behind = _at_colon(tokens)
    phrases = tuple(_read_phrase(part, may_ask) for part in _split(behind, ";")) if colon else ()
    if len(phrases) != count:
        raise NotationError(f"{len(phrases)} things instead of {count}")
    return front, phrases


def _at_colon(tokens: Sequence[str]) -> tuple[tuple[str, ...], bool, tuple[str, ...]]:
    if ":" not in tokens:
        return tuple(tokens), False, ()
    place = tuple(tokens).index(":")
    return tuple(tokens[:place]), True, tuple(tokens[place + 1 :])


def _listing(tokens: Sequence[str]) -> Listing:
    front, colon, behind = _at_colon(tokens)
    if len(front) > 1 or not (front or colon):
        raise NotationError("a list has a number, things, or both")
    things = tuple(_read_phrase(part, may_ask=False) for part in _split(behind, ";")) if colon else ()
    return Listing(_read_number(front[0]) if front else None, things)


def _read_phrase(tokens: tuple[str, ...], may_ask: bool) -> Phrase:
    if tokens == _HOLE and may_ask:
        return tokens
    for token in tokens:
        if _SLOT.fullmatch(token) is None and token not in _NUMBER_TOKENS and token not in _ORDER_SET:
            raise NotationError(f"{token!r} names nothing")
    if not tokens:
        raise NotationError("a thing is missing")
    return tokens


def _read_order(tokens: Sequence[str]) -> Order:
    words = tuple(token for token in tokens if _SLOT.fullmatch(token) is None)
    order = Order(words, tuple(tokens[len(words) :]))
    if (*order.words, *order.nouns) != tuple(tokens) or not directions(words, order.nouns):
        raise NotationError(f"{' '.join(tokens) or 'nothing'!r} is no order")
    return order


def _read_number(token: str) -> int:
    if token not in _NUMBER_TOKENS:
        raise NotationError(f"{token!r} is no number")
    return int(token)
