"""Who and what a tale is about: a cast is drawn for "p q x:small y~x k:packs"."""

import random
from collections.abc import Sequence
from functools import cache

from app.training.generators import words
from app.training.generators.elementary_telling import Member, Person
from app.training.generators.words import Group, Noun, Pronouns

_GROUPS: dict[str, tuple[Group, ...]] = {
    "goods": words.GOODS,
    "small": words.SMALL,
    "garden": words.GARDEN,
    "animals": words.ANIMALS,
    "made": words.MADE,
    "baked": (words.BAKED,),
    "fruit": (words.FRUIT, words.BERRIES, words.VEGETABLES),
    "orchard": (words.FRUIT, words.BERRIES),
    "flowers": (words.FLOWERS,),
    "trees": (words.TREES,),
    "stationery": (words.STATIONERY,),
    "reading": (words.READING,),
    "toys": (words.TOYS,),
    "vehicles": (words.VEHICLES,),
    "farm": (words.FARM,),
    "groceries": (words.GROCERIES,),
    "meals": (words.MEALS, words.BAKED),
    "bought": (words.CLOTHES, words.TOYS, words.KITCHEN, words.STATIONERY, words.READING, words.SPORT, words.JEWELRY),
    "any": words.GROUPS,
    "food": words.EDIBLE,
}
_NOUNS: dict[str, tuple[Noun, ...]] = {
    "packs": words.PACKS,
    "holders": words.HOLDERS,
    "heaps": words.HEAPS,
    "containers": words.CONTAINERS,
    "teams": words.TEAMS,
    "people": words.PEOPLE,
    "weights": words.WEIGHTS[:2] + words.WEIGHTS[3:4],
    "lengths": words.LENGTHS[:4],
    "distances": (words.LENGTHS[5], words.LENGTHS[6], words.LENGTHS[5]),
    "volumes": words.VOLUMES[:5],
    "spoons": words.VOLUMES[:1] * 3 + words.VOLUMES[5:7],
}
_TEXTS: dict[str, tuple[str, ...]] = {
    "day": words.DAYS,
    "substance": words.SUBSTANCES,
    "stuff": words.STUFF,
    "ingredient": words.INGREDIENTS,
    "subject": words.SCHOOL_SUBJECTS,
}
_DONE: dict[Group, tuple[str, ...]] = {
    **dict.fromkeys(words.GARDEN, ("picked", "harvested", "gathered", "bought")),
    **dict.fromkeys((words.BAKED, words.MEALS), ("baked", "made", "prepared", "brought")),
    **dict.fromkeys((words.CRAFTS, words.JEWELRY, words.PICTURES), ("made", "finished", "sold", "bought")),
    words.COLLECTION: ("collected", "found", "bought", "got"),
    **dict.fromkeys(words.ANIMALS, ("saw", "counted", "spotted", "photographed")),
    words.TREES: ("planted", "watered", "counted"),
    words.READING: ("bought", "read", "borrowed", "sold"),
    words.PAPERS: ("collected", "printed", "sorted", "found"),
}
"""What somebody did with them; with other things, one of `_DONE_WITH_ANY`."""
_SHOPS: dict[Group, tuple[str, ...]] = {
    words.FRUIT: ("market stall", "farm stand", "grocery store", "supermarket", "corner shop"),
    words.VEGETABLES: ("market stall", "farm stand", "grocery store", "supermarket", "corner shop"),
    words.BAKED: ("bakery", "cafe", "supermarket", "coffee shop"),
    words.SWEETS: ("candy store", "supermarket", "corner shop", "kiosk"),
    words.MEALS: ("restaurant", "diner", "cafeteria", "food truck", "pizzeria"),
    words.TOYS: ("toy store", "gift shop", "department store"),
    words.COLLECTION: ("gift shop", "museum shop", "thrift store", "hobby shop"),
    words.STATIONERY: ("stationery shop", "school store", "supermarket"),
    words.READING: ("bookstore", "library", "museum shop", "newsstand"),
    words.FLOWERS: ("flower shop", "garden center", "market stall"),
    words.CLOTHES: ("clothing store", "department store", "thrift store"),
    words.JEWELRY: ("jewelry store", "gift shop", "department store"),
    words.FURNITURE: ("furniture store", "thrift store", "department store"),
    words.TOOLS: ("hardware store", "garden center", "warehouse"),
    words.PARTS: ("hardware store", "warehouse", "factory"),
    words.SPORT: ("sports store", "school", "department store"),
    words.MUSIC: ("music store", "school", "thrift store"),
    words.PETS: ("pet shop", "pet store"),
    words.GROCERIES: ("supermarket", "grocery store", "corner shop", "deli"),
}
_DONE_WITH_ANY = ("bought", "found", "got", "received", "sold", "brought", "ordered")
_PAINTED = frozenset({words.TOYS, words.COLLECTION, words.STATIONERY, words.CLOTHES, words.FLOWERS, words.CRAFTS})
_LOOKS = ("small", "large", "big", "old", "new", "tiny", "pretty", "fresh", "special")
_SHOPPED = ("used", "new", "cheap", "small", "large", "plain", "fancy")


def draw_cast(rng: random.Random, spec: str) -> dict[str, Member]:
    """The members that `spec` names, and with them some for noise: r a person, o a thing of another sort, at a place.

    p may be anybody, "p!" only somebody with a first name, "x y w:kinds" are two kinds of w, "y~x" is another thing of
    the group of x, "k:packs" one of a table. "did" is what somebody did with x.
    """
    cast: dict[str, Member] = {
        "at": rng.choice(words.PLACES),
        "day": rng.choice(words.DAYS),
        "month": rng.choice(words.MONTHS),
    }
    used: list[Group] = []
    kinds: list[str] = []
    first_names: set[str] = set()
    for name, sort in _spec(spec):
        if sort in ("anybody", "named"):
            cast[name] = somebody(rng, first_names, anybody=sort == "anybody")
        elif sort == "":
            kinds.append(name)
        elif sort == "kinds":
            used.append(_kinds(rng, cast, kinds, name))
        elif sort in _GROUPS:
            group = rng.choice(_GROUPS[sort])
            used.append(group)
            cast[name] = _modified(rng, group, rng.choice(group.things))
        elif sort.startswith("~"):
            cast[name] = _other(rng, used[-1], {member for member in cast.values() if isinstance(member, Noun)})
        elif sort in _NOUNS:
            cast[name] = _other_noun(rng, _NOUNS[sort], cast)
        else:
            cast[name] = _other_text(rng, _TEXTS[sort], cast)
    if "p" not in cast:
        cast["p"] = somebody(rng, first_names, anybody=False)
    for name in ("q", "r"):
        if name not in cast:
            cast[name] = somebody(rng, first_names, anybody=False)
    cast["shop"] = rng.choice(_SHOPS.get(used[0], words.STORES) if used else words.SHOPS)
    cast["did"] = rng.choice(_DONE.get(used[0], _DONE_WITH_ANY) if used else _DONE_WITH_ANY)
    group = rng.choice(words.GOODS)
    while group in used:
        group = rng.choice(words.GOODS)
    cast["o"] = rng.choice(group.things)
    return cast


@cache
def _spec(spec: str) -> tuple[tuple[str, str], ...]:
    out = []
    for item in spec.split():
        name, _, sort = item.partition(":")
        if "~" in name:
            name, sort = name.split("~")[0], "~"
        elif name.endswith("!"):
            name, sort = name[0], "named"
        elif name in ("p", "q", "r"):
            sort = "anybody"
        out.append((name, sort))
    return tuple(out)


def _other(rng: random.Random, group: Group, taken: set[Noun]) -> Noun:
    while (thing := rng.choice(group.things)) in taken:
        pass
    return thing


def _other_noun(rng: random.Random, nouns: Sequence[Noun], cast: dict[str, Member]) -> Noun:
    while (thing := rng.choice(nouns)) in cast.values():
        pass
    return thing


def _other_text(rng: random.Random, texts: Sequence[str], cast: dict[str, Member]) -> str:
    while (text := rng.choice(texts)) in cast.values():
        pass
    return text


def _modified(rng: random.Random, group: Group, thing: Noun) -> Noun:
    if rng.random() < 0.8 or " " in thing.one:
        return thing
    if group in _PAINTED and rng.random() < 0.7:
        return _with(rng.choice(words.COLORS), thing)
    if group is words.BAKED:
        return _with(rng.choice([flavor for flavor in words.FLAVORS if flavor != thing.one]), thing)
    return _with(rng.choice(_LOOKS), thing)


def _with(adjective: str, thing: Noun) -> Noun:
    return Noun(f"{adjective} {thing.one}", f"{adjective} {thing.many}")


def _kinds(rng: random.Random, cast: dict[str, Member], names: Sequence[str], whole: str) -> Group:
    """Two kinds or more: of one thing ("red marble", "blue marble", marble) or of a group (rose, tulip, flower)."""
    chance = rng.random()
    if chance < 0.45:
        group = rng.choice([group for group in words.GROUPS if group.whole.one not in ("part", "ball", "publication")])
        for name, thing in zip(names, rng.sample(group.things, len(names)), strict=True):
            cast[name] = thing
        cast[whole] = group.whole
        return group
    adjectives: Sequence[str]
    if chance < 0.75:
        group = rng.choice(_PAINTED_LIST)
        adjectives, thing = words.COLORS, rng.choice(group.things)
    elif chance < 0.83:
        group, adjectives = words.BAKED, words.FLAVORS
        thing = rng.choice(group.things)
    elif chance < 0.9:
        group, adjectives, thing = words.READING, words.BOOK_KINDS, words.noun("book")
    else:
        group = rng.choice(_BOUGHT)
        thing = rng.choice(group.things)
        adjectives = rng.choice([("large", "small", "tiny"), ("old", "new", "broken"), ("plain", "striped", "spotted")])
    # A word, not a part of one: "old" is in "folder" by chance.
    adjectives = [adjective for adjective in adjectives if adjective not in thing.one.split()]
    for name, adjective in zip(names, rng.sample(adjectives, len(names)), strict=True):
        cast[name] = _with(adjective, thing)
    cast[whole] = thing
    return group


_PAINTED_LIST = (words.TOYS, words.COLLECTION, words.STATIONERY, words.CLOTHES, words.FLOWERS, words.CRAFTS)
_BOUGHT = _GROUPS["bought"]


# People


def somebody(rng: random.Random, taken: set[str], *, anybody: bool) -> Person:
    """Somebody new; `anybody` allows "I", "you", two people, a trade, a relative too."""
    chance = rng.random() if anybody else 0.0
    if chance < 0.66:
        name, pronouns = _first_name(rng, taken)
        return Person(name, name, pronouns)
    if chance < 0.76:
        title, pronouns = rng.choice(_TITLES)
        name = f"{title} {rng.choice(words.SURNAMES)}"
        return Person(name, name, pronouns)
    if chance < 0.86:
        trade = rng.choice(words.TRADES).one
        pronouns = words.HE if trade.endswith("man") else rng.choice([words.HE, words.SHE])
        article = "an" if trade[0] in "aeiou" else "a"
        return Person(f"{article} {trade}", f"the {trade}", pronouns)
    if chance < 0.91:
        owner, _ = _first_name(rng, taken)
        relative, role = rng.choice(words.RELATIVES)
        return Person(f"{owner}'s {relative}", f"{owner}'s {relative}", words.SHE if role == "she" else words.HE)
    if chance < 0.95:
        name = f"{_first_name(rng, taken)[0]} and {_first_name(rng, taken)[0]}"
        return Person(name, name, words.THEY)
    return rng.choice(_NAMELESS)


_TITLES: tuple[tuple[str, Pronouns], ...] = (
    ("Mr.", words.HE), ("Mrs.", words.SHE), ("Ms.", words.SHE), ("Mr.", words.HE), ("Mrs.", words.SHE),
    ("Dr.", words.SHE), ("Dr.", words.HE), ("Coach", words.HE), ("Farmer", words.HE), ("Officer", words.SHE),
    ("Professor", words.SHE), ("Captain", words.HE),
)  # fmt: skip
_NAMELESS = (
    Person("", "", words.I), Person("", "", words.I), Person("", "", words.YOU), Person("", "", words.WE),
)  # fmt: skip


def _first_name(rng: random.Random, taken: set[str]) -> tuple[str, Pronouns]:
    while True:
        names, pronouns = (words.WOMEN, words.SHE) if rng.random() < 0.5 else (words.MEN, words.HE)
        name = rng.choice(names)
        if name not in taken:
            taken.add(name)
            return name, pronouns


# Facts that do not matter

NOISE: tuple[tuple[str, str], ...] = (
    ("thing", "{r} [has|bought|owns|brought|found] {v o}"),
    ("thing", "{p} also [bought|saw|found|brought] {v o}"),
    ("thing", "there were also {v o} [nearby|on a table|in the corner|in a box|around]"),
    ("thing", "{r} was carrying {v o}"),
    ("thing", "{p.his} [friend|neighbor|cousin|classmate] {r} [has|owns|collected] {v o}"),
    ("thing", "{v o} were lying [on the floor|on the ground|in the grass]"),
    ("price", "{an o} costs {u $} [there|at the store|at {at}|in that shop]"),
    ("price", "{r} paid {u $} for {an o}"),
    ("price", "{r} had {u $} in {r.own} pocket"),
    ("price", "{p} also spent {u $} on {an o}"),
    ("age", "{r} is {w} years old"),
    ("age", "{p} turned {w} [this year|last month|in {month}|last week]"),
    ("time", "it took {r} {w} minutes to get [there|home|to {at}]"),
    ("time", "this [happened|was] {u} days ago"),
    ("time", "they stayed there for {u} hours"),
    ("time", "{at} [is open|was open] for {u} hours that day"),
    ("time", "{r} watched for {w} minutes"),
    ("people", "{v} people were [watching|standing around|waiting outside|at {at} that day]"),
    ("people", "there were {v} people at {at}"),
    ("people", "{r} has {u} [cousins|friends|neighbors|classmates]"),
    ("distance", "{at} is {u} miles away"),
    ("distance", "{r} lives {u} miles from {at}"),
    ("weather", "it was {w} degrees outside [that day|]"),
    ("weight", "{an o} weighs {u} [pounds|ounces|kilograms]"),
    ("thing", "last [week|month|year], {r} had {v o}"),
    ("thing", "{r} wants [to buy|to have] {v o}"),
    ("page", "{r} has read {w} pages of a book"),
)
PLAIN = (
    "it was a [sunny|rainy|cold|busy|quiet|warm|windy] day",
    "{p} went to {at}",
    "{r} came along",
    "{r} was there too",
    "the weather was [nice|bad|lovely]",
    "it was [market day|a holiday|the weekend|{day}]",
)
"""Facts without a number."""
