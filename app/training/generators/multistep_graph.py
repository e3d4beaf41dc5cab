"""Stories that compare: some quantities are given, the others said relative to them, and something is asked.

A story is a small graph. A `Frame` says what its quantities are the numbers of (apples of persons, animals of a zoo,
muffins of days, prices, heights), with the wordings that fit all of them alike.
"""

# ruff: noqa: E501 - the ways of saying one thing stand side by side in one string

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from app.training.generators.multistep_cast import HOBBIES, Hobby, idle_fact, people, person
from app.training.generators.multistep_sequel import of_money, of_things
from app.training.generators.multistep_story import (
    Kind,
    Story,
    Term,
    Told,
    lowered,
    raised,
    share,
    total,
)
from app.training.generators.words import (
    BAKED,
    COLORS,
    DAYS,
    FARM,
    FLOWERS,
    FRUIT,
    PEOPLE,
    SCHOOL_SUBJECTS,
    SEA,
    STATIONERY,
    TREES,
    VEGETABLES,
    VEHICLES,
    WILD,
)
from app.translator.expression import Slot


@dataclass(frozen=True, slots=True)
class Frame:
    """What the quantities of one story are, and how they are spoken of.

    Args:
        labels: of each quantity, the `{x}` of the wordings.
        given: `{x}` and the number `{n}`.
        compared: `{x}`, the comparison `{c}` ("5 more", "twice as many"), the link `{l}` ("than", "as") and the
            other one `{y}`.
        ask: how much `{x}` is; `ask_all` the sum of all; `ask_two` the sum, `ask_gap` the difference of `{x}` and
            `{y}`, of which `{x}` is the larger one.
        all_are: says that the sum of all is `{n}`.
        more, less, as_much: "{n} more" or "{n} feet taller", and "as many" or "as tall".
        noun: what is counted, many of them; "" where that is a measure.
        low, high, step: of what is given.
        opening: a sentence to begin with, "" for none.
    """

    labels: Sequence[str]
    given: str
    compared: str
    ask: str
    ask_all: str
    ask_two: str
    ask_gap: str
    all_are: str
    noun: str
    more: str = "{n} more"
    less: str = "{n} fewer"
    as_much: str = "as many"
    further: str = "more"
    fewer: str = "fewer"
    kind: Kind = "count"
    money: bool = False
    low: int = 4
    high: int = 60
    opening: str = ""
    idle: Callable[[Story], str] | None = None
    sold: bool = False
    """Whether something is done with all of them in the end: sold, packed, shared, paid."""
    ask_average: str = ""
    other: str = ""
    """How `{y}` is named behind "which is 5 more than"; "" where that is not said."""
    costs: bool = False
    """Whether the money is to be paid, and not somebody's own."""
    whole: str = ""
    """What all the things are called, where `noun` is empty."""

    @property
    def things(self) -> str:
        return self.noun or self.whole


def _listed(labels: Sequence[str]) -> str:
    return f"{', '.join(labels[:-1])} and {labels[-1]}"


def _persons(story: Story, size: int) -> Frame:
    cast = people(story, size)
    listed = _listed([someone.name for someone in cast])
    hobby = story.pick(HOBBIES)
    thing = story.pick(hobby.group.things)
    place = story.pick(hobby.places)
    has = hobby.past == "owned"
    past = "has" if has else hobby.past
    did, do = ("does", "do") if has else ("did", "did")
    base = "have" if has else hobby.base
    tail = f" {place}" if place else ""
    group = story.pick(("they", "they all", "all of them", listed) if size > 2 else ("they", listed))
    noun = thing.many
    return Frame(
        labels=[someone.name for someone in cast],
        given=f"{{x}} {past} {{n}} {noun}{tail}",
        compared=story.pick(
            (
                f"{{x}} {past} {{c}} {noun} {{l}} {{y}}" + ("" if has or story.chance(0.5) else " did"),
                f"{{x}} {past} {{c}} {noun} {{l}} {{y}}",
            )
        ),
        ask=f"how many {noun} {did} {{x}} {base}{tail}",
        ask_all=story.vary(f"how many {noun} {do} {group} {base} [in all|in total|altogether|together|combined]"),
        ask_two=story.vary(f"how many {noun} {do} {{x}} and {{y}} {base} [together|in total|combined|altogether]"),
        ask_gap=f"how many more {noun} {did} {{x}} {base} than {{y}}",
        all_are=story.vary(
            f"[together, {listed} {'have' if has else past} {{n}} {noun}|{listed} {'have' if has else past} {{n}} {noun} [in all|in total|altogether]]"
        ),
        ask_average=f"how many {noun} {did} each of them {base} on average",
        other="{y}" if has else "{y} did",
        noun=noun,
        idle=lambda inner: idle_fact(inner, cast[0].name),
        sold=hobby.past in ("picked", "baked", "made", "collected", "bought"),
    )


def _days(story: Story, size: int) -> Frame:
    worker = person(story)
    hobby: Hobby = story.pick([hobby for hobby in HOBBIES if hobby.past not in ("owned", "raised")])
    noun = story.pick(hobby.group.things).many
    first = story.between(0, 7 - size)
    place = story.pick(hobby.places)
    place = f" {place}" if place and place.startswith(("at", "in ", "on", "along", "by")) else ""
    labels = [f"on {day}" for day in DAYS[first : first + size]]
    if size <= 3 and story.chance(0.25):
        labels = ["in the morning", "in the afternoon", "in the evening"][:size]
    elif story.chance(0.2):
        month = story.between(0, 5)
        names = "January February March April June July August September October November".split()
        labels = [f"in {name}" for name in names[month : month + size]]
    span = story.vary("[in all|in total|altogether|over that time|during this time]")
    return Frame(
        labels=labels,
        given=story.pick(
            (f"{worker} {hobby.past} {{n}} {noun}{place} {{x}}", f"{{x}}, {worker} {hobby.past} {{n}} {noun}{place}")
        ),
        compared=story.pick(
            (
                f"{{x}}, {worker} {hobby.past} {{c}} {noun} {{l}} {{y}}",
                f"{{x}}, {worker.he} {hobby.past} {{c}} {noun} {{l}} {{y}}",
                f"{worker.he} {hobby.past} {{c}} {noun} {{x}} {{l}} {{y}}",
            )
        ),
        ask=f"how many {noun} did {worker} {hobby.base} {{x}}",
        ask_all=f"how many {noun} did {worker} {hobby.base} {span}",
        ask_two=f"how many {noun} did {worker} {hobby.base} {{x}} and {{y}} [together|in total|combined]",
        ask_gap=f"how many more {noun} did {worker} {hobby.base} {{x}} than {{y}}",
        all_are=f"{worker} {hobby.past} {{n}} {noun} {span}",
        ask_average=story.vary(f"how many {noun} did {worker} {hobby.base} [on average|on an average day]")
        if labels[0].startswith("on ")
        else "",
        other="{y}",
        noun=noun,
        idle=lambda inner: idle_fact(inner, worker.name),
        sold=hobby.past in ("picked", "baked", "made", "collected", "caught"),
    )


_STOCKS = (
    (WILD, "the zoo", "zoo", "animals"),
    (FARM, "the farm", "farm", "animals"),
    (SEA, "the aquarium", "aquarium", "animals"),
    (FRUIT, "the basket", "basket", "pieces of fruit"),
    (FRUIT, "the store", "store", "pieces of fruit"),
    (VEGETABLES, "the garden", "garden", "vegetables"),
    (FLOWERS, "the garden", "garden", "flowers"),
    (FLOWERS, "the flower shop", "flower shop", "flowers"),
    (TREES, "the park", "park", "trees"),
    (VEHICLES, "the parking lot", "parking lot", "vehicles"),
    (BAKED, "the bakery", "bakery", "of them"),
    (STATIONERY, "the cupboard", "cupboard", "supplies"),
)


def _kinds(story: Story, size: int) -> Frame:
    group, place, bare, whole = story.pick(_STOCKS)
    labels = [thing.many for thing in story.some(group.things, size)]
    inside = f"{'on' if bare == 'farm' else 'at' if bare in ('zoo', 'aquarium', 'store', 'bakery', 'flower shop') else 'in'} {place}"
    everything = "" if whole == "of them" else f" {whole}"
    listed = _listed(labels)
    return Frame(
        labels=labels,
        given=story.pick(
            (f"there are {{n}} {{x}} {inside}", f"{place} has {{n}} {{x}}", f"{inside} there are {{n}} {{x}}")
        ),
        compared=story.pick(
            (
                "there are {c} {x} {l} {y}",
                f"{place} has {{c}} {{x}} {{l}} {{y}}",
                "the number of {x} is {m} the number of {y}",
            )
        ),
        ask=story.vary(f"how many {{x}} [are there|are {inside}|does {place} have]"),
        ask_all=f"how many {whole if everything else listed} are there [in all|altogether|in total|{inside} in all]",
        ask_two="how many {x} and {y} are there [in all|altogether|in total|combined]",
        ask_gap="how many more {x} than {y} are there",
        all_are=f"there are {{n}} {whole if everything else listed} {inside} [in all|altogether|in total]",
        noun="",
        high=90,
        opening=f"{place} has {listed}" if story.chance(0.15) else "",
    )


_COLORED = (
    "marbles beads buttons balloons pens markers ribbons candles scarves kites blocks stickers tiles cups folders socks"
    " mugs hats umbrellas envelopes crayons".split()
)


def _colors(story: Story, size: int) -> Frame:
    things = story.pick(_COLORED)
    colors = story.some(COLORS, size)
    place = story.pick(("box", "jar", "bag", "drawer", "basket", "crate"))
    owner = person(story)
    inside = f"in the {place}"
    labels = [f"{color} {things}" for color in colors]
    if story.chance(0.5):
        return Frame(
            given=f"{owner} has {{n}} {{x}}",
            compared=f"{owner.he} has {{c}} {{x}} {{l}} {{y}}",
            ask=f"how many {{x}} does {owner} have",
            ask_all=f"how many {things} does {owner} have [in all|altogether|in total]",
            ask_two=f"how many {{x}} and {{y}} does {owner} have [together|in all]",
            ask_gap=f"how many more {{x}} than {{y}} does {owner} have",
            all_are=f"{owner} has {{n}} {things} [in all|altogether|in total]",
            idle=lambda inner: idle_fact(inner, owner.name),
            labels=labels,
            noun="",
            whole=things,
            sold=True,
        )
    return Frame(
        given=story.pick(
            (f"there are {{n}} {{x}} {inside}", f"{inside}, there are {{n}} {{x}}", f"the {place} holds {{n}} {{x}}")
        ),
        compared=story.pick(("there are {c} {x} {l} {y}", f"the {place} has {{c}} {{x}} {{l}} {{y}}")),
        ask=f"how many {{x}} are {inside}",
        ask_all=f"how many {things} are {inside} [in all|altogether|]",
        ask_two="how many {x} and {y} are there [in all|altogether]",
        ask_gap=f"how many more {{x}} than {{y}} are {inside}",
        all_are=f"there are {{n}} {things} {inside} [in all|altogether|in total]",
        opening=story.vary(f"{owner} has a {place} [of|full of|with] {things}"),
        labels=labels,
        noun="",
        whole=things,
        sold=True,
    )


def _places(story: Story, size: int) -> Frame:
    kind, who, holds = story.pick(
        (
            ("bus", PEOPLE, "carries,carry"),
            ("class", ("students", "children", "pupils"), "has,have"),
            ("village", ("houses", "residents", "farms"), "has,have"),
            ("shelf", ("books", "boxes", "jars", "toys", "cans"), "holds,hold"),
            ("hall", ("chairs", "guests", "visitors"), "has,have"),
            ("ship", ("containers", "passengers", "sailors"), "carries,carry"),
            ("building", ("apartments", "offices", "residents"), "has,have"),
            ("school", ("students", "teachers", "computers", "classrooms"), "has,have"),
            ("team", ("points", "medals", "players", "fans"), "has,have"),
            ("pond", ("frogs", "ducks", "fish", "turtles"), "has,have"),
            ("field", ("sheep", "cows", "haystacks", "scarecrows"), "has,have"),
            ("library", ("books", "readers", "magazines"), "has,have"),
            ("box", ("marbles", "nails", "pencils", "cards", "oranges"), "holds,hold"),
            ("farm", ("cows", "pigs", "apple trees", "chickens"), "has,have"),
        )
    )
    noun = story.pick([item if isinstance(item, str) else item.many for item in who])
    has, have = holds.split(",")
    style = story.between(0, 2)
    if kind in ("bus", "box", "team", "shelf", "building") and style == 0:
        labels = [
            f"the {color} {kind}" for color in story.some(("red", "blue", "green", "white", "yellow", "black"), size)
        ]
    elif kind in ("village", "school", "library", "pond", "farm", "team") and style == 1:
        names = "Oakdale Riverton Maplewood Hillcrest Westfield Lakeside Northgate Brookfield Pinehurst Elmwood".split()
        after = {"village": "", "school": " School", "library": " Library", "pond": " Pond", "farm": " Farm"}.get(
            kind, ""
        )
        labels = [name + after for name in story.some(names, size)]
        if kind == "team":
            labels = [
                f"the {name}" for name in story.some("Falcons Bears Comets Tigers Hawks Sharks Rockets".split(), size)
            ]
            has = have
    elif size <= 3:
        sets = {
            "shelf": ("the top shelf", "the middle shelf", "the bottom shelf"),
            "hall": ("the large hall", "the small hall", "the new hall"),
        }
        labels = list(sets.get(kind, (f"the large {kind}", f"the small {kind}", f"the old {kind}"))[:size])
    else:
        labels = [f"{kind} {letter}" for letter in "ABCDE"[:size]]
    plural = {"class": "classes", "shelf": "shelves", "box": "boxes", "library": "libraries", "bus": "buses"}.get(
        kind, kind + "s"
    )
    do = "do" if has == have else "does"
    return Frame(
        labels=labels,
        given=story.pick(
            (
                f"{{x}} {has} {{n}} {noun}",
                f"there are {{n}} {noun} in {{x}}"
                if kind not in ("team", "field", "farm", "ship", "bus", "shelf")
                else f"{{x}} {has} {{n}} {noun}",
            )
        ),
        compared=f"{{x}} {has} {{c}} {noun} {{l}} {{y}}",
        ask=f"how many {noun} {do} {{x}} {have}",
        ask_all=story.vary(f"how many {noun} do the {plural} {have} [in all|in total|altogether|together]"),
        ask_two=story.vary(f"how many {noun} do {{x}} and {{y}} {have} [in all|together|combined]"),
        ask_gap=f"how many more {noun} {do} {{x}} {have} than {{y}}",
        all_are=story.vary(f"[together|altogether|in total], the {plural} {have} {{n}} {noun}"),
        ask_average=f"what is the average number of {noun} per {kind}",
        other=f"{{y}} {has}",
        noun=noun,
        low=6,
        high=120,
    )


def _prices(story: Story, size: int) -> Frame:
    buyer = person(story)
    sets = (
        "jacket shirt sweater hat scarf coat skirt belt dress vest",
        "table chair lamp sofa desk bookshelf rug cabinet mirror bench",
        "phone camera laptop tablet radio keyboard printer speaker",
        "helmet racket basketball bicycle tent kayak skateboard backpack",
        "doll puzzle robot kite game drum train puppet",
        "cake pie salad pizza soup sandwich milkshake",
        "notebook calculator backpack binder dictionary ruler atlas",
        "hammer drill saw ladder shovel rake wrench toolbox",
    )
    table = story.between(0, len(sets) - 1)
    labels = [f"the {name}" for name in story.some(sets[table].split(), size)]
    costs, cost, did = ("costs", "cost", "does") if story.chance(0.6) else ("cost", "cost", "did")
    listed = _listed(labels)
    everything = (
        f"how much will {buyer} pay if {buyer.he} buys all of them"
        if did == "does"
        else f"how much did {buyer} spend in all"
    )
    low, high = {0: (12, 90), 1: (30, 300), 2: (60, 600), 3: (20, 200), 5: (4, 24), 6: (3, 40)}.get(table, (6, 60))
    return Frame(
        labels=labels,
        given=story.pick(
            (
                f"{{x}} {costs} {{n}}",
                f"the price of {{x}} {'is' if did == 'does' else 'was'} {{n}}",
                f"{buyer} paid {{n}} for {{x}}",
            )
        ),
        compared=story.pick(
            (
                f"{{x}} {costs} {{c}} {{l}} {{y}}",
                f"{{x}} {costs} {{c}} {{l}} {{y}}",
                f"{{x}} {costs} {{c}} {{l}} {{y}} {did}",
            )
        ),
        ask=f"how much {did} {{x}} {cost}",
        ask_all=f"[how much {'do' if did == 'does' else did} {listed} {cost} [together|in all|altogether]|what is the total cost of {listed}|{everything}]",
        ask_two=f"how much {'do' if did == 'does' else 'did'} {{x}} and {{y}} cost together",
        ask_gap=f"how much more {did} {{x}} {cost} than {{y}}",
        all_are=f"{listed} cost {{n}} altogether",
        other=f"{{y}} {costs}",
        noun="",
        less="{n} less",
        as_much="as much",
        fewer="less",
        kind="money",
        money=True,
        sold=True,
        costs=True,
        low=low,
        high=high,
        opening=story.pick(
            (
                "",
                "",
                f"{buyer} {'wants to buy' if did == 'does' else 'bought'} {listed}",
                f"{buyer} {'is looking at' if did == 'does' else 'bought'} {listed}",
            )
        ),
        idle=lambda inner: idle_fact(inner, buyer.name),
    )


def _amounts(story: Story, size: int) -> Frame:
    """Money that people have, saved or earned."""
    cast = people(story, size)
    past, base, did = story.pick(
        (
            ("saved", "save", "did"),
            ("earned", "earn", "did"),
            ("has", "have", "does"),
            ("raised", "raise", "did"),
            ("spent", "spend", "did"),
        )
    )
    reason = {
        "saved": " for the trip",
        "earned": " last week",
        "raised": " for the animal shelter",
        "spent": " at the fair",
        "has": " in the bank",
    }[past]
    tail = reason if story.chance(0.5) else ""
    do = "do" if did == "does" else "did"
    return Frame(
        labels=[someone.name for someone in cast],
        given=f"{{x}} {past} {{n}}{tail}",
        compared=f"{{x}} {past} {{c}} {{l}} {{y}}" + (f" {did}" if story.chance(0.3) else ""),
        ask=f"how much [money|] {did} {{x}} {base}",
        ask_all=f"how much money {do} they {base} [in all|in total|altogether|together]",
        ask_two=f"how much [money|] {do} {{x}} and {{y}} {base} together",
        ask_gap=f"how much more [money|] {did} {{x}} {base} than {{y}}",
        all_are=f"together, {_listed([someone.name for someone in cast])} {base if past == 'has' else past} {{n}}",
        ask_average=f"how much money {do} they {base} on average",
        other=story.pick(("{y}", f"{{y}} {did}")),
        noun="",
        less="{n} less",
        as_much="as much",
        fewer="less",
        kind="money",
        money=True,
        sold=True,
        low=10,
        high=240,
        idle=lambda inner: idle_fact(inner, cast[0].name),
    )


def _durations(story: Story, size: int) -> Frame:
    worker = person(story)
    sets = (
        [f"{subject} homework" for subject in SCHOOL_SUBJECTS if subject not in ("Spanish",)],
        ["washing the dishes", "mopping the floor", "doing the laundry", "cleaning the windows", "raking the leaves", "mowing the lawn", "walking the dog", "watering the plants"],
        ["the bus ride", "the train ride", "the flight", "the boat trip", "the walk to the hotel"],
        ["the opening speech", "the play", "the concert", "the film", "the parade"],
        ["swimming", "stretching", "running", "cycling", "lifting weights"],
    )  # fmt: skip
    index = story.between(0, len(sets) - 1)
    names = story.some(sets[index], size)
    labels = [f"{worker.his} {name}" if index == 0 else name for name in names]
    mine = f" {worker}" if index in (0, 1) and story.chance(0.7) else ""
    return Frame(
        labels=labels,
        given=f"{{x}} {'took' if index != 3 else 'lasted'}{mine} {{n}} minutes",
        compared=f"{{x}} {'took' if index != 3 else 'lasted'}{mine} {{c}} {{l}} {{y}}",
        ask=f"how many minutes did {{x}} {'take' if index != 3 else 'last'}",
        ask_all=story.vary(
            "how [many minutes|long, in minutes,] did all of this [take|last]"
            if mine
            else f"how many minutes did {', '.join(labels[:-1])} and {labels[-1]} {'take' if index != 3 else 'last'} [in all|altogether|together]"
        ),
        ask_two=f"how many minutes did {{x}} and {{y}} {'take' if index != 3 else 'last'} together",
        ask_gap=f"how many more minutes did {{x}} {'take' if index != 3 else 'last'} than {{y}}",
        all_are="all of it took {n} minutes",
        other="{y}",
        noun="",
        more="{n} minutes longer",
        less="{n} minutes less",
        as_much="as long",
        further="longer",
        fewer="less",
        high=90,
        opening=story.vary(f"{worker} had a [busy|long|full] day") if mine and story.chance(0.4) else "",
    )


def _sizes(story: Story, size: int) -> Frame:
    unit, adjective, longer, shorter, names, low, high = story.pick(
        (
            ("feet", "tall", "taller", "shorter", "the oak,the pine,the birch,the maple,the willow,the cedar", 12, 90),
            (
                "inches",
                "tall",
                "taller",
                "shorter",
                "the sunflower,the rosebush,the tomato plant,the lily,the corn plant",
                6,
                60,
            ),
            (
                "meters",
                "tall",
                "taller",
                "shorter",
                "the town hall,the old tower,the hotel,the lighthouse,the bank",
                10,
                120,
            ),
            (
                "inches",
                "long",
                "longer",
                "shorter",
                "the red ribbon,the blue ribbon,the green ribbon,the white ribbon,the pink ribbon",
                8,
                72,
            ),
            (
                "miles",
                "long",
                "longer",
                "shorter",
                "the forest trail,the lake trail,the hill trail,the river trail,the coast trail",
                3,
                30,
            ),
            ("meters", "deep", "deeper", "less deep", "Lake Orrin,Lake Vesta,Lake Tamsin,Lake Corvo", 8, 90),
            ("feet", "wide", "wider", "narrower", "the main street,the old bridge,the canal,the new road", 12, 90),
            (
                "pounds",
                "heavy",
                "heavier",
                "lighter",
                "the brown suitcase,the black suitcase,the green trunk,the gray crate",
                8,
                80,
            ),
        )
    )
    labels = story.some(names.split(","), size)
    what = {"tall": "height", "long": "length", "deep": "depth", "wide": "width", "heavy": "weight"}[adjective]
    given = f"{{x}} is {{n}} {unit} {adjective}" if adjective != "heavy" else f"{{x}} weighs {{n}} {unit}"
    return Frame(
        labels=labels,
        given=story.pick((given, f"the {what} of {{x}} is {{n}} {unit}")),
        compared="{x} is {c} {l} {y}",
        ask=f"how {adjective}, in {unit}, is {{x}}",
        ask_all=f"what is [their total {what}|the total {what} of all of them], in {unit}",
        ask_two=f"what is the combined {what} of {{x}} and {{y}} in {unit}",
        ask_gap=f"how many {unit} {longer} is {{x}} than {{y}}",
        all_are=f"their total {what} is {{n}} {unit}",
        ask_average=f"what is their average {what} in {unit}",
        other="{y}",
        noun="",
        more=f"{{n}} {unit} {longer}",
        less=f"{{n}} {unit} {shorter}",
        as_much=f"as {adjective}",
        further=longer,
        fewer=shorter,
        low=low,
        high=high,
    )


def _votes(story: Story, size: int) -> Frame:
    """How many people choose each of some things."""
    things, who, past, event = story.pick(
        (
            ("swimming,soccer,tennis,dancing,chess,hiking", "students", "chose", "at a sports day"),
            ("pizza,soup,pasta,salad,curry,tacos", "guests", "ordered", "at a dinner"),
            (
                "the zoo,the museum,the beach,the castle,the lake",
                "children",
                "voted for",
                "for a class trip",
            ),
            ("the red cover,the blue cover,the green cover,the gray cover", "readers", "liked", "in a survey"),
            ("the comedy,the drama,the musical,the cartoon", "people", "watched", "at a film festival"),
            (
                "the early train,the noon train,the evening train,the night train",
                "passengers",
                "took",
                "on Friday",
            ),
            ("tea,coffee,juice,water,lemonade", "visitors", "drank", "at a meeting"),
            (
                "the drama club,the chess club,the science club,the art club,the music club",
                "students",
                "joined",
                "this year",
            ),
            ("French,Spanish,German,Italian,Japanese", "students", "took", "at a language school"),
        )
    )
    labels = story.some(things.split(","), size)
    return Frame(
        labels=labels,
        given=story.pick(
            (f"{{n}} {who} {past} {{x}} {event}", f"{event}, {{n}} {who} {past} {{x}}", f"{{n}} {who} {past} {{x}}")
        ),
        compared=f"{{c}} {who} {past} {{x}} {{l}} {{y}}",
        ask=f"how many {who} {past} {{x}}",
        ask_all=f"how many {who} {past} {_listed(labels)} [in all|altogether|in total]",
        ask_two=f"how many {who} {past} {{x}} and {{y}} [together|in total]",
        ask_gap=f"how many more {who} {past} {{x}} than {{y}}",
        all_are=f"{{n}} {who} {past} {_listed(labels)} in all",
        other=f"{past} {{y}}",
        noun="",
        high=120,
    )


def _expenses(story: Story, size: int) -> Frame:
    """What somebody pays for in a month, or what a party or a trip costs."""
    payer = person(story)
    event, names, low, high = story.pick(
        (
            ("every month", "rent,food,electricity,the phone,gas,insurance,the internet", 20, 600),
            ("for a party", "food,music,decorations,drinks,the cake,invitations", 12, 240),
            ("on a trip", "the hotel,meals,gas,tickets,souvenirs,parking", 16, 400),
            ("for a garden", "seeds,tools,soil,pots,a hose,a bench", 8, 160),
            ("for a new kitchen", "tiles,paint,a sink,lamps,shelves", 30, 800),
        )
    )
    labels = story.some(names.split(","), size)
    pays, pay, did = ("pays", "pay", "does") if event == "every month" else ("paid", "pay", "did")
    return Frame(
        labels=labels,
        given=story.pick((f"{payer} {pays} {{n}} for {{x}} {event}", f"{event}, {payer} {pays} {{n}} for {{x}}")),
        compared=story.pick(
            (
                f"{payer.he} {pays} {{c}} for {{x}} {{l}} for {{y}}",
                f"for {{x}}, {payer.he} {pays} {{c}} {{l}} for {{y}}",
            )
        ),
        ask=f"how much {did} {payer} {pay} for {{x}}",
        ask_all=f"how much {did} {payer} {pay} for all of this [in all|in total|altogether|]",
        ask_two=f"how much {did} {payer} {pay} for {{x}} and {{y}} together",
        ask_gap=f"how much more {did} {payer} {pay} for {{x}} than for {{y}}",
        all_are=f"{_listed(labels)} cost {payer.him} {{n}} in all",
        other="for {y}",
        noun="",
        less="{n} less",
        as_much="as much",
        fewer="less",
        kind="money",
        money=True,
        low=low,
        high=high,
        idle=lambda inner: idle_fact(inner, payer.name),
    )


def _training(story: Story, size: int) -> Frame:
    """Minutes that somebody spends on something, day by day."""
    who = person(story)
    past, base = story.pick(
        (
            ("practiced the piano", "practice the piano"), ("worked in the garden", "work in the garden"), ("studied", "study"),
            ("trained for a race", "train for a race"), ("read a novel", "read a novel"), ("painted", "paint"),
            ("rehearsed a play", "rehearse a play"), ("played the flute", "play the flute"), ("cleaned the attic", "clean the attic"),
        )
    )  # fmt: skip
    first = story.between(0, 7 - size)
    labels = [f"on {day}" for day in DAYS[first : first + size]]
    return Frame(
        labels=labels,
        given=story.pick((f"{{x}}, {who} {past} for {{n}} minutes", f"{who} {past} for {{n}} minutes {{x}}")),
        compared=story.pick(
            (f"{{x}}, {who.he} did so {{c}} {{l}} {{y}}", f"{{x}}, it took {who.him} {{c}} {{l}} {{y}}")
        ),
        ask=f"how many minutes did {who} {base} {{x}}",
        ask_all=f"how many minutes did {who} {base} [in all|in total|altogether|on these days]",
        ask_two=f"how many minutes did {who} {base} {{x}} and {{y}} together",
        ask_gap=f"how many more minutes did {who} {base} {{x}} than {{y}}",
        all_are=f"{who} {past} for {{n}} minutes in all",
        ask_average=f"how many minutes did {who} {base} on average",
        noun="",
        more="{n} minutes longer",
        less="{n} minutes less",
        as_much="as long",
        further="longer",
        fewer="less",
        low=10,
        high=90,
    )


def _weights(story: Story, size: int) -> Frame:
    """Weights of animals or loads."""
    names, unit, low, high = story.pick(
        (
            ("the dog,the cat,the rabbit,the goose,the lamb,the pig", "pounds", 6, 120),
            ("the bear,the lion,the zebra,the gorilla,the elk", "pounds", 120, 900),
            ("the pumpkin,the watermelon,the melon,the cabbage,the squash", "ounces", 12, 240),
            ("the wooden crate,the metal crate,the barrel,the sack,the trunk", "kilograms", 10, 200),
            ("the carp,the trout,the pike,the salmon,the catfish", "ounces", 12, 160),
        )
    )
    labels = story.some(names.split(","), size)
    return Frame(
        labels=labels,
        given=story.pick((f"{{x}} weighs {{n}} {unit}", f"the weight of {{x}} is {{n}} {unit}")),
        compared="{x} weighs {c} {l} {y}",
        ask=f"how many {unit} does {{x}} weigh",
        ask_all=f"how many {unit} do {_listed(labels)} weigh [together|in all|altogether]",
        ask_two=f"how many {unit} do {{x}} and {{y}} weigh together",
        ask_gap=f"how many more {unit} does {{x}} weigh than {{y}}",
        all_are=f"{_listed(labels)} weigh {{n}} {unit} together",
        ask_average=f"how many {unit} do they weigh on average",
        other="{y} weighs",
        noun="",
        more=f"{{n}} {unit} more",
        less=f"{{n}} {unit} less",
        as_much="as much",
        fewer="less",
        low=low,
        high=high,
    )


FRAMES: tuple[Callable[[Story, int], Frame], ...] = (
    _persons, _persons, _persons, _days, _days, _kinds, _kinds, _colors, _places, _places, _prices, _amounts, _durations,
    _sizes, _votes, _votes, _expenses, _training, _weights,
)  # fmt: skip


# Relations


@dataclass(frozen=True, slots=True)
class _Link:
    """A comparison that has been put into words, and the value that follows."""

    value: Term
    clause: str
    attached: str = ""
    """The same as an addition to the clause before: ", which is 5 more than Ana"."""


def _number(story: Story, frame: Frame, value: int) -> Term:
    return story.money(value) if frame.money else story.number(value)


def _say(story: Story, frame: Frame, x: str, comparison: str, link: str, y: str) -> str:
    if "{m}" in frame.compared:
        multiple = comparison.replace(" as many", "").replace(" fewer", " less")
        if link == "than":
            return frame.compared.replace("{x}", x).replace("{m}", f"{multiple} than").replace("{y}", y)
        if comparison.endswith(" as many") and " than " not in comparison and len(comparison) > 8:
            return frame.compared.replace("{x}", x).replace("{m}", multiple).replace("{y}", y)
        return f"there are {comparison} {x} {link} {y}"
    compared = frame.compared
    if frame.noun and story.chance(0.07):
        compared = compared.replace(f" {frame.noun}", "")
    if y.endswith(("combined", "together")):
        compared = compared.removesuffix(" did").removesuffix(" does")
    clause = compared.replace("{x}", x).replace("{c}", comparison).replace("{l}", link).replace("{y}", y)
    return clause


def _link(story: Story, frame: Frame, value: Term, x: str, comparison: str, link: str, y: str) -> _Link:
    attached = f", which is {comparison} {link} {frame.other.replace('{y}', y)}" if frame.other else ""
    return _Link(value, _say(story, frame, x, comparison, link, y), attached)


def _direct(story: Story, frame: Frame, x: str, y: str, other: Term) -> _Link:
    """`x` said by means of `y`, whose value is `other`."""
    base = int(other.value)
    draw = story.rng.random()
    if draw < 0.24 or base < 4:
        number = _number(story, frame, story.between(2, max(3, min(base, 40))))
        return _link(story, frame, other + number, x, frame.more.replace("{n}", f"{number}"), "than", y)
    if draw < 0.42:
        number = _number(story, frame, story.between(1 if base < 5 else 2, max(2, min(base - 2, 40))))
        return _link(story, frame, other - number, x, frame.less.replace("{n}", f"{number}"), "than", y)
    if draw < 0.62:
        number = story.times(story.pick((2, 2, 2, 3, 3, 4, 5)))
        return _link(story, frame, other * number, x, f"{number} {frame.as_much}", "as", y)
    if draw < 0.74:
        number = story.fraction(
            story.pick((Fraction(1, 2), Fraction(1, 2), Fraction(1, 3), Fraction(1, 4), Fraction(2, 3), Fraction(3, 4)))
        )
        return _link(story, frame, other * number, x, f"{number} {frame.as_much}", "as", y)
    if draw < 0.80:
        number = story.percent(story.pick((10, 20, 25, 30, 40, 50)))
        if story.chance(0.5):
            return _link(story, frame, raised(other, number), x, f"{number} {frame.further}", "than", y)
        return _link(story, frame, lowered(other, number), x, f"{number} {frame.fewer}", "than", y)
    if draw < 0.82:
        number = story.percent(story.pick((10, 20, 25, 30, 40, 50, 75)))
        return _link(story, frame, share(other, number), x, f"{number} {frame.as_much}", "as", y)
    if frame.further != "more":
        return _direct(story, frame, x, y, other)  # "2 feet taller than twice as tall" is not said.
    half = story.chance(0.3)
    number = _number(story, frame, story.between(2, max(3, min(base // 2, 20))))
    multiple = story.write(Fraction(1, 2), "half") if half else story.times(story.pick((2, 2, 2, 3, 3, 4)))
    if story.chance(0.5):
        more = frame.more.replace("{n}", f"{number}")
        return _link(story, frame, other * multiple + number, x, f"{more} than {multiple} {frame.as_much}", "as", y)
    less = frame.less.replace("{n}", f"{number}")
    return _link(story, frame, other * multiple - number, x, f"{less} than {multiple} {frame.as_much}", "as", y)


def _inverse(story: Story, frame: Frame, x: str, y: str, other: Term) -> _Link:
    """`x`, which is not known, is what `y`, whose value is `other`, is compared with."""
    base = int(other.value)
    draw = story.rng.random()
    if draw < 0.35 and base > 5:
        number = _number(story, frame, story.between(2, min(base - 2, 40)))
        return _link(story, frame, other - number, y, frame.more.replace("{n}", f"{number}"), "than", x)
    if draw < 0.6:
        number = _number(story, frame, story.between(2, max(4, min(base, 40))))
        return _link(story, frame, other + number, y, frame.less.replace("{n}", f"{number}"), "than", x)
    if draw < 0.9:
        number = story.times(story.pick((2, 2, 3, 3, 4, 5)))
        return _link(story, frame, other / number, y, f"{number} {frame.as_much}", "as", x)
    number = story.fraction(story.pick((Fraction(1, 2), Fraction(1, 3), Fraction(1, 4))))
    return _link(story, frame, other / number, y, f"{number} {frame.as_much}", "as", x)


def _combined(story: Story, frame: Frame, x: str, y: str, z: str, left: Term, right: Term) -> _Link:
    """`x` said by means of two others together."""
    z = z.removeprefix("on ").removeprefix("in ")
    both = f"{y} and {z} {story.pick(('combined', 'together', 'put together'))}"
    sum_of = left + right
    draw = story.rng.random()
    if draw < 0.4:
        return _link(story, frame, sum_of, x, frame.as_much, "as", both)
    if draw < 0.6:
        number = story.write(Fraction(1, 2), "half")
        return _link(story, frame, sum_of * number, x, f"{number} {frame.as_much}", "as", both)
    if draw < 0.75:
        number = story.times(story.pick((2, 2, 3)))
        return _link(story, frame, sum_of * number, x, f"{number} {frame.as_much}", "as", both)
    value = _number(story, frame, story.between(2, max(3, min(int(sum_of.value) // 2, 30))))
    if story.chance(0.5):
        return _link(story, frame, sum_of + value, x, frame.more.replace("{n}", f"{value}"), "than", both)
    return _link(story, frame, sum_of - value, x, frame.less.replace("{n}", f"{value}"), "than", both)


# The story


def comparison(story: Story) -> Told:
    """Two to five quantities, most of them said relative to others."""
    size = story.pick((2, 3, 3, 3, 3, 4, 4, 4, 5))
    frame = story.pick(FRAMES)(story, size)
    labels = list(frame.labels)
    size = len(labels)
    first = _given_value(story, frame)
    order = list(range(size))
    if not labels[0].startswith(("on ", "in ")) and story.chance(0.5):
        story.rng.shuffle(order)
    values: dict[int, Term] = {order[0]: first}
    facts = [story.vary(frame.given.replace("{x}", labels[order[0]]).replace("{n}", f"{first}"))]
    for position in range(1, size):
        x = order[position]
        known = order[:position]
        draw = story.rng.random()
        other = known[-1] if story.chance(0.7) else story.pick(known)
        if draw < 0.14 and not (position == size - 1 and len(facts) == position and position == 1):
            value = _given_value(story, frame)
            values[x] = value
            facts.append(story.vary(frame.given.replace("{x}", labels[x]).replace("{n}", f"{value}")))
            continue
        if draw < 0.28 and len(known) >= 2:
            y, z = story.some(known, 2)
            link = _combined(story, frame, labels[x], labels[y], labels[z], values[y], values[z])
        elif draw < 0.42:
            link = _inverse(story, frame, labels[x], labels[other], values[other])
            if link.attached and isinstance(values[other].tree, Slot) and other == known[-1] and story.chance(0.6):
                _check(story, frame, link.value)
                values[x] = link.value
                facts[-1] += link.attached
                continue
        else:
            link = _direct(story, frame, labels[x], labels[other], values[other])
        _check(story, frame, link.value)
        values[x] = link.value
        facts.append(story.vary(link.clause))
    return _question(story, frame, labels, order, values, facts)


def _given_value(story: Story, frame: Frame) -> Term:
    value = story.between(frame.low, frame.high)
    if value > 12 and story.chance(0.6):
        value -= value % story.pick((4, 5, 6, 10, 12))
    return _number(story, frame, max(value, frame.low))


def _check(story: Story, frame: Frame, value: Term) -> None:
    if frame.kind == "money":
        story.cents(value)
    else:
        story.whole(value)
    story.need(1 < value.value < 2_000)


def _tell(story: Story, frame: Frame, facts: list[str], question: str, *, more: Sequence[str] = ()) -> list[str]:
    """The facts in an order that can be followed, some of them joined, or put into the question with "if"."""
    told = list(facts)
    draw = story.rng.random()
    pronoun = any(fact.split(" ")[0] in ("he", "she") or ", he " in fact or ", she " in fact for fact in told)
    fold = ""
    if draw < 0.25 and len(told) >= 2 and not more and not pronoun:
        fold = told.pop(0)  # What everything hangs on comes last, with "if".
    elif draw < 0.45 and len(told) >= 2 and not pronoun:
        story.rng.shuffle(told)
    elif draw < 0.6 and len(told) >= 2 and ", which is" not in told[0]:
        told[:2] = [f"{told[0]}{story.pick((' and ', ', and ', ', and ' if pronoun else ', while '))}{told[1]}"]
    elif draw < 0.66 and len(told) >= 2 and not more and not frame.compared.startswith("{x},"):
        fold = told.pop()
    if frame.idle is not None and told and story.chance(0.14):
        told.insert(story.between(1, len(told)), frame.idle(story))
    if frame.opening:
        told.insert(0, frame.opening)
    told.extend(more)
    question = story.vary(question)
    return [*told, f"if {fold}, {question}?" if fold else question + "?"]


def _question(
    story: Story, frame: Frame, labels: list[str], order: list[int], values: dict[int, Term], facts: list[str]
) -> Told:
    size = len(labels)
    last = order[-1]
    everything = total([values[index] for index in sorted(values)])
    if frame.sold and story.chance(0.4):
        sequel = (
            of_money(story, everything, cost=frame.costs) if frame.money else of_things(story, frame.things, everything)
        )
        told = _tell(story, frame, facts, sequel.question, more=sequel.clauses)
        return Told(told, sequel.value, sequel.kind)
    draw = story.rng.random()
    if draw < 0.22 and size > 2:
        question = frame.ask.replace("{x}", labels[last])
        return Told(_tell(story, frame, facts, question), values[last], frame.kind)
    if draw < 0.55 or (size == 2 and draw < 0.7):
        return Told(_tell(story, frame, facts, frame.ask_all), everything, frame.kind)
    if draw < 0.68:
        x, y = story.some(order, 2) if size == 2 else [last, story.pick(order[:-1])]
        if values[x].value < values[y].value:
            x, y = y, x
        story.need(values[x].value > values[y].value)
        question = frame.ask_gap.replace("{x}", labels[x]).replace("{y}", labels[y])
        return Told(_tell(story, frame, facts, question), values[x] - values[y], frame.kind)
    if draw < 0.74 and size > 2:
        x, y = sorted([last, story.pick(order[:-1])])
        question = frame.ask_two.replace("{x}", labels[x]).replace("{y}", labels[y])
        return Told(_tell(story, frame, facts, question), values[x] + values[y], frame.kind)
    if draw < 0.80 and frame.ask_average and size in (2, 3, 4, 5):
        average = everything / size
        _check(story, frame, average)
        return Told(_tell(story, frame, facts, frame.ask_average), average, frame.kind)
    if draw < 0.87 and size > 2:  # The sum is given, and one of them is not: it is what remains.
        facts = facts[:-1]
        story.need(sum(1 for _ in facts) == size - 1)
        known = total([values[index] for index in order[:-1]])
        whole = _number(story, frame, int(known.value) + story.between(3, 40))
        story.need(known.value.denominator == 1)
        sentence = story.vary(frame.all_are.replace("{n}", f"{whole}"))
        question = frame.ask.replace("{x}", labels[last])
        told = _tell(story, frame, facts, question, more=[sentence])
        if story.chance(0.4) and not frame.opening:
            told = [sentence, *(line for line in told if line != sentence)]
            story.need(not sentence.startswith(("together", "altogether", "in total", "they", "all of it", "their")))
        return Told(told, whole - known, frame.kind)
    return Told(_tell(story, frame, facts, frame.ask_all), everything, frame.kind)
