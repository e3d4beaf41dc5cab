"""What generated ordering puzzles are about: things, axes and the ways in which English says who comes before whom.

A template has `(this|that|)` where one of several is chosen, `[is|are]` for one thing or several, and fields: `{b}` the
other thing, `{c}` and `{cs}` what the things are, `{o}` an ordinal, `{k}` a number and `{places}` a word for places.
"""

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

Words = tuple[str, ...]
Said = tuple[str, Words]
"""A template and the words of order in it."""


@dataclass(frozen=True, slots=True)
class Side:
    """How an axis is spoken of towards one of its ends.

    Args:
        compared: "is older than {b}"; `adjoining`: the same, with nothing between.
        outdoing: "is older than {b}" where what does so is counted.
        distant: "is {k} places before {b}".
        extreme: "is the oldest"; `ranked`: "is the {o} oldest", from the second on.
        start: "from the oldest", to ask for the whole order.
    """

    compared: tuple[Said, ...]
    extreme: tuple[Said, ...]
    ranked: tuple[Said, ...]
    adjoining: tuple[Said, ...] = ()
    distant: tuple[Said, ...] = ()
    start: tuple[Said, ...] = ()


@dataclass(frozen=True, slots=True)
class Theme:
    """An axis with what may lie along it.

    Args:
        scenes: how a list may go on: "stand in a row".
        of_people: its things may be persons; `of_things`: they may be things.
        near: what is said of neighbours: "stands next to {b}".
        place_asked: how the place of a thing is asked for: "in which place".
    """

    name: str
    low: Side
    high: Side
    scenes: tuple[str, ...]
    of_people: bool = True
    of_things: bool = True
    near: tuple[str, ...] = ()
    between: tuple[str, ...] = ("[is|are] (somewhere |)between {b} and {d}",)
    amid: tuple[str, ...] = ()
    middle: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    place_asked: tuple[tuple[str, Words], ...] = ()


def _adjective(
    comparative: str, superlative: str, comparative_words: Words = (), superlative_words: Words = ()
) -> Side:
    """`older`, `oldest`; the words of order are the adjectives themselves unless given."""
    more = comparative_words or (comparative,)
    most = superlative_words or (superlative,)
    s = superlative
    return Side(
        compared=tuple(
            (f"{verb} {comparative} than {{b}}", more)
            for verb in (
                "[is|are]",
                "[was|were]",
                "[is|are]",
                "[is|are] (a little|much|clearly|slightly|)",
                "[seems|seem]",
            )
        ),
        extreme=(
            (f"[is|are] the {s}", most),
            (f"[is|are] the {s} of (all|them all|the {{n}}|the {{n}} {{cs}}|the group|the {{cs}})", most),
            (f"[is|are] the {s} {{c}}", most),
            (f"[was|were] the {s}", most),
            (f"[is|are] {comparative} than (all|any of|all of) the other(s| {{cs}})", more),
        ),
        ranked=(
            (f"[is|are] the {{o}}-{s}", most),
            (f"[is|are] the {{o}} {s}", most),
            (f"[is|are] the {{o}}-{s} {{c}}", most),
            (f"[is|are] (the |){{o}} {s} (of the {{n}}|of all|in the group|)", most),
            (f"[was|were] the {{o}} {s}", most),
        ),
        start=((f"from (the |){s} to (the |){{other}}", most), (f"(starting|beginning) with the {s}", most)),
    )


def _more(noun_or_adjective: str, quantifier: str, superlative: str, is_noun: bool, verb: str) -> Side:
    """`more expensive`, or `more stamps`: with a noun, which is masked, the words of order end in `=noun`."""
    more = (quantifier, f"={noun_or_adjective}" if is_noun else noun_or_adjective)
    most = (superlative, f"={noun_or_adjective}" if is_noun else noun_or_adjective)
    if not is_noun:
        return _adjective(f"{quantifier} {noun_or_adjective}", f"{superlative} {noun_or_adjective}", more, most)
    return Side(
        compared=(
            (f"{verb} {quantifier} {noun_or_adjective} than {{b}}", more),
            (f"{verb} (many |far |)(|){quantifier} {noun_or_adjective} than {{b}}", more),
        )
        if quantifier == "more"
        else ((f"{verb} {quantifier} {noun_or_adjective} than {{b}}", more),),
        extreme=(
            (f"{verb} the {superlative} {noun_or_adjective}", most),
            (f"{verb} the {superlative} {noun_or_adjective} (of all|of the {{n}})", most),
        ),
        ranked=(
            (f"{verb} the {{o}}-{superlative} {noun_or_adjective}", most),
            (f"{verb} the {{o}} {superlative} {noun_or_adjective}", most),
        ),
        start=((f"from (the |)(one with the |){superlative} {noun_or_adjective}", most),),
    )


def _verb(base: str, third: str, quantifier: str, superlative: str, verb_is_order: bool) -> Side:
    """`costs more`, `weighs less`, where the verb names the axis; `earns more`, where the quantifier is all."""
    more = (quantifier, third) if verb_is_order else (quantifier,)
    most = (superlative, third) if verb_is_order else (superlative,)
    return Side(
        compared=(
            (f"{third} {quantifier} than {{b}}", more),
            (f"{third} (a little|much|slightly|) {quantifier} than {{b}}", more),
        ),
        extreme=((f"{third} the {superlative}", most), (f"{third} the {superlative} of (all|the {{n}})", most)),
        ranked=((f"{third} the {{o}} {superlative}", most), (f"{third} the {{o}}-{superlative}", most)),
    )


def _joined(*sides: Side) -> Side:
    return Side(
        compared=tuple(said for side in sides for said in side.compared),
        extreme=tuple(said for side in sides for said in side.extreme),
        ranked=tuple(said for side in sides for said in side.ranked),
        adjoining=tuple(said for side in sides for said in side.adjoining),
        distant=tuple(said for side in sides for said in side.distant),
        start=tuple(said for side in sides for said in side.start),
    )


_STANDS = "(stands|sits|[is|are]|[is|are]|[is|are]|lies|hangs|waits|[was|were]|comes)"


def _sideways(word: str, most: str, other: str) -> Side:
    return Side(
        compared=(
            (f"{_STANDS} (somewhere |)to the {word} of {{b}}", (word,)),
            (f"{_STANDS} {word} of {{b}}", (word,)),
            (f"[is|are] (somewhere |)to {{b}}'s {word}", (word,)),
            (f"[is|are] (placed|found|seated|located|somewhere|further) to the {word} of {{b}}", (word,)),
            (f"[is|are] (farther|further|more) to the {word} than {{b}}", (word,)),
        ),
        adjoining=(
            (f"{_STANDS} (immediately|directly|just|right|exactly one place) to the {word} of {{b}}", (word,)),
            (f"[is|are] next to {{b}}, on (its|the) {word} (side|)", (word,)),
            (f"[is|are] (immediately|directly) {word} of {{b}}", (word,)),
            (f"[is|are] {{b}}'s (immediate |direct |next |)neighbo(u|)r (on|to) the {word}", (word,)),
        ),
        distant=(
            (f"{_STANDS} (exactly |){{k}} {{places}} to the {word} of {{b}}", (word,)),
            (f"[is|are] {{k}} {{places}} (further |)(to the |){word} of {{b}}", (word,)),
        ),
        extreme=(
            (f"[is|are] the {most}", (most,)),
            (f"[is|are] the {most} {{c}}", (most,)),
            (f"{_STANDS} (on|at) the far {word}", (word,)),
            (f"{_STANDS} at the {word} end (of the row|)", (word,)),
            (f"[is|are] (the |)first from the {word}", (word,)),
            (f"[is|are] (the |)(farthest|furthest) to the {word}", (word,)),
            (f"[is|are] the {{c}} (farthest|furthest) to the {word}", (word,)),
        ),
        ranked=(
            (f"[is|are] the {{o}} from the {word}", (word,)),
            (f"{_STANDS} {{o}} from the {word}", (word,)),
            (f"[is|are] the {{o}} {{c}} from the {word}", (word,)),
            (f"[is|are] in {{o}} (place|position) from the {word}", (word,)),
            (f"[is|are] (the |){{o}} (counting|counted) from the {word}", (word,)),
            (f"[is|are] number {{k}} from the {word}", (word,)),
            (f"[is|are] the {{o}} {most}", (most,)),
        ),
        start=(
            (f"from {word} to {other}", (word,)),
            (f"(starting|beginning) (from|at|on|with) the {word}", (word,)),
        ),
    )


def _upright(above: str, higher: str, top: str, highest: str, other: str) -> Side:
    return Side(
        compared=(
            (f"(lives|[is|are]|sits|hangs|lies) (somewhere |){above} {{b}}", (above,)),
            (f"(lives|[is|are]|sits|hangs|works) {higher} (up |)than {{b}}", (higher,)),
            (f"(lives|[is|are]|works|sits) on a {higher} (floor|level|shelf|storey|step|rung) than {{b}}", (higher,)),
        ),
        adjoining=(
            (f"(lives|[is|are]|sits|lies) (directly|immediately|right|just) {above} {{b}}", (above,)),
            (
                f"(lives|[is|are]|works) on the (floor|level|storey) (directly|immediately|right|just) {above} {{b}}",
                (above,),
            ),
        ),
        distant=(
            (f"(lives|[is|are]|works) (exactly |){{k}} (floors|levels|storeys|{{places}}) {above} {{b}}", (above,)),
        ),
        extreme=(
            (f"(lives|[is|are]|works) at the (very |){top}", (top,)),
            (f"(lives|[is|are]|works) on the {top} (floor|level|shelf|storey)", (top,)),
            (f"[is|are] the {highest} (of all|{{c}}|)", (highest,)),
            (f"(lives|works|[is|are]) (the |){highest}", (highest,)),
        ),
        ranked=(
            (f"[is|are] (the |){{o}} from the {top}", (top,)),
            (f"[is|are] the {{o}} {{c}} from the {top}", (top,)),
            (f"[is|are] the {{o}}(-| ){highest}", (highest,)),
            (f"(lives|[is|are]|works) on the {{o}} (floor|level|shelf) from the {top}", (top,)),
        ),
        start=((f"from {top} to {other}", (top,)), (f"(starting|beginning) (at|from|with) the {top}", (top,))),
    )


_FLOORS = Side(
    compared=(),
    extreme=(("(lives|[is|are]|works) on the first floor", ("floor",)),),
    ranked=(
        ("(lives|[is|are]|works) on the {o} floor", ("floor",)),
        ("(lives|[is|are]|works|has a flat) on floor {k}", ("floor",)),
        ("(lives|[is|are]|works) on the {o} storey", ("storey",)),
        ("(lives|[is|are]|works) on the {o} level", ("level",)),
    ),
)
"""Floors are counted from the ground."""

_RUNS = "(finished|finishes|arrived|arrives|came in|comes in|ran in|got in|[is|are]|was served|left|departs|goes)"


def _sequence(before: Words, comparatives: Words, first: str, other: str) -> Side:
    pairs = [(f"{_RUNS} (somewhere |some time |any time |){word} {{b}}", (word,)) for word in before if word != "front"]
    pairs += [
        (f"(finished|arrived|came|[is|are]|left|opened|closed) {word} than {{b}}", (word,)) for word in comparatives
    ]
    adjoining = [
        (f"{_RUNS} (immediately|directly|right|just) {word} {{b}}", (word,)) for word in before if word != "front"
    ]
    distant = [
        (f"{_RUNS} (exactly |){{k}} {{places}} {word} {{b}}", (word,))
        for word in before
        if word in ("ahead of", "behind", "before", "after", "above", "below")
    ]
    pairs += [(f"{verb} {{b}}", (verb,)) for verb in ("beat", "preceded", "precedes") if first == "first"]
    return Side(
        compared=tuple((said, (words[0].split()[0],)) for said, words in pairs),
        adjoining=tuple((said, (words[0].split()[0],)) for said, words in adjoining),
        distant=tuple((said, (words[0].split()[0],)) for said, words in distant),
        extreme=(
            (f"{_RUNS} {first}", (first,)),
            (f"[is|are] {first}", (first,)),
            (
                f"[is|are] the {first} (to (arrive|finish|leave|speak)|in (line|the queue)|of all|of the {{n}}|)",
                (first,),
            ),
            (f"[is|are] the {first} {{c}}", (first,)),
            (f"{_RUNS} in {first} place", (first,)),
            (f"[takes|take] {first} place", (first,)),
            *(((("won", ("first",)), ("won the (race|contest|prize)", ("first",)))) if first == "first" else ()),
        ),
        ranked=_ranks(first),
        start=((f"from {first} to {other}", (first,)), (f"(starting|beginning) with the {first}", (first,))),
    )


def _ranks(first: str) -> tuple[Said, ...]:
    if first == "first":
        return (
            (f"{_RUNS} {{o}}", (first,)),
            ("[is|are] {o}", (first,)),
            ("[is|are] the {o} {c}", (first,)),
            ("[is|are] the {o} (to (arrive|finish|leave|speak)|in (line|the queue)|of the {n}|)", (first,)),
            (f"{_RUNS} in {{o}} (place|position)", (first,)),
            ("[takes|took] {o} place", (first,)),
            ("[is|are] in place {k}", ("place",)),
            (f"{_RUNS} in position {{k}}", ("position",)),
            ("[is|are] at (position|position number) {k}", ("position",)),
            ("[has|have] (spot|spot number) {k}", ("spot",)),
        )
    return (
        (f"{_RUNS} {{o}} to last", (first,)),
        (f"{_RUNS} {{o}}-to-last", (first,)),
        ("[is|are] (the |){o} from last", (first,)),
        ("[is|are] the {o}-to-last {c}", (first,)),
        (f"{_RUNS} in {{o}}-to-last place", (first,)),
        ("[is|are] the {o} last", (first,)),
    )


_FRONT = Side(
    compared=(
        ("(stands|[is|are]|waits|queues) (somewhere |)in front of {b}", ("front",)),
        ("[is|are] (closer|nearer) to the front than {b}", ("front",)),
    ),
    adjoining=(("(stands|[is|are]|waits) (immediately|directly|right|just) in front of {b}", ("front",)),),
    distant=(("(stands|[is|are]|waits) (exactly |){k} {places} in front of {b}", ("front",)),),
    extreme=(("(stands|[is|are]|waits) at the (very |)front (of the (queue|line)|)", ("front",)),),
    ranked=(("(stands|[is|are]|waits) {o} from the front", ("front",)),),
    start=(("from front to back", ("front",)), ("from the front", ("front",))),
)
_BACK = Side(
    compared=(
        ("(stands|[is|are]|waits|queues) (somewhere |)behind {b}", ("behind",)),
        ("[is|are] (closer|nearer) to the back than {b}", ("back",)),
    ),
    adjoining=(("(stands|[is|are]|waits) (immediately|directly|right|just) behind {b}", ("behind",)),),
    distant=(("(stands|[is|are]|waits) (exactly |){k} {places} behind {b}", ("behind",)),),
    extreme=(("(stands|[is|are]|waits) at the (very |)back (of the (queue|line)|)", ("back",)),),
    ranked=(("(stands|[is|are]|waits) {o} from the back", ("back",)),),
    start=(("from back to front", ("back",)), ("from the back", ("back",))),
)
_NEAR = (
    "[is|are] next to {b}",
    "(stands|sits|[is|are]) (right |directly |immediately |)(next|adjacent) to {b}",
    "(stands|sits|[is|are]) (right |directly |)beside {b}",
    "[is|are] {b}'s (immediate |direct |)neighbo(u|)r",
    "[is|are] a neighbo(u|)r of {b}",
)
_AMID = (
    "[is|are] (directly|immediately|right|exactly) between {b} and {d}",
    "[has|have] {b} and {d} as (neighbours|neighbors)",
    "[is|are] next to both {b} and {d}",
)
_MIDDLE = (
    "[is|are] in the (exact |very |)middle",
    "[is|are] the middle {c}",
    "(stands|sits|[is|are]) in the (middle|centre|center) (of the row|)",
    "[is|are] exactly in the middle",
)
_ENDS = (
    "[is|are] at (one of the ends|one end|either end|an end) (of the row|)",
    "(stands|sits|[is|are]) at one end or the other",
)

_ROW_SCENES = (
    "stand in a row",
    "stand side by side",
    "sit on a bench",
    "are lined up on a shelf",
    "hang next to each other on a wall",
    "(sit|perch) on a (wire|branch|fence)",
    "are placed (in a row|in a line|next to each other)",
    "are parked along a (street|kerb)",
    "stand along one side of a street",
    "lie on a table, one beside the other",
)
_RACE_SCENES = (
    "(finish|finished) a race one after the other",
    "(ran|run) a race",
    "took part in a (race|contest|tournament|regatta)",
    "arrived at the (office|party|station) one after another",
    "(leave|left) the (harbour|station|yard) at different times",
    "give a talk one after the other",
    "were ranked by a jury",
)
_COMPARED_SCENES = (
    "are compared",
    "are all different",
    "are for sale",
    "stand in a shop window",
    "were tested",
    "live in the same town",
    "belong to a club",
    "met at a fair",
)

_OLD = _adjective("older", "oldest")
_EXPENSIVE = _joined(
    _more("expensive", "more", "most", False, ""),
    _adjective("costlier", "costliest"),
    _adjective("pricier", "priciest"),
)
_CHEAP = _joined(_adjective("cheaper", "cheapest"), _more("expensive", "less", "least", False, ""))


def _adjective_pairs(pairs: str) -> Side:
    divided = (pair.split() for pair in pairs.split(", "))
    return _joined(*(_adjective(comparative, superlative) for comparative, superlative in divided))


def _adjectives(name: str, low: str, high: str, *, people: bool, things: bool) -> Theme:
    """A theme of plain adjectives: `taller tallest`; several pairs have commas between them."""
    return Theme(
        name,
        _adjective_pairs(low),
        _adjective_pairs(high),
        _COMPARED_SCENES,
        of_people=people,
        of_things=things,
    )


THEMES: tuple[Theme, ...] = (
    Theme(
        "row",
        _sideways("left", "leftmost", "right"),
        _sideways("right", "rightmost", "left"),
        _ROW_SCENES,
        near=_NEAR,
        amid=_AMID,
        middle=_MIDDLE,
        ends=_ENDS,
        place_asked=(("(in which position|which position) from the left", ("left",)),),
    ),
    Theme(
        "building",
        _upright("above", "higher", "top", "highest", "bottom"),
        _joined(_upright("below", "lower", "bottom", "lowest", "top"), _FLOORS),
        ("live in a building, one on each floor", "work on different floors of a tower", "share a house"),
        near=("[lives|live] next to {b}", "[is|are] on a floor next to that of {b}", "[is|are] adjacent to {b}"),
        amid=_AMID[:1],
        middle=_MIDDLE[:1],
        ends=(),
        place_asked=(("on (which|what) floor", ("floor",)),),
    ),
    Theme(
        "stack",
        _upright("above", "higher", "top", "highest", "bottom"),
        _joined(
            _upright("below", "lower", "bottom", "lowest", "top"), _upright("under", "lower", "bottom", "lowest", "top")
        ),
        ("lie in a pile", "are stacked on top of each other", "are kept on different shelves"),
        of_people=False,
        near=("touches {b}", "[is|are] adjacent to {b}", "[is|are] next to {b}")[1:],
        amid=_AMID[:1],
        middle=_MIDDLE[:1],
    ),
    Theme(
        "race",
        _sequence(
            ("before", "ahead of", "above"), ("earlier", "sooner", "faster", "higher", "better"), "first", "last"
        ),
        _sequence(("after", "behind", "below"), ("later", "slower", "lower", "worse"), "last", "first"),
        _RACE_SCENES,
        near=("[is|are] next to {b} (in the ranking|in the order|)", "finished (right |directly |)next to {b}"),
        amid=_AMID[:1],
        middle=_MIDDLE[:1],
        place_asked=(("in (which|what) (place|position)", ("place",)), ("(which|what) place", ("place",))),
    ),
    Theme(
        "queue",
        _joined(_FRONT, _sequence(("before", "ahead of"), (), "first", "last")),
        _joined(_BACK, _sequence(("after", "behind"), (), "last", "first")),
        ("stand in a queue", "wait in line", "queue (for tickets|at a counter|for bread)", "are waiting in a line"),
        near=_NEAR,
        amid=_AMID,
        middle=_MIDDLE,
        ends=_ENDS,
        place_asked=(("in (which|what) (place|position)", ("place",)),),
    ),
    Theme(
        "age",
        _joined(_OLD, _adjective("elder", "eldest")),
        _adjective("younger", "youngest"),
        _COMPARED_SCENES,
        of_things=False,
    ),
    Theme(
        "newness",
        _OLD,
        _joined(_adjective("newer", "newest"), _more("recent", "more", "most", False, "")),
        ("(stand|are shown) in a museum", "are on display", *_COMPARED_SCENES[:3]),
        of_people=False,
    ),
    Theme(
        "price", _EXPENSIVE, _CHEAP, ("are sold at a market", "are for sale", "lie in a shop window"), of_people=False
    ),
    Theme(
        "cost",
        _joined(_verb("cost", "costs", "more", "most", True), _EXPENSIVE),
        _joined(_verb("cost", "costs", "less", "least", True), _CHEAP),
        ("are sold at a market", "are for sale", "lie in a shop window"),
        of_people=False,
    ),
    Theme(
        "weight",
        _joined(_adjective("heavier", "heaviest"), _verb("weigh", "weighs", "more", "most", True)),
        _joined(_adjective("lighter", "lightest"), _verb("weigh", "weighs", "less", "least", True)),
        ("are put on a scale", "were weighed", *_COMPARED_SCENES[:2]),
    ),
    _adjectives("height", "taller tallest", "shorter shortest", people=True, things=True),
    _adjectives("length", "longer longest", "shorter shortest", people=False, things=True),
    _adjectives(
        "size", "bigger biggest, larger largest, greater greatest", "smaller smallest", people=False, things=True
    ),
    _adjectives(
        "speed", "faster fastest, quicker quickest, swifter fastest", "slower slowest", people=True, things=True
    ),
    _adjectives(
        "temperature", "hotter hottest, warmer warmest", "colder coldest, cooler coldest", people=False, things=True
    ),
    _adjectives("strength", "stronger strongest", "weaker weakest", people=True, things=False),
    _adjectives("wealth", "richer richest, wealthier wealthiest", "poorer poorest", people=True, things=False),
    _adjectives("loudness", "louder loudest, noisier noisiest", "quieter quietest", people=True, things=True),
    _adjectives("brightness", "brighter brightest", "darker darkest, dimmer dimmest", people=False, things=True),
    _adjectives("depth", "deeper deepest", "shallower shallowest", people=False, things=True),
    _adjectives("width", "wider widest, broader broadest", "narrower narrowest", people=False, things=True),
    _adjectives("thickness", "thicker thickest", "thinner thinnest", people=False, things=True),
    _adjectives("difficulty", "harder hardest, tougher toughest", "easier easiest", people=False, things=True),
    Theme(
        "popularity",
        _more("popular", "more", "most", False, ""),
        _more("popular", "less", "least", False, ""),
        _COMPARED_SCENES,
    ),
    Theme(
        "value",
        _more("valuable", "more", "most", False, ""),
        _more("valuable", "less", "least", False, ""),
        _COMPARED_SCENES,
        of_people=False,
    ),
    Theme(
        "cleverness",
        _joined(_adjective("smarter", "smartest"), _adjective("cleverer", "cleverest")),
        _more("clever", "less", "least", False, ""),
        _COMPARED_SCENES,
        of_things=False,
    ),
    Theme(
        "score",
        _joined(
            _adjective("better", "best"),
            _more("points", "more", "most", True, "scored"),
        ),
        _joined(_adjective("worse", "worst"), _more("points", "fewer", "fewest", True, "scored")),
        ("took an exam", "played a game", "wrote a test"),
        of_things=False,
    ),
    Theme(
        "belongings",
        _more("{noun}", "more", "most", True, "[has|have]"),
        _joined(
            _more("{noun}", "fewer", "fewest", True, "[has|have]"), _more("{noun}", "less", "least", True, "[has|have]")
        ),
        ("collect things", "went shopping", *_COMPARED_SCENES[4:]),
    ),
    Theme(
        "earnings",
        _verb("", "{verb}", "more", "most", False),
        _verb("", "{verb}", "less", "least", False),
        ("work in a mill", "run a stall", *_COMPARED_SCENES[4:]),
        of_things=False,
    ),
    Theme(
        "map",
        Side(
            (
                ("lies north of {b}", ("north",)),
                ("[is|are] to the north of {b}", ("north",)),
                ("lies (farther|further) north than {b}", ("north",)),
            ),
            (
                ("[is|are] the northernmost", ("northernmost",)),
                ("[is|are] the northernmost {c}", ("northernmost",)),
                ("lies (farthest|furthest) north", ("north",)),
            ),
            (("[is|are] the {o} from the north", ("north",)), ("[is|are] the {o} northernmost", ("northernmost",))),
            adjoining=(("lies (directly|immediately|just) north of {b}", ("north",)),),
            distant=(("lies {k} {places} north of {b}", ("north",)),),
            start=(("from north to south", ("north",)),),
        ),
        Side(
            (
                ("lies south of {b}", ("south",)),
                ("[is|are] to the south of {b}", ("south",)),
                ("lies (farther|further) south than {b}", ("south",)),
            ),
            (
                ("[is|are] the southernmost", ("southernmost",)),
                ("[is|are] the southernmost {c}", ("southernmost",)),
                ("lies (farthest|furthest) south", ("south",)),
            ),
            (("[is|are] the {o} from the south", ("south",)), ("[is|are] the {o} southernmost", ("southernmost",))),
            adjoining=(("lies (directly|immediately|just) south of {b}", ("south",)),),
            distant=(("lies {k} {places} south of {b}", ("south",)),),
            start=(("from south to north", ("south",)),),
        ),
        ("lie along a road", "lie on a straight line", "are villages on a river"),
        of_people=False,
        near=_NEAR[:1],
        amid=_AMID[:1],
    ),
    Theme(
        "coast",
        Side(
            (
                ("lies west of {b}", ("west",)),
                ("[is|are] to the west of {b}", ("west",)),
                ("lies (farther|further) west than {b}", ("west",)),
            ),
            (("[is|are] the westernmost", ("westernmost",)), ("lies (farthest|furthest) west", ("west",))),
            (("[is|are] the {o} from the west", ("west",)), ("[is|are] the {o} westernmost", ("westernmost",))),
            adjoining=(("lies (directly|immediately|just) west of {b}", ("west",)),),
            start=(("from west to east", ("west",)),),
        ),
        Side(
            (
                ("lies east of {b}", ("east",)),
                ("[is|are] to the east of {b}", ("east",)),
                ("lies (farther|further) east than {b}", ("east",)),
            ),
            (("[is|are] the easternmost", ("easternmost",)), ("lies (farthest|furthest) east", ("east",))),
            (("[is|are] the {o} from the east", ("east",)), ("[is|are] the {o} easternmost", ("easternmost",))),
            adjoining=(("lies (directly|immediately|just) east of {b}", ("east",)),),
            start=(("from east to west", ("east",)),),
        ),
        ("lie along a coast", "are camps on a trail"),
        of_people=False,
        near=_NEAR[:1],
    ),
)

_SPOKEN_OF_MOST = {
    "row": 7,
    "race": 6,
    "queue": 4,
    "building": 3,
    "stack": 2,
    "age": 2,
    "newness": 2,
    "price": 2,
    "map": 2,
}
WEIGHTS = tuple(_SPOKEN_OF_MOST.get(theme.name, 1) for theme in THEMES)
"""How often each theme is drawn: those with places more often, since more can be said of them."""


@lru_cache(maxsize=8192)
def _compiled(template: str) -> tuple[str | tuple[str, ...], ...]:
    """The parts of a template: text, and tuples to choose from; the first of `[is|are]` is marked by a NUL."""
    parts: list[str | tuple[str, ...]] = []
    for part in re.split(r"(\([^()]*(?:\([^()]*\)[^()]*)*\)|\[[^\]]*\])", template):
        if part.startswith("("):
            parts.append(tuple(_options(part[1:-1])))
        elif part.startswith("["):
            parts.append(("\0", *part[1:-1].split("|")))
        elif part:
            parts.append(part)
    return tuple(parts)


def _options(inside: str) -> list[str]:
    """What `|` divides, where it stands in no inner bracket."""
    found, depth = [""], 0
    for character in inside:
        depth += (character in "([") - (character in ")]")
        if character == "|" and depth == 0:
            found.append("")
        else:
            found[-1] += character
    return found


def expand(rng: random.Random, template: str, fields: Mapping[str, str], plural: bool = False) -> str:
    """One of the texts of a template, with single blanks."""
    text = _chosen(rng, template, plural)
    for _ in range(2):  # a field may hold another
        if "{" in text:
            text = text.format_map(fields)
    return " ".join(text.split())


def _chosen(rng: random.Random, template: str, plural: bool) -> str:
    written = ""
    for part in _compiled(template):
        if isinstance(part, str):
            written += part
        elif part[0] == "\0":
            written += part[2 if plural else 1]
        else:
            option = part[int(rng.random() * len(part))]
            written += _chosen(rng, option, plural) if "(" in option or "[" in option else option
    return written
