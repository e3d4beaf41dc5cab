"""Stories in which one quantity changes: gained, lost, shared, used up; and wholes that fall into parts."""

# ruff: noqa: E501 - the ways of saying one thing stand side by side in one string

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from app.training.generators.multistep_cast import Person, person, relative
from app.training.generators.multistep_sequel import of_things
from app.training.generators.multistep_story import Story, Term, Told, constant, lowered, rest, share
from app.training.generators.words import (
    BAKED,
    COLLECTION,
    FLOWERS,
    FRUIT,
    GROCERIES,
    MEALS,
    READING,
    STATIONERY,
    SWEETS,
    TOYS,
    VEGETABLES,
)


@dataclass(frozen=True, slots=True)
class Event:
    """What happened, in words, what it makes of the number before, and what it undoes of the number after."""

    clause: str
    apply: Callable[[Term], Term]
    undo: Callable[[Term], Term]


def _gain(story: Story, who: Person, noun: str, kin: str) -> Event:
    draw = story.rng.random()
    if draw < 0.3:
        packs, each = story.draw(2, 8), story.draw(3, 24)
        pack = story.pick(("packs", "bags", "boxes", "sets"))
        clause = story.vary(
            f"{who.he} [bought|got|received|won] {packs} {pack} [of {each} {noun} each|with {each} {noun} in each|that hold {each} {noun} each]"
        )
        return Event(clause, lambda n: n + packs * each, lambda n: n - packs * each)
    if draw < 0.36:
        double = story.write(2, "doubled")
        return Event(f"{kin} {double} {who.his} collection", lambda n: n * double, lambda n: n / double)
    number = story.draw(2, 30)
    clause = story.vary(
        f"[{who.he} [bought|found|won|got|received] {number} [more|more {noun}|more of them]|{kin} gave {who.him} {number} [more|more {noun}|{noun}]"
        f"|{who.he} got {number} [more|new] {noun} [for {who.his} birthday|from {kin}]]"
    )
    return Event(clause, lambda n: n + number, lambda n: n - number)


def _loss(story: Story, who: Person, noun: str, kin: str, whole: bool) -> Event:
    draw = story.rng.random()
    of_them = (
        story.pick(("them", f"the {noun}", f"{who.his} {noun}"))
        if whole
        else story.pick(
            (
                "the rest",
                "what was left",
                f"the remaining {noun}",
                f"the {noun} {who.he} had left",
                f"the {noun} that were left",
            )
        )
    )
    if draw < 0.3:
        part = story.some_fraction()
        clause = story.vary(
            f"{who.he} [gave {part} of {of_them} to {kin}|gave away {part} of {of_them}|sold {part} of {of_them}|lost {part} of {of_them}|put {part} of {of_them} aside for {kin}]"
        )
        return Event(clause, lambda n: rest(n, part), lambda n: n / (constant(1) - part))
    if draw < 0.42:
        percent = story.some_percent()
        clause = story.vary(
            f"{who.he} [gave {percent} of {of_them} to {kin}|sold {percent} of {of_them}|donated {percent} of {of_them} to a school]"
        )
        return Event(clause, lambda n: lowered(n, percent), lambda n: n / ((constant(100) - percent) / 100))
    if draw < 0.6:
        each, others = story.draw(2, 9), story.draw(2, 8)
        clause = story.vary(
            f"{who.he} gave {each} [{noun}|of them] to each of {who.his} {others} [friends|cousins|classmates|neighbors|teammates]"
        )
        return Event(clause, lambda n: n - each * others, lambda n: n + each * others)
    if draw < 0.7:
        first_number, second = story.draw(2, 12), story.draw(2, 12)
        clause = f"{who.he} gave {first_number} to {kin} and {second} to a neighbor"
        return Event(clause, lambda n: n - first_number - second, lambda n: n + first_number + second)
    number = story.draw(2, 30)
    clause = story.vary(
        f"{who.he} [lost|gave away|sold|traded away|gave {kin}|donated|misplaced] {number} [of them|{noun}|of the {noun}]"
    )
    return Event(clause, lambda n: n - number, lambda n: n + number)


_THEN = ("then ", "after that, ", "later, ", "the next day, ", "", "", "the following week, ", "afterwards, ")


def _events(story: Story, who: Person, noun: str, count: int) -> list[Event]:
    events: list[Event] = []
    whole = True
    for index in range(count):
        kin = relative(story, who)
        gained = story.chance(0.42)
        event = _gain(story, who, noun, kin) if gained else _loss(story, who, noun, kin, whole)
        whole = gained
        lead = "" if index == 0 else story.pick(_THEN)
        if index == 0 and story.chance(0.3):
            lead = story.pick(("on Monday, ", "last week, ", "in the morning, ", "yesterday, "))
        events.append(Event(lead + event.clause, event.apply, event.undo))
    return events


def holding(story: Story) -> Told:
    """What somebody has in the end."""
    who = person(story)
    noun = story.pick(story.pick((COLLECTION, COLLECTION, TOYS, STATIONERY, SWEETS)).things).many
    start = story.draw(10, 150)
    events = _events(story, who, noun, story.pick((2, 2, 3, 3, 4)))
    value = start
    for event in events:
        value = event.apply(value)
        story.whole(value)
    facts = [
        story.vary(
            f"{who} [had {start} {noun}|started with {start} {noun}|had a collection of {start} {noun}|had {start} {noun} in a [box|drawer|bag]]"
        )
    ]
    facts += [event.clause for event in events]
    if len(facts) > 2 and story.chance(0.25):
        facts[1:3] = [f"{facts[1]}, and {facts[2]}"]
    if story.chance(0.2):
        sequel = of_things(story, noun, value)
        return Told([*facts, *sequel.clauses, story.vary(sequel.question) + "?"], sequel.value, sequel.kind)
    now = story.pick(("now", "in the end", "after that"))
    question = story.vary(
        f"[how many {noun} does {who} have {now}|how many {noun} did {who} have [at the end|in the end|after all of this]|how many {noun} are left|calculate the number of {noun} {who} has {now}]"
    )
    if "are left" in question:
        story.need("bought" not in events[-1].clause and "got" not in events[-1].clause)
    return Told([*facts, _ask(question)], value)


def _ask(question: str) -> str:
    order = question.startswith(("calculate", "find", "determine", "work out"))
    return question + ("." if order else "?")


def holding_backwards(story: Story) -> Told:
    """What somebody had at first."""
    who = person(story)
    noun = story.pick(story.pick((COLLECTION, COLLECTION, TOYS, STATIONERY, SWEETS)).things).many
    events = _events(story, who, noun, story.pick((2, 2, 3)))
    now = story.draw(3, 60)
    value = now
    for event in reversed(events):
        value = event.undo(value)
        story.whole(value)
    story.need(value.value < 1_000)
    first = story.vary(f"{who} had [some {noun}|a number of {noun}|a collection of {noun}|a box full of {noun}]")
    last = story.vary(
        f"[now {who.he} has|after that {who.he} had|that left {who.him} with|in the end, {who} had] {now} {noun}"
    )
    question = f"how many {noun} did {who} have [at first|in the beginning|to begin with|at the start|originally]"
    clauses = [event.clause for event in events]
    if story.chance(0.3):
        return Told(
            [first, *clauses, story.vary(f"if {who} [now has|was left with|ended up with] {now} {noun}, {question}?")],
            value,
        )
    return Told([first, *clauses, last, story.vary(question) + "?"], value)


def riders(story: Story) -> Told:
    """People get on and off."""
    vehicle, thing = story.pick(
        (
            ("bus", "passengers"),
            ("train", "passengers"),
            ("ferry", "people"),
            ("tram", "people"),
            ("subway car", "people"),
            ("shuttle", "tourists"),
        )
    )
    stops = story.some(
        (
            "Oak Street",
            "the market",
            "the museum",
            "Harbor Road",
            "the stadium",
            "Mill Lane",
            "the library",
            "City Hall",
        ),
        3,
    )
    start = story.draw(12, 80)
    value = start
    facts = [
        story.vary(
            f"[there were {start} {thing} on a {vehicle}|a {vehicle} left the station with {start} {thing}|a {vehicle} started its trip with {start} {thing} on board]"
        )
    ]
    for index in range(story.pick((2, 2, 3))):
        lead = f"at {stops[index]}, "
        draw = story.rng.random()
        if draw < 0.55:
            off, on = story.draw(2, 20), story.draw(2, 20)
            facts.append(
                lead
                + story.vary(
                    f"[{off} {thing} got off and {on} got on|{off} got off and {on} got on|{off} of them got off, and {on} new {thing} boarded]"
                )
            )
            value = value - off + on
        elif draw < 0.75:
            part = story.some_fraction()
            facts.append(lead + f"{part} of the {thing} got off")
            value = rest(value, part)
        elif draw < 0.9:
            on = story.draw(3, 20)
            facts.append(lead + f"{on} more {thing} got on")
            value = value + on
        else:
            multiple = story.times(2)
            on = story.draw(2, 9)
            facts.append(lead + f"{on} {thing} got on, and {multiple} as many got off")
            value = value + on - on * multiple
        story.whole(value)
    if story.chance(0.2):
        fare = story.price(1, 4)
        facts.append(f"each of the {thing} still on the {vehicle} paid {fare} for the ride")
        return Told([*facts, "how much did they pay altogether?"], value * fare, "money")
    question = (
        f"how many {thing} [are|were] on the {vehicle} [now|after that|when it left {facts[-1].split(',')[0][3:]}]"
    )
    return Told([*facts, story.vary(question) + "?"], value)


_STOCKS = (
    (BAKED, "bakery", "baked"), (FLOWERS, "flower shop", "ordered"), (FRUIT, "fruit stand", "ordered"),
    (GROCERIES, "corner store", "ordered"), (READING, "bookstore", "ordered"), (TOYS, "toy store", "ordered"),
    (MEALS, "food truck", "made"), (VEGETABLES, "farm stand", "picked"), (STATIONERY, "school shop", "bought"),
    (COLLECTION, "museum shop", "ordered"),
)  # fmt: skip


def stock(story: Story) -> Told:
    """A shop sells over some days."""
    group, shop, restock = story.pick(_STOCKS)
    noun = story.pick(group.things).many
    start = story.draw(40, 400, story.pick((1, 10, 12, 20)))
    value = start
    facts = [
        story.vary(
            f"[a {shop} had {start} {noun} [in stock|for sale|on its shelves]|at the start of the week, a {shop} had {start} {noun}|there were {start} {noun} in a {shop}]"
        )
    ]
    times = story.pick(
        (
            ("on Monday", "on Tuesday", "on Wednesday"),
            ("in the morning", "in the afternoon", "in the evening"),
            ("before noon", "after lunch", "just before closing"),
        )
    )
    sold: list[Term] = []
    for index in range(story.pick((2, 2, 3))):
        draw = story.rng.random()
        when = times[index]
        remaining = "them" if index == 0 else story.pick(("the rest", f"the remaining {noun}", "what was left"))
        if draw < 0.3:
            part = story.some_fraction()
            gone = value * part
            facts.append(
                story.vary(
                    f"[{when}, the shop sold {part} of {remaining}|the shop sold {part} of {remaining} {when}|{when}, customers bought {part} of {remaining}]"
                )
            )
            value = rest(value, part)
        elif draw < 0.45:
            percent = story.some_percent()
            gone = share(value, percent)
            facts.append(
                story.vary(f"[{when}, it sold {percent} of {remaining}|it sold {percent} of {remaining} {when}]")
            )
            value = lowered(value, percent)
        elif draw < 0.65 and sold:
            multiple = story.times(story.pick((2, 2, 3)))
            gone = sold[-1] * multiple
            facts.append(
                story.vary(
                    f"[{when}, it sold {multiple} as many {noun} as {times[index - 1]}|{when}, it sold {multiple} as many]"
                )
            )
            value = value - gone
        elif draw < 0.72:
            more = story.draw(10, 60)
            facts.append(f"{when}, the shop {restock} {more} more")
            value = value + more
            story.whole(value)
            continue
        else:
            gone = story.draw(5, 60)
            facts.append(
                story.vary(
                    f"[{when}, it sold {gone} {noun}|{when}, {gone} of them were sold|it sold {gone} of them {when}|customers bought {gone} {noun} {when}]"
                )
            )
            value = value - gone
        story.whole(gone, value)
        sold.append(gone)
    story.need(len(sold) >= 1)
    if story.chance(0.15):
        price = story.price(1, 9)
        question = story.vary(
            f"if the shop sells [all the remaining {noun}|the rest] for {price} each, how much [money|] will it [get|take in|earn] [for them|from them]?"
        )
        return Told([*facts, question], value * price, "money")
    question = f"[how many {noun} are left|how many {noun} did the shop have left|how many {noun} remained [unsold|in the shop]|what number of {noun} was left in the end]"
    return Told([*facts, story.vary(question) + "?"], value)


def purse(story: Story) -> Told:
    """Money that is spent and earned."""
    who = person(story)
    start = story.money(story.between(20, 400, story.pick((1, 5, 10, 20))))
    value = start
    opening = story.vary(
        f"[{who} had {start}|{who} had {start} in {who.his} [wallet|savings|piggy bank]|{who} got {start} for {who.his} birthday|{who} went to the [market|mall|fair] with {start}|{who} earned {start} [over the summer|last month]]"
    )
    facts = [opening]
    things = story.some(
        (
            "a book",
            "a new game",
            "lunch",
            "a bus ticket",
            "some shoes",
            "a gift for a friend",
            "school supplies",
            "a jacket",
            "groceries",
            "a movie ticket",
            "a haircut",
            "art supplies",
            "dinner",
            "a pet toy",
        ),
        4,
    )
    whole = True
    for index in range(story.pick((2, 2, 3, 4))):
        thing = things[index]
        draw = story.rng.random()
        left = (
            story.pick(("it", "the money", "that") if index == 0 else ("all that money", "the money"))
            if whole
            else story.pick(("the rest", "what was left", "the remaining money", f"the money {who.he} had left"))
        )
        lead = "" if index == 0 else story.pick(("then ", "after that, ", "", "later, "))
        if draw < 0.3:
            part = story.some_fraction()
            facts.append(lead + f"{who.he} spent {part} of {left} on {thing}")
            value = rest(value, part)
        elif draw < 0.45:
            percent = story.some_percent()
            facts.append(lead + f"{who.he} spent {percent} of {left} on {thing}")
            value = lowered(value, percent)
        elif draw < 0.6:
            number, price = story.draw(2, 6), story.price(1, 12)
            items = story.pick(
                ("notebooks", "sandwiches", "posters", "candles", "tickets", "plants", "mugs", "comic books")
            )
            facts.append(
                lead
                + story.vary(
                    f"{who.he} bought {number} {items} [for {price} each|at {price} each|that cost {price} each]"
                )
            )
            value = value - number * price
        elif draw < 0.75:
            gain = story.price(5, 60)
            facts.append(
                lead
                + story.vary(
                    f"{who.he} [earned {gain} by [washing cars|mowing lawns|babysitting|walking dogs]|got {gain} from {who.his} [aunt|grandfather|uncle|mother]|found {gain} in {who.his} pocket]"
                )
            )
            value = value + gain
            whole = True
            story.cents(value)
            continue
        else:
            spent = story.price(3, 60)
            facts.append(lead + story.vary(f"[{who.he} spent {spent} on {thing}|{who.he} paid {spent} for {thing}]"))
            value = value - spent
        whole = False
        story.cents(value)
    if len(facts) > 2 and story.chance(0.2):
        facts[1:3] = [f"{facts[1]}, and {facts[2]}"]
    question = f"[how much money does {who} have [left|now]|how much [money|] did {who} have [left|in the end]|how many dollars does {who} have [left|now]|find out how much money {who} has left]"
    question = story.vary(question)
    return Told([*facts, _ask(question)], value, "money")


_WHOLES = (
    ("students in a school", "students", "take the bus,walk to school,come by bicycle,are driven by their parents"),
    ("guests at a wedding", "guests", "ordered fish,ordered chicken,ordered soup,ordered the vegetarian dish"),
    ("people in a theater", "people", "are children,are teenagers,are adults,are retired"),
    ("animals on a farm", "animals", "are cows,are sheep,are goats,are chickens"),
    ("books on a shelf", "books", "are novels,are cookbooks,are comics,are atlases"),
    ("cars in a parking lot", "cars", "are red,are white,are black,are blue"),
    ("employees in a company", "employees", "work in sales,work in the factory,work in the office,work from home"),
    ("marbles in a jar", "marbles", "are green,are yellow,are red,are blue"),
    ("flowers in a garden", "flowers", "are roses,are tulips,are daisies,are lilies"),
    ("children at a summer camp", "children", "chose swimming,chose painting,chose soccer,chose music"),
    ("pages in a magazine", "pages", "are advertisements,are interviews,are recipes,are puzzles"),
    ("members in a club", "members", "play chess,play tennis,play cards,play darts"),
    ("tourists on a ship", "tourists", "speak Spanish,speak French,speak German,speak Italian"),
    ("trees in an orchard", "trees", "are apple trees,are pear trees,are cherry trees,are plum trees"),
    ("cookies in a tin", "cookies", "have nuts,have raisins,have chocolate chips,are plain"),
)  # fmt: skip


_PERSONS = ("students", "guests", "people", "employees", "children", "members", "tourists")
_OF_PEOPLE = (
    ("are left-handed", "are right-handed"), ("wear glasses", "do not wear glasses"), ("have a pet", "have no pet"),
    ("speak a foreign language", "speak only their own language"), ("play an instrument", "play no instrument"),
    ("live in town", "live in the country"),
)  # fmt: skip
_FEATURES = {
    "animals": (("are brown", "are white"), ("are young", "are grown"), ("sleep in the barn", "sleep outside")),
    "books": (
        ("have pictures", "have no pictures"),
        ("are lent out", "are on the shelf"),
        ("are paperbacks", "are hardcovers"),
    ),
    "cars": (("are electric", "run on gas"), ("are new", "are used"), ("have a roof rack", "have no roof rack")),
    "marbles": (("are large", "are small"), ("are cracked", "are in good shape"), ("are striped", "are plain")),
    "flowers": (("are in bloom", "are still buds"), ("are red", "are white"), ("are for sale", "are not for sale")),
    "pages": (("have a photo", "have no photo"), ("are in color", "are in black and white")),
    "trees": (
        ("are old", "are young"),
        ("bear fruit this year", "bear no fruit this year"),
        ("need pruning", "need no pruning"),
    ),
    "cookies": (("are broken", "are whole"), ("have icing", "have no icing")),
}


def parts(story: Story) -> Told:
    """A whole, some parts of it, and the rest."""
    where, noun, kinds = story.pick(_WHOLES)
    doing = story.some(kinds.split(","), 4)
    step = story.pick((20, 60, 60, 120))
    whole = story.draw(step, 720, step)
    left: Term = constant(1)
    value: Term = whole
    clauses: list[str] = []
    pieces: list[Term] = []
    style = story.between(0, 2)
    count = story.pick((2, 2, 3))
    if style == 0:  # parts of the whole, in per cent
        percents = [story.percent(story.between(10, 40, 5)) for _ in range(count)]
        story.need(sum(percent.value for percent in percents) < 100)
        remaining = constant(100)
        for index, percent in enumerate(percents):
            clauses.append(
                f"{percent} {doing[index]}"
                if index
                else f"{percent} of {story.pick((f'the {noun}', 'them'))} {doing[index]}"
            )
            pieces.append(share(whole, percent))
            remaining = remaining - percent
        value = whole * (remaining / 100)
    elif style == 1:  # parts of the whole, as fractions
        fractions = [
            story.fraction(Fraction(story.pick(("1/2", "1/3", "1/4", "1/5", "1/6", "2/5", "3/8"))))
            for _ in range(count)
        ]
        story.need(sum(part.value for part in fractions) < 1)
        for index, part in enumerate(fractions):
            clauses.append(
                f"{part} of the {noun} {doing[index]}"
                if index == 0
                else f"{part} {f'of all {noun} ' if story.chance(0.5) else ''}{doing[index]}"
            )
            pieces.append(whole * part)
            left = left - part
        value = whole * left
    else:  # each of what is left
        for index in range(count):
            part = story.some_fraction()
            clauses.append(
                f"{part} of the {noun} {doing[index]}"
                if index == 0
                else f"{part} of the {story.pick(('rest', 'others', f'remaining {noun}'))} {doing[index]}"
            )
            pieces.append(value * part)
            value = rest(value, part)
    story.whole(value, *pieces)
    opening = story.vary(
        f"[there are {whole} {where}|{where.split(' ', 1)[1].split(' ', 1)[1]} has {whole} {noun}]"
        if noun in ("students", "employees", "members", "trees")
        else f"there are {whole} {where}"
    )
    body = [", ".join(clauses[:-1]) + f" and {clauses[-1]}"] if style != 2 and story.chance(0.4) else clauses
    final = doing[count]
    ending = story.pick(
        (f"the rest {final}", f"the others {final}", f"all the others {final}", f"the remaining {noun} {final}")
    )
    asked = f"how many {noun} {final}"
    draw = story.rng.random()
    if draw < 0.25:
        return Told([opening, *body, f"how many {noun} belong to none of these groups?"], value)
    if draw < 0.4 and style != 2:
        gap = pieces[0] - pieces[1]
        story.whole(gap)
        left_kind, right_kind = doing[0], doing[1]
        return Told([opening, *body, f"how many more {noun} {left_kind} than {right_kind}?"], gap)
    if draw < 0.5 and style == 2:
        return Told([opening, *body, ending, f"how many {noun} {doing[1]}?"], pieces[1])
    if story.chance(0.3):
        body[-1] = f"{body[-1]}, {story.pick(('and', 'while'))} {ending}"
        return Told([opening, *body, asked + "?"], value)
    return Told([opening, *body, ending, asked + "?"], value)


def parts_of_parts(story: Story) -> Told:
    """A part of a whole, and a part of that part."""
    where, noun, kinds = story.pick(_WHOLES)
    doing = story.pick(kinds.split(","))
    about_people = noun in _PERSONS
    feature = story.pick(_FEATURES.get(noun, _OF_PEOPLE))
    whole = story.draw(40, 800, story.pick((10, 12, 20, 50)))
    first_percent = story.chance(0.5)
    first = story.some_percent() if first_percent else story.some_fraction()
    second_percent = story.chance(0.5)
    second = story.some_percent() if second_percent else story.some_fraction()
    group = share(whole, first) if first_percent else whole * first
    opposite = story.chance(0.4)
    if second_percent:
        value = lowered(group, second) if opposite else share(group, second)
    else:
        value = rest(group, second) if opposite else group * second
    story.whole(group, value)
    facts = [
        f"there are {whole} {where}",
        f"{first} of the {noun} {doing}",
        story.vary(f"[of those|among these|of these {noun}], {second} {feature[0]}")
        + (f", and the rest {feature[1]}" if opposite else ""),
    ]
    if story.chance(0.3):
        facts[:2] = [f"of the {whole} {where}, {first} {doing}"]
    asked = feature[1] if opposite else feature[0]
    relation = "who" if about_people else "that"
    return Told([*facts, f"how many {noun} {relation} {doing} {asked}?"], value)


def part_to_whole(story: Story) -> Told:
    """A part is known in number and share: what of the whole, or of another part?"""
    where, noun, kinds = story.pick(_WHOLES)
    doing = story.some(kinds.split(","), 3)
    first, second = story.percent(story.between(10, 60, 5)), story.percent(story.between(10, 40, 5))
    story.need(first.value + second.value < 100)
    known = story.draw(6, 240, 2)
    whole = known / (first / 100)
    story.whole(whole)
    story.need(whole.value < 2_000)
    facts = [f"{first} of the {where} {doing[0]}", f"{second} {doing[1]}", f"the rest {doing[2]}"]
    asked, value = story.pick(
        (
            (f"how many {noun} {doing[1]}", share(whole, second)),
            (f"how many {noun} {doing[2]}", whole * ((constant(100) - first - second) / 100)),
        )
    )
    story.whole(value)
    body = story.pick(([f"{facts[0]}, {facts[1]} and {facts[2]}"], facts))
    body[0] = (
        body[0]
        .replace(" in a ", " in the ")
        .replace(" at a ", " at the ")
        .replace(" on a ", " on the ")
        .replace(" in an ", " in the ")
        .replace("the the", "the")
    )
    return Told([*body, f"if {known} of the {noun} {doing[0]}, {asked}?"], value)


def tank(story: Story) -> Told:
    """Water runs in and out."""
    thing, unit = story.pick(
        (
            ("tank", "gallons"),
            ("barrel", "liters"),
            ("pool", "gallons"),
            ("cistern", "liters"),
            ("aquarium", "gallons"),
            ("tub", "liters"),
        )
    )
    period = story.pick(("minute", "hour"))
    style = story.between(0, 3)
    inflow, outflow = story.draw(4, 30), story.draw(2, 12)
    story.need(inflow.value > outflow.value)
    if style == 0:
        capacity = story.draw(60, 900, 10)
        value = capacity / (inflow - outflow)
        story.whole(value)
        facts = [
            story.vary(
                f"[an empty {thing} holds {capacity} {unit}|a {thing} with room for {capacity} {unit} is empty]"
            ),
            story.vary(
                f"[a hose|a pipe|a pump] [fills it with|pours in] {inflow} {unit} of water every {period}, but [through a hole it loses|a leak lets out] {outflow} {unit} every {period}"
            ),
        ]
        return Told([*facts, f"how many {period}s does it take to fill the {thing}?"], value)
    start = story.draw(40, 400, 5)
    time, later = story.draw(3, 15), story.draw(2, 12)
    if style == 1:
        value = start + inflow * time - outflow * later
        facts = [
            f"there are {start} {unit} of water in a {thing}",
            f"a pump adds {inflow} {unit} per {period} for {time} {period}s",
            story.vary(
                f"[then|after that,] the drain is opened, and {outflow} {unit} per {period} run out for {later} {period}s"
            ),
        ]
        story.whole(value)
        return Told(
            [
                *facts,
                f"how many {unit} of water are now in the {thing}?",
            ],
            value,
        )
    if style == 2:
        part = story.some_fraction()
        full = story.draw(60, 900, 12)
        need = rest(full, part)
        value = need / inflow
        story.whole(value)
        facts = [
            f"a {thing} holds {full} {unit} and is {part} full",
            story.vary(f"[it is filled at a rate of|a hose adds] {inflow} {unit} per {period}"),
        ]
        return Told(
            [
                *facts,
                story.vary(
                    f"how [many {period}s does it take|long, in {period}s, does it take] to fill the rest of it?"
                ),
            ],
            value,
        )
    value = start - outflow * time
    story.whole(value)
    more = story.draw(10, 60)
    final = value + more
    facts = [
        story.vary(f"a {thing} had {start} {unit} of water in it"),
        story.vary(
            f"[it lost {outflow} {unit} every {period} for {time} {period}s|because of a crack, {outflow} {unit} leaked out every {period} for {time} {period}s]"
        ),
        story.vary(f"then [someone poured in {more} {unit}|rain added {more} {unit}]"),
    ]
    return Told(
        [
            *facts,
            story.vary(f"[how much water, in {unit}, was|how many {unit} were] in the {thing} [then|after that]?"),
        ],
        final,
    )


def harvest(story: Story) -> Told:
    """Trees or plants bear so many each; some are bad, the rest are packed or sold."""
    trees, crops = story.pick(
        (
            ("trees", "apples,pears,oranges,lemons,peaches,plums,cherries,figs,olives,mangoes,apricots"),
            ("plants", "tomatoes,peppers,cucumbers,strawberries,eggplants,beans,chilies"),
            ("rows", "carrots,radishes,onions,potatoes,cabbages,turnips,pumpkins,beets,leeks"),
            ("bushes", "roses,blueberries,raspberries,gooseberries,blackberries"),
        )
    )
    many = story.pick(crops.split(","))
    owner = story.pick((f"{person(story)}", "a farmer", "the school garden club", "a gardener"))
    count, each = story.draw(5, 40), story.draw(6, 60)
    gathered = count * each
    percent_bad = story.chance(0.5)
    bad = story.some_percent() if percent_bad else story.some_fraction()
    good = lowered(gathered, bad) if percent_bad else rest(gathered, bad)
    story.whole(good)
    one = {"trees": "tree", "plants": "plant", "rows": "row", "bushes": "bush"}[trees]
    facts = [
        story.vary(
            f"[{owner} has {count} {trees}, and each {one} gives {each} {many}|{owner} picks {each} {many} from each of {count} {trees}|from each of {count} {trees}, {owner} gets {each} {many}]"
        ),
        story.vary(f"{bad} of the {many} are [rotten|too small to sell|spoiled|eaten by birds|given to the neighbors]"),
    ]
    if story.chance(0.4):
        return Told(
            [
                *facts,
                f"how many good {many} are left?" if "given" not in facts[1] else f"how many {many} are left?",
            ],
            good,
        )
    if story.chance(0.5):
        box = story.draw(4, 24)
        value = good / box
        story.whole(value)
        facts.append(story.vary(f"the rest are packed in [boxes|crates|baskets] of {box}"))
        container = facts[-1].split(" in ")[1].split(" of")[0]
        return Told([*facts, f"how many {container} are filled?"], value)
    price = story.price(1, 4)
    facts.append(f"the others are sold for {price} each")
    return Told(
        [
            *facts,
            story.vary("how much [money|] [does that bring in|is earned in all]?"),
        ],
        good * price,
        "money",
    )


STRUCTURES: dict[str, tuple[int, Callable[[Story], Told]]] = {
    "holding": (6, holding),
    "holding_backwards": (3, holding_backwards),
    "riders": (2, riders),
    "stock": (4, stock),
    "purse": (5, purse),
    "parts": (5, parts),
    "parts_of_parts": (3, parts_of_parts),
    "part_to_whole": (2, part_to_whole),
    "tank": (2, tank),
    "harvest": (2, harvest),
}
