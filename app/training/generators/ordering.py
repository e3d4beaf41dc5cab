"""Generates ordering puzzles: single sentences with their notation, and whole puzzles with one solution.

Every statement is made true of an order that is drawn first; in a puzzle enough of them are told that only this order
is left, which a search over all orders makes sure of. The translator reads masked words, so what matters here is how
things are said, and with how many words they are named, more than which words these are.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import permutations

from app.training.generators.ordering_themes import THEMES, WEIGHTS, Side, Theme, expand
from app.translator.forms import Example, Form
from app.translator.masking import singular
from app.translator.ordering import (
    HOLE,
    Abstained,
    Apart,
    AskHowMany,
    AskHowManyBetween,
    AskOption,
    AskOrder,
    AskPlace,
    AskWhich,
    At,
    AtAnEnd,
    Atom,
    Beside,
    Between,
    Compared,
    Listing,
    Literal,
    Meaning,
    Middle,
    OptionNumber,
    OptionThing,
    Order,
    Outdone,
    Phrase,
    Scene,
    Start,
    Statement,
    TooLongError,
    mask,
    spell,
)

GROUP = "generated/ordering"

_PEOPLE = (
    "Ann Bob Cid Dora Eli Fay Gus Hana Ida Jon Kim Lea Milo Nora Otis Pia Quentin Rosa Sven Tara Uma Viktor Wanda"
    " Xenia Yara Zoe Amir Bela Chen Dalia Emeka Farah Goran Hugo Ines Jamal Keiko Lars Mei Nils Olga Petra Rafael"
    " Samira Tomas Ulla Vera Wim Yusuf Zara Alice Bruno Carla David Elena Felix Grace Henry Irene Jack Karen Liam"
    " Maria Noah Olivia Peter Ruth Simon Tina Walter May Will Norman Dawn"
).split()
_SURNAMES = (
    "Brown Fisher Lopez Novak Okafor Rossi Schmidt Tanaka Weber Yilmaz Larsen Dubois Silva Kovacs Haddad".split()
)
_COLOURS = (
    "red green blue yellow orange purple black white gray brown pink teal silver golden violet turquoise crimson beige"
    " striped spotted wooden plastic round square oval empty broken painted polished rusty"
).split()
_CLASSES = (
    "book car vase lamp box bicycle chair hat bottle guitar clock mug truck kite jar basket bag coat radio statue boat"
    " coin tent drum candle jug table bucket tractor painting house boot stamp flag drone sofa necklace carpet pen key"
).split()
_KINDS = (
    "falcon raven robin quail owl hawk crow sparrow heron duck pigeon eagle swallow swan crane cardinal finch parrot"
    " apple pear mango peach plum kiwi melon cherry papaya lemon grape apricot banana coconut fig"
    " sedan convertible limousine tractor minivan truck hatchback wagon motorcycle bus tram scooter"
    " oak birch maple willow cedar elm ash pine poplar spruce"
    " violin cello flute trumpet harp piano oboe banjo drum tuba"
    " dog cat goat horse otter badger fox hare camel zebra donkey hamster"
    " bakery library museum school bank pharmacy theatre hotel station market church"
).split()
_COMPOUNDS = (
    "pickup truck,fire engine,sports car,oak table,tennis racket,hair dryer,tea pot,post office,town hall,"
    "fruit cake,sea lion,polar bear,bass drum,street lamp,paper boat,wine glass"
).split(",")
_FRUITS = "apple pear mango peach plum kiwi melon cherry papaya lemon grape apricot banana coconut fig".split()
_KIND_NAMES = "bird animal fruit vehicle tree instrument building item object thing article exhibit".split()
_GROUPS = (
    "friend runner child student neighbour player golfer sailor singer skier cousin colleague guest sister brother"
    " customer passenger patient cyclist dancer driver person pupil tourist contestant tenant swimmer"
).split()
_PLACES = (
    "shelf table garden town village park market yard museum hall school street harbour office club attic valley shop"
    " kitchen warehouse studio theatre castle cellar farm"
).split()
_COUNTED = "stamps marbles coins books medals goals points apples cards cousins hats shells tickets awards pens".split()
_DOES = "earns reads eats sleeps runs saves bakes swims paints spends works trains writes travels".split()
_NUMBERS = "zero one two three four five six seven eight nine ten".split()
_ORDINALS = "zeroth first second third fourth fifth sixth seventh eighth ninth".split()
_SECOND_TO_LAST = ("[is|are] next to last", "finished (next to|second to) last", "[is|are] (the |)penultimate")
_FIGURES = "0th 1st 2nd 3rd 4th 5th 6th 7th 8th 9th".split()
_PLACE_WORDS = "places positions spots seats".split()
_ORDER_ADJECTIVES = "small big old new light dark young large short tall long".split()
_LETTERS = "ABCDEFGHIJ"
_PLURAL_VERBS = {
    "stands": "stand", "sits": "sit", "lies": "lie", "lives": "live", "costs": "cost", "weighs": "weigh",
    "comes": "come", "was": "were", "has": "have", "finishes": "finish", "arrives": "arrive", "goes": "go",
    "departs": "depart", "waits": "wait", "hangs": "hang", "works": "work", "takes": "take", "queues": "queue",
}  # fmt: skip

Places = Sequence[int]
"""Where each thing is, from 1 for the low end of the axis."""


@dataclass(frozen=True, slots=True)
class _Thing:
    """What is put in order: `the green book`, `a green book`, and the words that name it.

    `words` is a phrase of the notation, with `=` before the words that are masked.
    """

    definite: str
    indefinite: str
    words: Phrase


@dataclass(frozen=True, slots=True)
class _World:
    """A theme with its things.

    Args:
        names: words with a capital, for `mask`.
        shared: the noun that all things have, with its plural, where `things` are "the green book", "the red book".
    """

    theme: Theme
    things: tuple[_Thing, ...]
    kind: str
    kinds: str
    who: str
    names: frozenset[str]
    plural: bool
    shared: tuple[str, ...]
    noun: str
    verb: str
    style: str


@dataclass(frozen=True, slots=True)
class _Told:
    """A statement in words; `says` is whether it is true of given places."""

    text: str
    literal: Literal
    says: Callable[[Places], bool]


@dataclass(frozen=True, slots=True)
class GeneratedPuzzle:
    """A puzzle in words.

    Args:
        targets: the notation of each sentence and option, in the order of `app.translator.puzzle.sentences_of`.
        answer: a thing as a program names it, `green_book`; a number; a whole order, with commas and no blanks; the
            small letter of an option.
    """

    text: str
    targets: tuple[tuple[str, ...], ...]
    answer: str


# Things


def _world(rng: random.Random, count: int) -> _World:
    theme = rng.choices(THEMES, WEIGHTS)[0]
    style = _style(rng, theme)
    things, kind, shared, plural = _things(rng, style, count)
    people = style in ("first names", "full names", "letters", "titled")
    kinds = "people" if kind == "person" else f"{kind}s" if not kind.endswith(("y", "ch", "x", "s")) else _plural(kind)
    who = rng.choice(("Who", "Who", "Who", f"Which {kind}")) if people else rng.choice((f"Which {kind}", "Which one"))
    if style == "kinds" and not people:
        who = rng.choice((f"Which {kind}", "Which one", "What", f"Which of the {kinds}"))
    names = frozenset(word for thing in things for word in thing.definite.lower().split()) if people else frozenset()
    return _World(
        theme, things, kind, kinds, who, names, plural, shared, rng.choice(_COUNTED), rng.choice(_DOES), style
    )


def _style(rng: random.Random, theme: Theme) -> str:
    styles = []
    if theme.of_people:
        styles += ["first names"] * 5 + ["full names", "letters", "titled"]
    if theme.of_things:
        styles += ["coloured"] * 4 + ["kinds"] * 4 + ["owned", "numbered", "adjectives", "proper"]
        if theme.name in ("price", "cost", "weight", "size", "row", "temperature"):
            styles += ["plurals"] * 3
    return rng.choice(styles)


def _things(rng: random.Random, style: str, count: int) -> tuple[tuple[_Thing, ...], str, tuple[str, ...], bool]:
    """The things, what they are, the noun that they share, and whether each is many."""
    match style:
        case "first names" | "titled":
            title = rng.choice(("Mr", "Mrs", "Ms", "Dr")) if style == "titled" else ""
            pool = _SURNAMES if title else _PEOPLE
            return (
                tuple(
                    _Thing(f"{title} {name}".strip(), f"{title} {name}".strip(), (_key(name),))
                    for name in rng.sample(pool, count)
                ),
                rng.choice(_GROUPS),
                (),
                False,
            )
        case "full names":
            pairs = zip(rng.sample(_PEOPLE[:60], count), rng.sample(_SURNAMES, count), strict=True)
            return tuple(_same(f"{one} {two}") for one, two in pairs), rng.choice(_GROUPS), (), False
        case "letters":
            first = rng.choice((0, 0, 1, 2))
            return tuple(_same(_LETTERS[first + i]) for i in range(count)), rng.choice(_GROUPS), (), False
        case "proper":
            kind = rng.choice(_CLASSES)
            return tuple(_same(name) for name in rng.sample(_PEOPLE[:60], count)), kind, (), False
        case "coloured" | "adjectives":
            kind = rng.choice(_CLASSES)
            colours = rng.sample(_COLOURS, count)
            if style == "adjectives":
                colours = [f"{rng.choice(_ORDER_ADJECTIVES)} {colour}" for colour in colours]
                plain = rng.sample(_ORDER_ADJECTIVES, count)
                colours = colours if rng.random() < 0.6 else plain
            return tuple(_described(colour, kind) for colour in colours), kind, (kind,), False
        case "owned":
            kind = rng.choice(_CLASSES)
            return (
                tuple(
                    _Thing(f"{name}'s {kind}", f"{name}'s {kind}", (_key(name), _key(kind)))
                    for name in rng.sample(_PEOPLE[:60], count)
                ),
                kind,
                (kind,),
                False,
            )
        case "numbered":
            kind = rng.choice(_CLASSES)
            numbers = rng.sample(range(2, 9), count) if count < 7 else list(range(2, 9))
            return (
                tuple(_Thing(f"{kind} {i}", f"{kind} {i}", (_key(kind), str(i))) for i in numbers),
                kind,
                (kind,),
                False,
            )
        case "plurals":
            kinds = rng.sample(_FRUITS, count)
            bare = rng.random() < 0.4
            return (
                tuple(
                    _Thing(_plural(kind) if bare else f"the {_plural(kind)}", _plural(kind), (_key(_plural(kind)),))
                    for kind in kinds
                ),
                rng.choice(_KIND_NAMES),
                (),
                True,
            )
    kinds = list(dict.fromkeys(rng.sample(_KINDS, count + 3)))[:count]
    if rng.random() < 0.3:
        compounds = rng.sample(_COMPOUNDS, 1 + int(rng.random() * 2))
        kinds[: len(compounds)] = compounds
        rng.shuffle(kinds)
    return tuple(_described("", kind) for kind in kinds), rng.choice(_KIND_NAMES), (), False


def _same(name: str) -> _Thing:
    return _Thing(name, name, tuple(_key(word) for word in name.split()))


def _described(adjective: str, kind: str) -> _Thing:
    name = f"{adjective} {kind}".strip()
    words = tuple(word if word in _ORDER_ADJECTIVES else _key(word) for word in name.split())
    return _Thing(f"the {name}", f"{'an' if name[0] in 'aeiou' else 'a'} {name}", words)


def _key(word: str) -> str:
    return "=" + singular(word.lower())


def _plural(noun: str) -> str:
    if noun.endswith("y"):
        return noun[:-1] + "ies"
    return noun + ("es" if noun.endswith(("ch", "sh", "x", "s", "o")) and noun != "piano" else "s")


# Statements


def _order(words: tuple[str, ...], world: _World) -> Order:
    plural = [_PLURAL_VERBS.get(word, word) if world.plural else word for word in words if not word.startswith("=")]
    nouns = [word[1:].replace("{noun}", world.noun) for word in words if word.startswith("=")]
    return Order(tuple(plural), tuple(_key(noun) for noun in nouns))


def _fields(world: _World, **more: str) -> dict[str, str]:
    fields = {
        "c": world.kind,
        "cs": world.kinds,
        "n": _NUMBERS[len(world.things)],
        "noun": world.noun,
        "verb": world.verb,
        "places": "places",
    }
    fields.update(more)
    return fields


def _predicate(rng: random.Random, world: _World, template: str, **fields: str) -> str:
    """What is said of a thing; its first word agrees with the thing."""
    text = expand(rng, template, _fields(world, **fields), world.plural)
    if world.plural:
        first, _, rest = text.partition(" ")
        return f"{_PLURAL_VERBS.get(first, first)} {rest}"
    return text


def _number(rng: random.Random, number: int) -> str:
    return _NUMBERS[number] if rng.random() < 0.75 else str(number)


def _ordinal(rng: random.Random, number: int) -> str:
    return _ORDINALS[number] if rng.random() < 0.85 else _FIGURES[number]


def _sides(world: _World) -> tuple[Side, Side]:
    return world.theme.low, world.theme.high


@dataclass(frozen=True, slots=True)
class _Part:
    """What is said of one thing, without its subject."""

    subject: int
    predicate: str
    atom: Atom
    says: Callable[[Places], bool]


_Maker = Callable[[random.Random, _World, Places], _Part | None]


def _phrase(world: _World, index: int) -> Phrase:
    return world.things[index].words if index >= 0 else (HOLE,)


def _name(world: _World, index: int) -> str:
    return world.things[index].definite


def _pair(rng: random.Random, world: _World) -> tuple[int, int]:
    one, other = rng.sample(range(len(world.things)), 2)
    return one, other


def _compared(rng: random.Random, world: _World, places: Places) -> _Part | None:
    one, other = _pair(rng, world)
    high = places[one] > places[other]
    side = _sides(world)[high]
    template, words = rng.choice(side.compared) if side.compared else ("", ())
    if not template:
        return None
    predicate = _predicate(rng, world, template, b=_name(world, other))
    atom = Compared(_order(words, world), _phrase(world, one), _phrase(world, other))
    return _Part(one, predicate, atom, lambda p: (p[one] > p[other]) == high)


def _adjoining(rng: random.Random, world: _World, places: Places) -> _Part | None:
    one, other = _pair(rng, world)
    step = places[one] - places[other]
    side = _sides(world)[step > 0]
    if abs(step) != 1 or not side.adjoining:
        return None
    template, words = rng.choice(side.adjoining)
    predicate = _predicate(rng, world, template, b=_name(world, other))
    atom = Compared(_order(words, world), _phrase(world, one), _phrase(world, other), adjoining=True)
    return _Part(one, predicate, atom, lambda p: p[one] - p[other] == step)


def _distant(rng: random.Random, world: _World, places: Places) -> _Part | None:
    one, other = _pair(rng, world)
    step = places[one] - places[other]
    side = _sides(world)[step > 0]
    if abs(step) < 1 + (rng.random() < 0.8) or not side.distant:
        return None
    template, words = rng.choice(side.distant)
    count = abs(step)
    plural = rng.choice(_PLACE_WORDS)
    k, unit = _number(rng, count), plural if count > 1 else plural[:-1]
    if count == 1:
        template = template.replace("(floors|levels|storeys|{places})", "(floor|level)")
    predicate = _predicate(rng, world, template, b=_name(world, other), k=k, places=unit)
    atom = Apart(count, _order(words, world), _phrase(world, one), _phrase(world, other))
    return _Part(one, predicate, atom, lambda p: p[one] - p[other] == step)


def _apart(rng: random.Random, world: _World, places: Places) -> _Part | None:
    one, other = _pair(rng, world)
    count = abs(places[one] - places[other])
    if not world.theme.near or count < 2:
        return None
    template = rng.choice(
        (
            "[is|are] (exactly |){k} {places} (away |)from {b}",
            "(stands|sits|[is|are]) (exactly |){k} {places} (away |)from {b}",
        )
    )
    predicate = _predicate(
        rng, world, template, b=_name(world, other), k=_number(rng, count), places=rng.choice(_PLACE_WORDS)
    )
    atom = Apart(count, None, _phrase(world, one), _phrase(world, other))
    return _Part(one, predicate, atom, lambda p: abs(p[one] - p[other]) == count)


def _side_with_gap(rng: random.Random, world: _World, places: Places) -> _Part | None:
    """On one side of another thing, with a number of things between."""
    one, other = _pair(rng, world)
    step = places[one] - places[other]
    side = _sides(world)[step > 0]
    if abs(step) < 2 or not side.compared:
        return None
    template, words = rng.choice(side.compared)
    count = abs(step) - 1
    noun = world.kind if count == 1 else world.kinds
    tail = rng.choice(
        (
            f", with (exactly |){_number(rng, count)} (other |){noun} (in |)between (them|)",
            f", and there (is|are) (exactly |){_number(rng, count)} {noun} between them",
            f" with (exactly |just |){_number(rng, count)} {noun} between them",
        )
    )
    predicate = _predicate(rng, world, template + tail, b=_name(world, other))
    atom = Apart(count, _order(words, world), _phrase(world, one), _phrase(world, other), between=True)
    return _Part(one, predicate, atom, lambda p: p[one] - p[other] == step)


def _beside(rng: random.Random, world: _World, places: Places) -> _Part | None:
    one, other = _pair(rng, world)
    if abs(places[one] - places[other]) != 1 or not world.theme.near:
        return None
    predicate = _predicate(rng, world, rng.choice(world.theme.near), b=_name(world, other))
    atom = Beside(_phrase(world, one), _phrase(world, other))
    return _Part(one, predicate, atom, lambda p: abs(p[one] - p[other]) == 1)


def _between(rng: random.Random, world: _World, places: Places) -> _Part | None:
    low, one, high = sorted(rng.sample(range(len(world.things)), 3), key=lambda index: places[index])
    left, right = (low, high) if rng.random() < 0.5 else (high, low)
    amid = world.theme.amid and places[high] - places[low] == 2 and rng.random() < 0.5
    template = rng.choice(world.theme.amid if amid else world.theme.between)
    predicate = _predicate(rng, world, template, b=_name(world, left), d=_name(world, right))
    atom = Between(_phrase(world, one), _phrase(world, left), _phrase(world, right), adjoining=bool(amid))

    def says(p: Places) -> bool:
        if amid:
            return abs(p[one] - p[left]) == abs(p[one] - p[right]) == 1
        return p[left] < p[one] < p[right] or p[right] < p[one] < p[left]

    return _Part(one, predicate, atom, says)


def _at(rng: random.Random, world: _World, places: Places) -> _Part | None:
    one = int(rng.random() * len(world.things))
    count = len(world.things)
    high = rng.random() < 0.5
    rank = count + 1 - places[one] if high else places[one]
    side = _sides(world)[high]
    said = side.extreme if rank == 1 else side.ranked
    if not said:
        return None
    template, words = rng.choice(said)
    if rank == 2 and words == ("last",) and rng.random() < 0.4:
        template = rng.choice(_SECOND_TO_LAST)
    predicate = _predicate(rng, world, template, o=_ordinal(rng, rank), k=_number(rng, rank))
    wanted = places[one]
    return _Part(one, predicate, At(rank, _order(words, world), _phrase(world, one)), lambda p: p[one] == wanted)


def _middle(rng: random.Random, world: _World, places: Places) -> _Part | None:
    count = len(world.things)
    one = int(rng.random() * count)
    if count % 2 == 0 or not world.theme.middle or 2 * places[one] != count + 1:
        return None
    predicate = _predicate(rng, world, rng.choice(world.theme.middle))
    return _Part(one, predicate, Middle(_phrase(world, one)), lambda p: 2 * p[one] == count + 1)


def _at_an_end(rng: random.Random, world: _World, places: Places) -> _Part | None:
    count = len(world.things)
    one = int(rng.random() * count)
    if not world.theme.ends or places[one] not in (1, count):
        return None
    predicate = _predicate(rng, world, rng.choice(world.theme.ends))
    return _Part(one, predicate, AtAnEnd(_phrase(world, one)), lambda p: p[one] in (1, count))


_PARTS: tuple[tuple[_Maker, int], ...] = (
    (_compared, 30),
    (_adjoining, 30),
    (_distant, 20),
    (_apart, 5),
    (_side_with_gap, 4),
    (_beside, 16),
    (_between, 5),
    (_at, 30),
    (_middle, 16),
    (_at_an_end, 6),
)
_MAKERS = tuple(maker for maker, _ in _PARTS)
_WEIGHTS = tuple(weight for _, weight in _PARTS)


def _part(rng: random.Random, world: _World, places: Places, makers: Sequence[_Maker] = ()) -> _Part:
    while True:
        maker = rng.choice(makers) if makers else rng.choices(_MAKERS, _WEIGHTS)[0]
        if (part := maker(rng, world, places)) is not None:
            return part
        makers = ()


_NEGATIONS = {
    "is": "is not", "are": "are not", "was": "was not", "were": "were not", "has": "does not have",
    "stands": "does not stand", "sits": "does not sit", "lives": "does not live", "costs": "does not cost",
    "finished": "did not finish", "arrived": "did not arrive", "finishes": "does not finish", "lies": "does not lie",
    "arrives": "does not arrive", "works": "does not work", "waits": "does not wait", "came": "did not come",
    "comes": "does not come", "ran": "did not run", "scored": "did not score", "weighs": "does not weigh",
    "stand": "do not stand", "sit": "do not sit", "cost": "do not cost", "have": "do not have", "lie": "do not lie",
}  # fmt: skip


def _negated(rng: random.Random, part: _Part) -> str | None:
    first, _, rest = part.predicate.partition(" ")
    if first not in _NEGATIONS:
        return None
    negation = _NEGATIONS[first]
    if rng.random() < 0.3:
        verb, _, behind = negation.partition(" not")
        negation = f"{verb}n't{behind}"
    return f"{negation} {rest}"


def _clause(rng: random.Random, world: _World, places: Places) -> tuple[str, Statement, Callable[[Places], bool]]:
    """One statement that is true of `places`, without its full stop."""
    draw = rng.random()
    if draw < 0.10 and (found := _denied(rng, world, places)) is not None:
        return found
    if draw < 0.14:
        return _neither(rng, world, places)
    if draw < 0.20:
        return _either(rng, world, places)
    if draw < 0.28 and (found := _counted(rng, world, places)) is not None:
        return found
    if draw < 0.32 and world.theme.near and (found := _both(rng, world, places)) is not None:
        return found
    part = _part(rng, world, places)
    text = f"{_name(world, part.subject)} {part.predicate}"
    if rng.random() < 0.06:
        text = f"{rng.choice(('It is known that', 'We know that', 'It is true that', 'Also,', 'Furthermore,'))} {text}"
    elif part.predicate.startswith("is ") and rng.random() < 0.04:
        text = rng.choice(("{} must be{}", "{} has to be{}", "{} will be{}")).format(
            _name(world, part.subject), part.predicate[2:]
        )
    return text, _statement([[Literal(part.atom)]]), part.says


def _statement(clauses: Sequence[Sequence[Literal]]) -> Statement:
    return Statement(tuple(tuple(clause) for clause in clauses))


_Clause = tuple[str, Statement, Callable[[Places], bool]]


def _all(*says: Callable[[Places], bool]) -> Callable[[Places], bool]:
    return lambda p: all(say(p) for say in says)


def _any(*says: Callable[[Places], bool]) -> Callable[[Places], bool]:
    return lambda p: any(say(p) for say in says)


def _denied(rng: random.Random, world: _World, places: Places) -> _Clause | None:
    other = _shuffled(rng, places)
    part = _part(rng, world, other)
    if part.says(places) or (negated := _negated(rng, part)) is None or ", and there" in part.predicate:
        return None
    text = f"{_name(world, part.subject)} {negated}"
    return text, _statement([[Literal(part.atom, negated=True)]]), lambda p: not part.says(p)


def _neither(rng: random.Random, world: _World, places: Places) -> _Clause:
    """Neither at the one place nor at the other."""
    one = int(rng.random() * len(world.things))
    parts: list[_Part] = []
    for _ in range(40):
        part = _at(rng, world, _shuffled(rng, places))
        ends = {p.atom.rank for p in (*parts, part) if p is not None and isinstance(p.atom, At)}
        if part is None or part.says(places) or part.subject != one or not part.predicate.startswith(("is ", "are ")):
            continue
        if parts and (part.atom == parts[0].atom or not ends):
            continue
        parts.append(part)
        if len(parts) == 2:
            break
    if len(parts) < 2:
        part = _part(rng, world, places, (_compared,))
        return f"{_name(world, part.subject)} {part.predicate}", _statement([[Literal(part.atom)]]), part.says
    verb, _, first = parts[0].predicate.partition(" ")
    second = parts[1].predicate.partition(" ")[2]
    text = rng.choice(
        (
            "{a} {v} neither {x} nor {y}",
            "{a} {v} not {x} and not {y}",
            "{a} {v} not {x} or {y}",
            "{a} {v} not {x} nor {y}",
        )
    ).format(a=_name(world, one), v=verb, x=first, y=second)
    literals = [[Literal(part.atom, negated=True)] for part in parts]
    either = _any(parts[0].says, parts[1].says)
    return text, _statement(literals), lambda p: not either(p)


def _either(rng: random.Random, world: _World, places: Places) -> _Clause:
    """At the one place or at the other; one of the two is true."""
    part = _part(rng, world, places, (_at, _at, _at, _beside, _adjoining))
    for _ in range(30):
        other = _part(rng, world, _shuffled(rng, places), (_at,) if isinstance(part.atom, At) else (_compared, _beside))
        same = other.subject == part.subject and other.atom != part.atom
        verb = part.predicate.partition(" ")[0]
        if same and other.predicate.partition(" ")[0] == verb:
            pair = (part, other) if rng.random() < 0.5 else (other, part)
            first, second = (item.predicate.partition(" ")[2] for item in pair)
            text = rng.choice(("{a} {v} either {x} or {y}", "{a} {v} {x} or {y}", "Either {a} {v} {x} or {a} {v} {y}"))
            if pair[0].predicate.count(",") or pair[1].predicate.count(","):
                break
            written = text.format(a=_name(world, part.subject), v=verb, x=first, y=second)
            return written, _statement([[Literal(item.atom) for item in pair]]), _any(part.says, other.says)
    return f"{_name(world, part.subject)} {part.predicate}", _statement([[Literal(part.atom)]]), part.says


def _counted(rng: random.Random, world: _World, places: Places) -> _Clause | None:
    """How many things are older than one, or between two."""
    count = len(world.things)
    noun = [world.kinds, world.kind]
    if world.theme.near and rng.random() < 0.5:
        one, other = _pair(rng, world)
        gap = abs(places[one] - places[other]) - 1
        if gap < 1:
            return None
        k = _number(rng, gap)
        are, things = ("is", noun[1]) if gap == 1 else ("are", noun[0])
        template = rng.choice(
            (
                f"there {are} (exactly |){k} (other |){things} between {{a}} and {{b}}",
                f"(exactly |){k} {things} ({are}|stand|sit) between {{a}} and {{b}}",
                f"between {{a}} and {{b}} there {are} (exactly |just |){k} {things}",
                f"{{a}} and {{b}} have (exactly |){k} {things} between them",
                f"{{a}} and {{b}} are separated by (exactly |){k} {things}",
            )
        )
        text = expand(rng, template, {"a": _name(world, one), "b": _name(world, other)})
        atom: Atom = Apart(gap, None, _phrase(world, one), _phrase(world, other), between=True)
        return text, _statement([[Literal(atom)]]), lambda p: abs(p[one] - p[other]) == gap + 1
    one = int(rng.random() * count)
    high = rng.random() < 0.5
    outdoing = count - places[one] if high else places[one] - 1
    side = _sides(world)[high]
    candidates = [
        said for said in side.compared if said[0].startswith(("[is|are]", "(finished", "(stands|[is|are]", "["))
    ]
    if not candidates:
        return None
    template, words = rng.choice(candidates)
    many = outdoing != 1
    predicate = expand(rng, template, _fields(world, b=_name(world, one)), many)
    first, _, rest = predicate.partition(" ")
    predicate = f"{_PLURAL_VERBS.get(first, first)} {rest}" if many else predicate
    if outdoing == 0:
        predicate = expand(rng, template, _fields(world, b=_name(world, one)), False)
        nobody = rng.choice((f"no {world.kind}", f"none of the {world.kinds}", "nobody", f"no other {world.kind}"))
        text = f"{nobody} {predicate}"
    else:
        start = rng.choice(("exactly ", "", "only ", "just ", "exactly "))
        text = f"{start}{_number(rng, outdoing)} {rng.choice(('', 'other ', 'of the '))}"
        ofs = text.endswith("of the ")
        text = f"{text}{noun[0] if many or ofs else noun[1]} {predicate}"
    wanted = places[one]
    return (
        text,
        _statement([[Literal(Outdone(outdoing, _order(words, world), _phrase(world, one)))]]),
        lambda p: p[one] == wanted,
    )


def _as_in(places: Places, one: int, other: int) -> Callable[[Places], bool]:
    """Whether `one` is on the side of `other` on which it is in `places`."""
    high = places[one] > places[other]
    return lambda p: (p[one] > p[other]) == high


def _both(rng: random.Random, world: _World, places: Places) -> _Clause | None:
    """Two things as the subject: they are, or are not, next to each other."""
    one, other = _pair(rng, world)
    near = abs(places[one] - places[other]) == 1
    if not near and rng.random() < 0.6:
        return None
    not_ = "" if near else "not "
    template = rng.choice(
        (
            f"{{a}} and {{b}} are {not_}(next to|beside|adjacent to) each other",
            f"{{a}} and {{b}} are {not_}(neighbours|neighbors|adjacent)",
            f"{{a}} and {{b}} {'stand' if near else 'do not stand'} (next to|beside) (each other|one another)",
            f"{{a}} and {{b}} are {not_}(directly |immediately |)next to each other",
        )
    )
    text = expand(rng, template, {"a": _name(world, one), "b": _name(world, other)})
    literal = Literal(Beside(_phrase(world, one), _phrase(world, other)), negated=not near)
    return text, _statement([[literal]]), lambda p: (abs(p[one] - p[other]) == 1) == near


def _shuffled(rng: random.Random, places: Places) -> Places:
    return rng.sample(list(places), len(places))


def _sentence(rng: random.Random, world: _World, places: Places) -> _Clause:
    """One sentence: mostly one statement, sometimes several."""
    draw = rng.random()
    if draw < 0.72:
        return _clause(rng, world, places)
    if draw < 0.80:
        return _two_of_one(rng, world, places)
    if draw < 0.86:
        return _chain(rng, world, places)
    count = 2 if draw < 0.95 else 3
    clauses = [_clause(rng, world, places) for _ in range(count)]
    if count == 2:
        joint = rng.choice((" and ", ", and ", ", but ", "; ", ", while ", ", whereas ", " but "))
        text = joint.join(text for text, _, _ in clauses)
    else:
        text = f"{clauses[0][0]}, {clauses[1][0]}{rng.choice((',', ''))} and {clauses[2][0]}"
    joined = tuple(clause for _, statement, _ in clauses for clause in statement.clauses)
    return text, Statement(joined), _all(*(says for _, _, says in clauses))


def _two_of_one(rng: random.Random, world: _World, places: Places) -> _Clause:
    """Two things said of one subject: "is older than Bob but younger than Cid"."""
    part = _part(rng, world, places)
    for _ in range(25):
        other = _part(rng, world, places)
        if other.subject != part.subject or other.atom == part.atom or "," in part.predicate:
            continue
        joint = rng.choice((" and ", " but ", ", but ", ", and "))
        verb, _, rest = other.predicate.partition(" ")
        second = rest if verb == part.predicate.partition(" ")[0] and rng.random() < 0.6 else other.predicate
        text = f"{_name(world, part.subject)} {part.predicate}{joint}{second}"
        return text, _statement([[Literal(part.atom)], [Literal(other.atom)]]), _all(part.says, other.says)
    return f"{_name(world, part.subject)} {part.predicate}", _statement([[Literal(part.atom)]]), part.says


def _chain(rng: random.Random, world: _World, places: Places) -> _Clause:
    """One thing compared with two: "is older than Bob and Cid"."""
    part = _part(rng, world, places, (_compared,))
    for _ in range(12):
        if not isinstance(part.atom, Compared) or part.atom.adjoining:
            part = _part(rng, world, places, (_compared,))
            continue
        other = next(i for i, thing in enumerate(world.things) if thing.words == part.atom.other)
        third = int(rng.random() * len(world.things))
        if third in (part.subject, other) or part.predicate.count(_name(world, other)) != 1:
            continue
        if (places[third] > places[part.subject]) != (places[other] > places[part.subject]):
            continue
        joint = rng.choice(("{} and {}", "both {} and {}"))
        if not part.predicate.endswith(_name(world, other)):
            continue
        predicate = part.predicate.replace(_name(world, other), joint.format(_name(world, other), _name(world, third)))
        literals = [
            [Literal(part.atom)],
            [Literal(Compared(part.atom.order, part.atom.one, world.things[third].words))],
        ]
        says = _all(part.says, _as_in(places, part.subject, third))
        return f"{_name(world, part.subject)} {predicate}", _statement(literals), says
    return f"{_name(world, part.subject)} {part.predicate}", _statement([[Literal(part.atom)]]), part.says


# Lists, scenes, questions


def _listed(rng: random.Random, parts: Sequence[str]) -> str:
    if len(parts) == 1:
        return parts[0]
    return ", ".join(parts[:-1]) + rng.choice((" and ", ", and ", ", and ")) + parts[-1]


def _list(rng: random.Random, world: _World) -> tuple[str, Listing]:
    """The sentence that lists the things."""
    count = len(world.things)
    phrases = [thing.words for thing in world.things]
    named = _listed(rng, [thing.indefinite for thing in world.things])
    definite = _listed(rng, [thing.definite for thing in world.things])
    if world.style in ("coloured", "adjectives") and rng.random() < 0.15:
        # "a red, a green and a blue book": the noun stands once, and counts for all.
        short = [thing.indefinite.rsplit(" ", 1)[0] for thing in world.things[:-1]]
        named = _listed(rng, [*short, world.things[-1].indefinite])
    place, n = rng.choice(_PLACES), _number(rng, count)
    if rng.random() < 0.35:
        place = f"{rng.choice((*_COLOURS, *_KINDS))} {place}"
    scene = expand(rng, rng.choice(world.theme.scenes), {})
    cs, adjective = world.kinds, rng.choice(("", "", "", "", f"{rng.choice(_COLOURS)} "))
    with_count = (
        f"(On|In|At|Behind|Near) (a|the) {place}, there are {n} {cs}: {named}",
        f"There are {n} {adjective}{cs} (in|on|at) (a|the) {place}: {named}",
        f"{n} {cs}, {definite}, {scene}",
        f"{n} {cs} {scene}: {named}",
        f"{n} {cs} ({named}) {scene}",
        f"(A|The|Our) {place} (has|sells|offers|shows|holds|owns) {n} {adjective}{cs}: {named}",
        f"In (a|an old|the) {place}, {n} {cs} {scene}: {named}",
        f"The {n} {cs} are {named}",
        f"The {n} {cs} {definite} {scene}",
        f"We (have|compare|see|know) {n} {cs}: {named}",
        f"{n} {adjective}{cs} {scene} (in|at|near) (a|the) {place}: {named}",
        f"(A|The) group of {n} {cs}, {definite}, {scene}",
        f"(Once|Yesterday|Today), {n} {cs}, {definite}, {scene}",
    )
    without = (
        f"{definite} {scene}",
        f"{definite} {scene}, each of them in a different (place|way|spot)",
        f"{definite} are {cs} (in|at|from) (a|the) {place}",
        f"The {cs} are {named}",
        f"(On|In|At) (a|the) {place} there are {named}",
        f"We (have|compare|see) {definite}",
        f"Consider (these {cs}: |){definite}",
        f"{definite} are the {cs}",
        f"(In|At) the {place}, {definite} {scene}",
    )
    if rng.random() < 0.66:
        text, listing = rng.choice(with_count), Listing(count, tuple(phrases))
    else:
        text, listing = rng.choice(without), Listing(None, tuple(phrases))
    return expand(rng, text.replace("{", "").replace("}", ""), {}), listing


_SCENES = (
    "(All |)(the |)(statements|sentences|clues|hints) (below |)are (true|consistent|correct)",
    "(No two|No two of them) (are equal|share a place|are the same|are at the same {w0})",
    "There (are|were) no ties",
    "(Read|Study) the (following |){w0} (carefully|with care)",
    "Here are (some|the) (clues|facts|hints)",
    "(It|This) is a {w0} (puzzle|riddle|problem)",
    "The following (clues|statements|facts) are (known|given)",
    "(It was|It is) a {w0} {w1} (day|morning|evening)",
    "Each (one |of them |)has (its|a|their) own {w0}",
    "They (all |)(have|wear) {w0} {w1}",
    "(Everyone|Nobody) (likes|forgot) the {w0}",
    "The {w0} is (very |)(famous|crowded|nice) in {w1}",
    "Every statement (in the paragraph |)is (correct|true)",
    "(Solve|Answer) (the|this) (puzzle|riddle|question)",
    "(Use|Consider) the (following |)(clues|facts) to (find|work out) the order",
    "All (of them|the {w0}) (are|were) different",
    "Each {w0} (stands|sits|is) in a different (place|spot|position)",
    "None of them (finished|arrived) at the same time",
    "The (text|paragraph|passage) below (tells|is) about {w0}",
    "(Find|Work out) the right (answer|solution)",
    "The order is fixed",
    "They (went|walked) to the {w0} (together|)",
    "The {w0} began in the {w1}",
    "(The|All) (statements|sentences|clues) (are|hold) (true|together|consistent|logically consistent) "
    "(in|within) each (text|paragraph|puzzle|riddle)",
    "(The following|These|The next) (texts|paragraphs|puzzles|riddles|stories) (each |)(tell of|describe|are about) "
    "(a set of|a group of|a row of) {n} (things|objects|items|{cs}) (|placed |arranged |put )in "
    "(a fixed|a certain|some) order",
    "Each (text|paragraph|puzzle|riddle) (below |)(tells of|describes|is about) {n} (things|objects|items|{cs}) in (a "
    "fixed|a certain|some) order",
)
_START_INTROS = (
    "(Place|Position|Spot|Rank|Number|Seat) 1 is {end}",
    "(The places|The positions|Positions|Places|The {w0}) are (numbered|counted) {way}",
    "(We count|Count|Counting is done) {way}",
    "They are (numbered|listed|counted) {way}",
    "(The first place|The first one|The first) is {end}",
    "(Positions|Places) are counted {way}",
)
_ABSTAINED = (
    "If {a} {p}, then {b} {q}",
    "{a} is (as {w0} as|exactly as {w0} as) {b}",
    "{a} is {w0}er than {b}",
    "{a} is {n} (years|metres|inches|pounds|euros|minutes) {older} than {b}",
    "{a} (may|might|could) be {x}",
    "At least {n} {cs} are between {a} and {b}",
    "At most {n} {cs} come before {a}",
    "{a} (likes|knows|owns|paints) {b}",
    "{a} (has|wears|carries) a {w0} {w1}",
    "He is {older} than {b}",
    "She (stands|is|finished) (next to|before|behind) {b}",
    "It is {older} than {a}",
    "The {w0} {w1} {p} unless {b} {q}",
    "{a} {p} only if {b} {q}",
    "{a} is (twice|half) as {w0} as {b}",
    "{a} and {b} are (the same age|equally {w0}|the same {w0})",
    "{a} (arrived|left|finished) at {n} o'clock",
    "{a} (is|was) {n} (years|days|weeks) old",
    "{a} (is|costs) {n} (euros|dollars|{w0})",
    "{a} is not {w0} {w1} {b}",
    "{a} told {b} that {d} {q}",
    "{a} is closer to {b} than to {d}",
    "There are more {cs} before {a} than after {b}",
    "{a} is (almost|nearly|probably|perhaps) {x}",
    "Either {a} {p} and {b} {q}, or {b} {q}",
    "There are (more|fewer) than {n} {cs} between {a} and {b}",
    "{a} is {older} than {n} of the {cs} and {w0}",
    "{a} is (as|just as|not as|exactly as) {old} as {b}",
    "{a} is (almost|nearly|about|roughly) as {old} as {b}",
    "{a} (never|always) {p}",
    "(Perhaps|Maybe|Probably) {a} {p}",
    "{a} {p}, (unless|until|if|when) {b} {q}",
    "{a} {p} (or so|on {w0})",
    "(Everybody|Everyone|Each of them) except {a} {p}",
    "All {cs} but {a} are {older} than {b}",
    "{a} is {older} than (somebody|someone|nobody|one of the {cs}|one or two {cs})",
    "{a} (says|thinks|claims|hopes|believes) that {b} {p}",
    "{a} is {older} than {b} was (then|before|last {w0})",
    "{a} is the {w0} (one|{c})",
    "{a} would be {x} without {b}",
    "{a} is {older} (this|last) {w0}",
    "Not {a}, but a {w0} {w1}, {p}",
    "{a} and {b} are {n} {places} apart or more",
    "{a} is (two or three|one or two|at least two|more than one) {places} (away |)from {b}",
)
_UNASKABLE = (
    "If {a} {p}, who {q}?",
    "How (old|tall|far|much) is {a}?",
    "Which of the following (could|might|may) be (true|false)?",
    "Which of the (following|statements) cannot be (determined|known)?",
    "Is {a} {x}?",
    "Does {a} come before {b}?",
    "Why is {a} {x}?",
    "How many (different |)(orders|arrangements|ways) are (there|possible)?",
    "How many {cs} are there?",
    "What does {a} (like|own|do)?",
    "Who (likes|knows|sees) {a}?",
    "When did {a} (arrive|finish|leave)?",
    "How much (older|more expensive|taller) is {a} than {b}?",
    "What is the {w0} of {a}?",
    "Where is {a}?",
)


def _some(rng: random.Random, world: _World) -> dict[str, str]:
    """Fields for sentences of every kind."""
    places = _shuffled(rng, range(1, len(world.things) + 1))
    names = [thing.definite for thing in rng.sample(world.things, 3)]
    part, other = _part(rng, world, places), _part(rng, world, places)
    at = _part(rng, world, places, (_at,))
    x = at.predicate.partition(" ")[2] or at.predicate
    _, order = rng.choice(world.theme.low.compared)
    return {
        "a": names[0], "b": names[1], "d": names[2], "p": part.predicate, "q": other.predicate, "x": x,
        "n": _number(rng, 2 + int(rng.random() * 4)), "older": " ".join(order).replace("=", "").format_map(
            {"noun": world.noun, "verb": world.verb}
        ),
        "old": rng.choice("old tall big heavy fast expensive small cheap long high young large".split()),
        "places": rng.choice(_PLACE_WORDS), "c": world.kind, "cs": world.kinds,
        "w0": rng.choice(_COLOURS), "w1": rng.choice(_CLASSES),
    }  # fmt: skip


def _scene(rng: random.Random, world: _World) -> tuple[str, Meaning]:
    if rng.random() < 0.12:
        n = len(world.things)
        text = rng.choice(
            (
                f"{_NUMBERS[n]} {world.kinds} (took part|{rng.choice(world.theme.scenes)})",
                f"There are {_number(rng, n)} {world.kinds} in (total|all|the {rng.choice(_PLACES)})",
                f"(The puzzle|The text|It) is about {_number(rng, n)} {world.kinds} in (some|a fixed) order",
                f"{_number(rng, n)} {world.kinds} are put in order",
            )
        )
        return expand(rng, text, {}), Listing(n, ())
    fields = {
        "w0": rng.choice(_PLACES), "w1": rng.choice(_DOES), "n": _number(rng, len(world.things)), "cs": world.kinds,
    }  # fmt: skip
    return expand(rng, rng.choice(_SCENES), fields), Scene()


_STARTS = {
    "row": (
        ("left", "left to right", ("on the (far |)left", "left"), ("the leftmost (one|)", "leftmost")),
        ("right", "right to left", ("on the (far |)right", "right"), ("the rightmost (one|)", "rightmost")),
    ),
    "stack": (
        ("top", "top to bottom", ("at the top", "top"), ("the highest (one|)", "highest")),
        ("bottom", "bottom to top", ("at the bottom", "bottom"), ("the lowest (one|)", "lowest")),
    ),
    "map": (
        ("north", "north to south", ("in the north", "north"), ("the northernmost (one|)", "northernmost")),
        ("south", "south to north", ("in the south", "south"), ("the southernmost (one|)", "southernmost")),
    ),
    "coast": (
        ("west", "west to east", ("in the west", "west"), ("the westernmost (one|)", "westernmost")),
        ("east", "east to west", ("in the east", "east"), ("the easternmost (one|)", "easternmost")),
    ),
}
"""An end, how places are counted from it, and how it is called as a place, with the word of order there."""


def _start(rng: random.Random, world: _World) -> tuple[str, Meaning]:
    name = world.theme.name if world.theme.name in _STARTS else rng.choice(tuple(_STARTS))
    word, way, *ends = rng.choice(_STARTS[name])
    intro = rng.choice(_START_INTROS)
    if "{end}" in intro:
        end, word = rng.choice(ends)
        return expand(rng, intro.replace("{end}", end), {"w0": world.kinds}), Start(Order((word,)))
    way = rng.choice((f"from {way}", f"starting from the {word}", f"from the {word}", f"{way}"))
    return expand(rng, intro.replace("{way}", way), {"w0": world.kinds}), Start(Order((word,)))


def _abstained(rng: random.Random, world: _World) -> tuple[str, Meaning]:
    if rng.random() < 0.25:
        return expand(rng, rng.choice(_UNASKABLE), _some(rng, world)), Abstained()
    return expand(rng, rng.choice(_ABSTAINED), _some(rng, world)), Abstained()


_Asked = tuple[str, Meaning, Callable[[Places], object]]
"""A question, and what it asks for: an index, a number, or a tuple of indices; None where nothing single fits."""


def _question(rng: random.Random, world: _World, places: Places) -> _Asked:
    draw = rng.random()
    if draw < 0.55:
        return _which(rng, world, places)
    if draw < 0.75:
        return _whole_order(rng, world)
    if draw < 0.88:
        return _place(rng, world)
    return _how_many(rng, world)


def _which(rng: random.Random, world: _World, places: Places) -> _Asked:
    makers: tuple[_Maker, ...] = (_at, _at, _at, _at, _at, _adjoining, _distant, _middle, _between)
    count = len(world.things)
    while True:
        part = _part(rng, world, places, makers)
        if "," in part.predicate or (isinstance(part.atom, Beside | AtAnEnd | Apart) and rng.random() < 0.8):
            continue
        atom = _with_hole(part.atom, _phrase(world, part.subject))
        if atom is None:
            continue
        asked, says, subject = Literal(atom), part.says, part.subject
        break

    def answer(p: Places) -> int | None:
        fitting = [i for i in range(count) if says(_moved(p, subject, i))]
        return fitting[0] if len(fitting) == 1 else None

    if world.plural:
        who = rng.choice((f"Which {world.kinds}", "Which ones"))
        return f"{who} {part.predicate}?", AskWhich(asked), answer
    text = f"{world.who} {part.predicate}?"
    if rng.random() < 0.15:
        text = (
            f"{rng.choice(('Can you tell', 'Tell me', 'So', 'Then', 'Now', 'Can you say'))} {text[0].lower()}{text[1:]}"
        )
    elif rng.random() < 0.08:
        text = f"{world.who} is it that {part.predicate}?"
    return text, AskWhich(asked), answer


def _moved(places: Places, subject: int, index: int) -> Places:
    """`places` with those of `subject` and `index` exchanged: what is said of the one is said of the other."""
    moved = list(places)
    moved[subject], moved[index] = moved[index], moved[subject]
    return moved


def _with_hole(atom: Atom, phrase: Phrase) -> Atom | None:
    """`atom` with what is asked for in place of the thing that it speaks of first."""
    hole: Phrase = (HOLE,)
    match atom:
        case Compared(order, one, other, adjoining):
            return Compared(order, hole, other, adjoining) if one == phrase else None
        case Beside(one, other):
            return Beside(hole, other) if one == phrase else None
        case Apart(count, order, one, other, between):
            return Apart(count, order, hole, other, between) if one == phrase else None
        case Between(one, left, right, adjoining):
            return Between(hole, left, right, adjoining) if one == phrase else None
        case At(rank, end, _):
            return At(rank, end, hole)
        case Middle():
            return Middle(hole)
        case AtAnEnd():
            return AtAnEnd(hole)
        case Outdone(count, order, _):
            return Outdone(count, order, hole)


def _starting(rng: random.Random, world: _World) -> tuple[str, tuple[str, ...], bool]:
    """Words that say from which end, their words of order, and whether it is the high end."""
    high = rng.random() < 0.4
    sides = _sides(world)
    side, other = sides[high], sides[not high]
    if not side.start:
        side = Side((), (), (), start=((f"from {side.extreme[0][0].split(' ', 1)[-1]}", side.extreme[0][1]),))
    template, words = rng.choice(side.start)
    finish = [said for said in other.extreme if said[0].startswith("[is|are] the ") and "{" not in said[0]]
    last = finish[0][0].removeprefix("[is|are] the ") if finish else "last"
    return template.replace("{other}", last if "(" not in last else "last"), words, high


def _whole_order(rng: random.Random, world: _World) -> _Asked:
    way, words, high = _starting(rng, world)
    template = rng.choice(
        (
            f"What is the order (of the {world.kinds} |){way}?",
            f"In (what|which) order (do|did) (they|the {world.kinds}) (come|stand|finish|go|appear|arrive) {way}?",
            f"In (what|which) order are (they|the {world.kinds}), {way}?",
            f"(List|Name|Give|Order|Sort) (them|the {world.kinds}) (in order |){way}.",
            f"What is the (correct |right |complete |)order {way}?",
            f"(List|Give) the order of the {world.kinds} {way}.",
            f"How are (they|the {world.kinds}) ordered {way}?",
            f"Put (them|the {world.kinds}) in order, {way}.",
        )
    )
    if world.theme.name in ("race", "queue") and rng.random() < 0.3:
        template = rng.choice(
            (
                f"In (what|which) order did (they|the {world.kinds}) (finish|arrive|come|leave)?",
                f"What was the order of (arrival|the {world.kinds}|the race)?",
                "What is the (finishing |)order?",
                "What is the order in the queue?",
            )
        )
        words, high = ("first",), False
    meaning = AskOrder(_order(words, world))

    def answer(p: Places) -> tuple[int, ...]:
        order = sorted(range(len(p)), key=lambda index: p[index])
        return tuple(reversed(order)) if high else tuple(order)

    return expand(rng, template, _fields(world)), meaning, answer


def _place(rng: random.Random, world: _World) -> _Asked:
    one = int(rng.random() * len(world.things))
    a, count = _name(world, one), len(world.things)
    are, do = ("are", "do") if world.plural else ("is", "does")
    asked = world.theme.place_asked
    high = False
    words: tuple[str, ...]
    if world.theme.name == "building":
        text, words = f"On (which|what) (floor|floor of the building) {do} {a} (live|work)?", ("floor",)
        high = True
    elif asked and rng.random() < 0.6:
        how, words = rng.choice(asked)
        text = f"{how} {are} {a}?" if world.theme.name == "row" else f"{how} did {a} (finish|arrive|come|take|get)?"
        if rng.random() < 0.3:
            text = f"{how} {are} {a}?"
    else:
        high = rng.random() < 0.3
        way = {
            "row": ("left", "right"), "race": ("first", "last"), "queue": ("front", "back"), "stack": ("top", "bottom"),
            "map": ("north", "south"), "coast": ("west", "east"),
        }.get(world.theme.name)  # fmt: skip
        if way is None:
            _, words, high = _starting(rng, world)
            # The extreme that the words name: "oldest" of "counting from the oldest".
            superlative = " ".join(words).replace("=", "").format_map({"noun": world.noun, "verb": world.verb})
            text = f"What (place|rank|position) {do} {a} (have|take), counting from the {superlative}?"
            if words[0] in ("more", "less", "fewer", "most", "least", "fewest") and len(words) == 1:
                text = f"How many {world.kinds} {world.verb.removesuffix('s')} more than {a}?"
                return text, AskHowMany(Order(("more",)), world.things[one].words), lambda p: p[one] - 1
        else:
            words = (way[high],)
            text = rng.choice(
                (
                    f"In (which|what) (place|position), counted from the {way[high]}, {are} {a}?",
                    f"(Which|What) (place|position) from the {way[high]} {do} {a} (have|take)?",
                    f"What is the (place|position) of {a}, counting from the {way[high]}?",
                    f"(Which|What) number from the {way[high]} {are} {a}?",
                )
            )

    def answer(p: Places) -> int:
        return count + 1 - p[one] if high else p[one]

    return expand(rng, text, _fields(world)), AskPlace(_order(words, world), world.things[one].words), answer


def _how_many(rng: random.Random, world: _World) -> _Asked:
    one, other = _pair(rng, world)
    count = len(world.things)
    if world.theme.near and rng.random() < 0.4:
        text = expand(
            rng,
            f"How many (other |){world.kinds} (are|stand|are there|come) between {{a}} and {{b}}?",
            {"a": _name(world, one), "b": _name(world, other)},
        )
        meaning: Meaning = AskHowManyBetween(_phrase(world, one), _phrase(world, other))
        return text, meaning, lambda p: abs(p[one] - p[other]) - 1
    high = rng.random() < 0.5
    said = [item for item in _sides(world)[high].compared if item[0].startswith(("[is|are]", "(", "["))]
    if not said:
        high = not high
        said = list(_sides(world)[high].compared)
    template, words = rng.choice(said)
    predicate = expand(rng, template, _fields(world, b=_name(world, one)), True)
    first, _, rest = predicate.partition(" ")
    predicate = f"{_PLURAL_VERBS.get(first, first)} {rest}"
    order = Order(
        tuple(_PLURAL_VERBS.get(w, w) if w == first else w for w in _order(words, world).words),
        _order(words, world).nouns,
    )
    if rest and first in _PLURAL_VERBS and first in words:
        order = Order(tuple(_PLURAL_VERBS.get(w, w) for w in _order(words, world).words), order.nouns)
    return (
        f"How many {rng.choice(('', 'of the ', 'other '))}{world.kinds} {predicate}?",
        AskHowMany(order, _phrase(world, one)),
        lambda p: count - p[one] if high else p[one] - 1,
    )


_OPTION_QUESTIONS = (
    ("Which of the following is (true|correct|right)?", True),
    ("Which of the following (statements |sentences |options |)(is true|is correct|holds|must be true)?", True),
    ("Which (statement|option|sentence|one|answer) is (true|correct|right)?", True),
    ("Which of these (statements |)(is|must be) (true|correct)?", True),
    ("What is true?", True),
    ("(Choose|Pick|Select|Find) the (statement|option|sentence) that (is true|is correct|holds).", True),
    ("Which of the following is necessarily true?", True),
    ("Which one of the following (statements |)is true?", True),
    ("Which of the following (statements |)(is false|is not true|is wrong|is incorrect|cannot be true)?", False),
    ("Which (statement|option) is (false|wrong|not true|incorrect)?", False),
    ("Which of these (statements |)must be false?", False),
)


def _asks_option(rng: random.Random) -> tuple[str, AskOption]:
    template, holds = rng.choice(_OPTION_QUESTIONS)
    return expand(rng, template, {}), AskOption(holds)


def _option(rng: random.Random, world: _World, places: Places) -> tuple[str, Meaning]:
    """An option that is no statement: a thing, a number, or an order."""
    draw = rng.random()
    if draw < 0.6:
        thing = rng.choice(world.things)
        text = rng.choice((thing.definite, thing.definite, thing.indefinite, thing.definite.removeprefix("the ")))
        return text, OptionThing(thing.words)
    if draw < 0.75:
        number = int(rng.random() * 10)
        return rng.choice((str(number), str(number), _NUMBERS[number])), OptionNumber(number)
    order = rng.sample(world.things, len(world.things))
    return _order_option(rng, order), Listing(None, tuple(thing.words for thing in order))


def _order_option(rng: random.Random, order: Sequence[_Thing]) -> str:
    names = [thing.definite.removeprefix("the ") for thing in order]
    return ", ".join(names) if rng.random() < 0.7 else _listed(rng, [thing.definite for thing in order])


# Sentences


def sentences(rng: random.Random) -> Example:
    """One sentence with its notation."""
    while True:
        world = _world(rng, 3 + int(rng.random() * 5))
        text, meaning = _any_sentence(rng, world)
        tokens = _target(text, meaning, world)
        if tokens is not None:
            source, target = tokens
            return Example(Form.ORDERING, source, target, GROUP)


def _any_sentence(rng: random.Random, world: _World) -> tuple[str, Meaning]:
    places = _shuffled(rng, range(1, len(world.things) + 1))
    draw = rng.random()
    if draw < 0.55:
        text, meaning, _ = _sentence(rng, world, places)
        return _finished(rng, text, "." if rng.random() < 0.95 else ""), meaning
    if draw < 0.69:
        text, listing = _list(rng, world)
        return _finished(rng, text, "."), listing
    if draw < 0.82:
        text, asked, _ = _question(rng, world, places)
        return _finished(rng, text, ""), asked
    if draw < 0.85:
        text, options = _asks_option(rng)
        return _finished(rng, text, ""), options
    if draw < 0.89:
        text, option = _option(rng, world, places)
        return (text if rng.random() < 0.6 else _finished(rng, text, ".")), option
    if draw < 0.94:
        text, scene = _scene(rng, world)
        return _finished(rng, text, rng.choice(".:.")), scene
    if draw < 0.96:
        text, start = _start(rng, world)
        return _finished(rng, text, "."), start
    text, abstained = _abstained(rng, world)
    return _finished(rng, text, "" if text.endswith("?") else "."), abstained


def _finished(rng: random.Random, text: str, mark: str) -> str:
    return f"{text[0].upper()}{text[1:]}{mark}"


def _target(text: str, meaning: Meaning, world: _World) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """The masked sentence and its notation; None where a word that the notation needs is not masked."""
    try:
        masked = mask(text, world.names)
    except TooLongError:
        return None
    slots = {f"={word}": f"w{index}" for index, word in enumerate(masked.words)}
    spelled = spell(meaning)
    target = tuple(slots.get(token, token) for token in spelled)
    return None if any(token.startswith("=") for token in target) else (masked.tokens, target)


# Whole puzzles


def puzzle(rng: random.Random, count: int | None = None) -> GeneratedPuzzle:
    """A puzzle about `count` things, 3 to 7, of which only one order fits what it tells."""
    while True:
        world = _world(rng, 3 + int(rng.random() * 5) if count is None else count)
        places = _shuffled(rng, range(1, len(world.things) + 1))
        if (told := _clues(rng, world, places)) is None:
            continue
        text, listing = _list(rng, world)
        sentences: list[tuple[str, Meaning]] = [(_finished(rng, text, "."), listing)]
        if rng.random() < 0.3:
            scene, meaning = _scene(rng, world)
            if meaning == Scene():
                sentences.insert(rng.choice((0, 1)), (_finished(rng, scene, "."), meaning))
        sentences += [(_finished(rng, text, "."), statement) for text, statement, _ in told]
        asked = _asked_with_options(rng, world, places) if rng.random() < 0.5 else _asked(rng, world, places)
        if asked is None:
            continue
        question, options, answer = asked
        sentences.append(question)
        targets = [_target(text, meaning, world) for text, meaning in (*sentences, *options)]
        if any(target is None for target in targets):
            continue
        written = " ".join(text for text, _ in sentences) + _lettered(rng, [text for text, _ in options])
        return GeneratedPuzzle(written, tuple(target[1] for target in targets if target is not None), answer)


def _clues(rng: random.Random, world: _World, places: Places) -> list[_Clause] | None:
    """Statements that leave `places` alone, each of which leaves out something; None where too many are needed."""
    left: list[Places] = list(permutations(range(1, len(places) + 1)))
    told: list[_Clause] = []
    for _ in range(300):
        clause = _sentence(rng, world, places)
        fewer = [order for order in left if clause[2](order)]
        if len(fewer) == len(left):
            continue
        told.append(clause)
        left = fewer
        if len(left) == 1:
            rng.shuffle(told)
            return told
    return None


_Sentence = tuple[str, Meaning]


def _asked(rng: random.Random, world: _World, places: Places) -> tuple[_Sentence, list[_Sentence], str] | None:
    """A question, no options, and its answer."""
    text, meaning, answer_in = _question(rng, world, places)
    match answer_in(places):
        case tuple() as order:
            answer = ",".join(_symbol(world.things[index]) for index in order)
        case int() as found:
            answer = _symbol(world.things[found]) if isinstance(meaning, AskWhich) else str(found)
        case _:
            return None
    return (_finished(rng, text, ""), meaning), [], answer


def _symbol(thing: _Thing) -> str:
    """How a program names it."""
    words = thing.definite.removeprefix("the ").replace("'s", "").lower().split()
    words = words[1:] if words[0] in ("mr", "mrs", "ms", "dr") else words
    return "_".join(words) if len("".join(words)) > 1 else f"the_{words[0]}"


def _asked_with_options(
    rng: random.Random, world: _World, places: Places
) -> tuple[_Sentence, list[_Sentence], str] | None:
    """A question, options of which one is right, and its letter."""
    draw = rng.random()
    if draw < 0.6:
        text, asked = _asks_option(rng)
        return _arranged(rng, (_finished(rng, text, ""), asked), *_statements(rng, world, places, asked.holds))
    text, meaning, answer_in = _question(rng, world, places)
    question = (_finished(rng, text, ""), meaning)
    answer = answer_in(places)
    match meaning:
        case AskWhich() if isinstance(answer, int):
            options = [(thing.definite, OptionThing(thing.words)) for thing in world.things]
            return _arranged(rng, question, options[answer], options[:answer] + options[answer + 1 :])
        case AskOrder() if isinstance(answer, tuple):
            orders = [answer, *(tuple(_shuffled(rng, answer)) for _ in range(4))]
            different = list(dict.fromkeys(orders))
            listed = [
                (_order_option(rng, things), Listing(None, tuple(thing.words for thing in things)))
                for things in ([world.things[index] for index in order] for order in different)
            ]
            return _arranged(rng, question, listed[0], listed[1:])
        case AskPlace() | AskHowMany() | AskHowManyBetween() if isinstance(answer, int):
            others = [number for number in range(len(world.things) + 1) if number != answer]
            numbers = [(str(number), OptionNumber(number)) for number in (answer, *rng.sample(others, 3))]
            return _arranged(rng, question, numbers[0], numbers[1:])
    return None


def _statements(rng: random.Random, world: _World, places: Places, holds: bool) -> tuple[_Sentence, list[_Sentence]]:
    """The right option and 2 to 4 wrong ones, which are alike in kind; all true but one where `holds` is False."""
    wanted = 3 + int(rng.random() * 3)
    right: list[_Sentence] = []
    wrong: list[_Sentence] = []
    while not right or len(wrong) < wanted - 1:
        part = _part(rng, world, _shuffled(rng, places))
        sentence = (
            _finished(rng, f"{_name(world, part.subject)} {part.predicate}", "."),
            _statement([[Literal(part.atom)]]),
        )
        fitting = right if part.says(places) == holds else wrong
        if sentence not in fitting:
            fitting.append(sentence)
    return right[0], wrong[: wanted - 1]


def _arranged(
    rng: random.Random, question: _Sentence, right: _Sentence, wrong: Sequence[_Sentence]
) -> tuple[_Sentence, list[_Sentence], str] | None:
    if not wrong:
        return None
    options = [right, *wrong]
    rng.shuffle(options)
    return question, options, "abcdefgh"[options.index(right)]


def _lettered(rng: random.Random, options: Sequence[str]) -> str:
    """The options as they follow the question."""
    if not options:
        return ""
    mark, between = rng.choice((("{})", "\n"), ("({})", "\n"), ("{}.", "\n"), ("{})", " "), ("({})", " ")))
    lines = [f"{mark.format(letter)} {option}" for letter, option in zip("ABCDEFGH", options, strict=False)]
    start = rng.choice(("", "\nOptions:", "\nChoices:")) if between == "\n" else ""
    return f"{start}{between}{between.join(lines)}"
