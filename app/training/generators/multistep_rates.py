"""Stories of so much per day, hour, mile or piece: routines, speeds, machines, recipes, groups of groups."""

# ruff: noqa: E501 - the ways of saying one thing stand side by side in one string

from collections.abc import Callable
from fractions import Fraction

from app.training.generators.multistep_cast import people, person
from app.training.generators.multistep_story import Story, Term, Told, lowered, raised, rest, share, total
from app.training.generators.words import BAKED, COLLECTION, FRUIT, PARTS, STATIONERY, SWEETS, TOYS

_HABITS = (
    ("runs,run", "miles", 2, 9), ("swims,swim", "laps", 8, 40), ("reads,read", "pages", 8, 60), ("does,do", "push-ups", 10, 60),
    ("bakes,bake", "loaves of bread", 4, 40), ("drinks,drink", "glasses of water", 3, 9), ("writes,write", "pages", 2, 12),
    ("walks,walk", "miles", 2, 8), ("solves,solve", "puzzles", 2, 9), ("plants,plant", "bulbs", 5, 60),
    ("learns,learn", "new words", 5, 25), ("delivers,deliver", "packages", 20, 90), ("types,type", "letters", 5, 30),
    ("draws,draw", "sketches", 2, 8), ("sells,sell", "bouquets", 10, 50), ("milks,milk", "cows", 6, 40),
    ("waters,water", "plants", 10, 60), ("repairs,repair", "bicycles", 2, 9), ("washes,wash", "cars", 3, 15),
    ("folds,fold", "paper cranes", 4, 30), ("knits,knit", "rows", 10, 60), ("answers,answer", "emails", 12, 60),
    ("makes,make", "sandwiches", 10, 60), ("bikes,bike", "kilometers", 4, 25), ("grades,grade", "tests", 10, 40),
    ("takes,take", "photos", 10, 80), ("collects,collect", "eggs", 8, 40), ("feeds,feed", "animals", 5, 40),
)  # fmt: skip
_TIMED = (
    ("practices the piano", "practice the piano"), ("plays soccer", "play soccer"), ("studies Spanish", "study Spanish"),
    ("walks the dog", "walk the dog"), ("exercises", "exercise"), ("reads", "read"), ("plays the violin", "play the violin"),
    ("works in the garden", "work in the garden"), ("does homework", "do homework"), ("watches television", "watch television"),
    ("paints", "paint"), ("practices karate", "practice karate"), ("cooks", "cook"), ("rides the bus", "ride the bus"),
)  # fmt: skip


def routine(story: Story) -> Told:
    """So many a day, so many days a week, so many weeks."""
    who = person(story)
    forms, noun, low, high = story.pick(_HABITS)
    does, do = forms.split(",")
    each = story.draw(low, high)
    style = story.between(0, 6)
    weeks = story.draw(2, 12)
    if style == 0:
        days = story.draw(2, 6)
        facts = [
            story.vary(
                f"[{who} {does} {each} {noun} a day, {days} days a week|{days} days a week, {who} {does} {each} {noun}|{who} {does} {each} {noun} every day on {days} days of the week|on {days} days of every week, {who} {does} {each} {noun}]"
            )
        ]
        value = each * days * weeks
        return Told([*facts, story.vary(f"how many {noun} does {who.he} {do} in {weeks} weeks?")], value)
    if style == 1:
        facts = [story.vary(f"{who} {does} {each} {noun} [every day|each day|a day|per day|daily]")]
        return Told([*facts, story.vary(f"how many {noun} does {who} {do} in {weeks} weeks?")], each * 7 * weeks)
    if style == 2:
        other = story.draw(low, high)
        facts = [
            story.vary(f"[from Monday to Friday|on weekdays|on every weekday], {who} {does} {each} {noun} a day"),
        ]
        second = story.vary(
            f"[on Saturdays and Sundays, {who.he} {does} {other} {noun} a day|on each day of the weekend, {who.he} {does} {other} {noun}]"
        )
        if story.chance(0.4):
            multiple = story.times(story.pick((2, 2, 3)))
            second = f"on each day of the weekend, {who.he} {does} {multiple} as many"
            value = each * 5 + each * multiple * 2
        else:
            value = each * 5 + other * 2
        facts.append(second)
        if story.chance(0.4):
            return Told([*facts, f"how many {noun} does {who} {do} in {weeks} weeks?"], value * weeks)
        return Told([*facts, story.vary(f"how many {noun} does {who} {do} [in a week|every week|each week]?")], value)
    if style == 3:
        morning, evening = story.draw(low, high), story.draw(low, high)
        days = story.draw(3, 30)
        facts = [
            story.vary(
                f"[every morning {who} {does} {morning} {noun}, and every evening {evening}|{who} {does} {morning} {noun} in the morning and {evening} {noun} in the evening]"
            )
        ]
        return Told([*facts, f"how many {noun} does {who.he} {do} in {days} days?"], (morning + evening) * days)
    if style == 4:
        one, two = people(story, 2)
        draw = story.rng.random()
        other, said = _related(story, each, noun)
        story.whole(other)
        days = story.draw(3, 30)
        facts = [f"{one} {does} {each} {noun} a day", f"{two} {does} {said} {one}"]
        if draw < 0.5:
            return Told([*facts, f"how many {noun} do they {do} together in {days} days?"], (each + other) * days)
        gap, big, small = (other - each, two, one) if other.value > each.value else (each - other, one, two)
        story.whole(gap)
        return Told(
            [
                *facts,
                f"in {days} days, how many more {noun} does {big} {do} than {small}?",
            ],
            gap * days,
        )
    minutes = story.draw(10, 90, 5)
    activity, base = story.pick(_TIMED)
    days = story.draw(2, 6)
    if style == 5:
        facts = [
            story.vary(
                f"[{who} {activity} for {minutes} minutes a day, {days} days a week|{days} days a week, {who} {activity} for {minutes} minutes]"
            )
        ]
        if story.chance(0.5):
            value = minutes * days * weeks / 60
            story.whole(value)
            return Told([*facts, story.vary(f"how many hours does {who.he} {base} in {weeks} weeks?")], value)
        return Told(
            [*facts, story.vary(f"how many minutes does {who.he} {base} in {weeks} weeks?")], minutes * days * weeks
        )
    (activity, _), (other_activity, _) = story.some(_TIMED, 2)
    other, other_days = story.draw(10, 90, 5), story.draw(2, 6)
    facts = [
        story.vary(f"{who} {activity} for {minutes} minutes a day, {days} days a week"),
        f"{who.he} also {other_activity} for {other} minutes a day, {other_days} days a week",
    ]
    value = minutes * days + other * other_days
    if story.chance(0.4):
        hours = value / 60
        story.whole(hours)
        return Told(
            [
                *facts,
                f"how many hours a week does {who.he} spend on these activities?",
            ],
            hours,
        )
    return Told([*facts, f"how many minutes a week does {who.he} spend on these activities?"], value)


def _related(story: Story, base: Term, noun: str) -> tuple[Term, str]:
    draw = story.rng.random()
    if draw < 0.35:
        multiple = story.times(story.pick((2, 2, 3, 4)))
        return base * multiple, f"{multiple} as many {noun} as"
    if draw < 0.5:
        part = story.fraction(story.pick((Fraction(1, 2), Fraction(1, 2), Fraction(1, 3), Fraction(1, 4))))
        return base * part, f"{part} as many {noun} as"
    number = story.number(story.between(2, max(3, int(base.value) - 2)))
    if draw < 0.75:
        return base + number, f"{number} more {noun} than"
    return base - number, f"{number} fewer {noun} than"


def week_sequence(story: Story) -> Told:
    """Day by day more, fewer or twice as many as the day before."""
    who = person(story)
    forms, noun, low, high = story.pick(_HABITS)
    do = forms.split(",")[1]
    past = {"run": "ran", "swim": "swam", "read": "read", "do": "did", "drink": "drank", "write": "wrote", "draw": "drew", "sell": "sold", "make": "made", "take": "took", "feed": "fed", "bike": "biked", "plant": "planted", "knit": "knitted"}.get(do)  # fmt: skip
    past = past or (do + "d" if do.endswith("e") else do + "ed")
    start, step = story.draw(low, high), story.draw(2, 8)
    style = story.between(0, 3)
    if style == 0:
        values = [start, start + step, start + step + step]
        facts = [
            f"{who} {past} {start} {noun} on Monday",
            story.vary(
                f"[on Tuesday and on Wednesday {who.he} each time {past} {step} more than the day before|each of the following days {who.he} {past} {step} more than the day before]"
            ),
        ]
        if story.chance(0.5):
            return Told([*facts, f"how many {noun} did {who.he} {do} on Wednesday?"], values[-1])
        return Told([*facts, f"how many {noun} did {who.he} {do} from Monday to Wednesday?"], total(values))
    if style == 1:
        multiple = story.write(2, story.pick(("twice", "double")))
        later = start * multiple
        as_many = "as many" if story.written[-1][1] == "twice" else "that number"
        third = later - step
        story.whole(third)
        facts = [f"{who} {past} {start} {noun} {story.pick(('on Friday', 'in the morning', 'yesterday'))}"]
        when = facts[0].rsplit(" ", 2)
        next_when, last_when = {
            "Friday": ("on Saturday", "on Sunday"),
            "morning": ("in the afternoon", "in the evening"),
        }.get(when[-1], ("today", "tomorrow"))
        story.need(when[-1] != "yesterday")
        facts += [
            f"{next_when} {who.he} {past} {multiple} {as_many}",
            f"{last_when} {who.he} {past} {step} fewer than {next_when}",
        ]
        if story.chance(0.7):
            return Told(
                [*facts, story.vary(f"how many {noun} did {who.he} {do} [in all|in total|altogether]?")],
                start + later + third,
            )
        return Told([*facts, f"how many {noun} did {who.he} {do} {last_when}?"], third)
    if style == 2:
        days, rest_days, other = story.draw(2, 5), story.draw(2, 5), story.draw(low, high)
        facts = [
            f"for {days} days, {who} {past} {start} {noun} a day",
            f"for the next {rest_days} days, {who.he} {past} {other} {noun} a day",
        ]
        value = start * days + other * rest_days
        if story.chance(0.4):
            average = value / (days + rest_days)
            story.whole(average)
            return Told([*facts, story.vary(f"how many {noun} [a|per] day was that on average?")], average)
        return Told([*facts, f"how many {noun} did {who.he} {do} in all?"], value)
    goal = story.draw(60, 400, 10)
    days, left_days = story.draw(2, 9), story.draw(2, 9)
    remaining = goal - start * days
    value = remaining / left_days
    story.whole(remaining, value)
    facts = [
        f"{who} wants to {do} {goal} {noun}",
        f"in the past {days} days, {who.he} {past} {start} {noun} a day",
    ]
    return Told([*facts, f"how many {noun} must {who.he} {do} each day to be done in {left_days} more days?"], value)


def book(story: Story) -> Told:
    """A book, a film, a game: some of it done, the rest to be done at a rate."""
    who = person(story)
    pages = story.draw(80, 600, 10)
    each, days = story.draw(8, 45), story.draw(2, 9)
    title = story.pick(
        ("a novel", "a book", "a biography", "a manual", "a history book", "a travel guide", "a textbook")
    )
    bare = title.split(" ", 1)[1]
    opening = story.vary(
        f"[{who} is reading {title} with {pages} pages|{who} borrowed {title} that has {pages} pages|{title} has {pages} pages]"
    )
    style = story.between(0, 4)
    if style == 0:
        left = pages - each * days
        story.whole(left)
        who_reads = who.he if who.name in opening else who.name
        facts = [
            opening,
            story.vary(
                f"{who_reads} [reads {each} pages a day for {days} days|has read {each} pages on each of the last {days} days]"
            ),
        ]
        if story.chance(0.4):
            return Told([*facts, f"how many pages of the {bare} are left?"], left)
        rate = story.draw(5, 50)
        value = left / rate
        story.whole(value)
        return Told(
            [*facts, f"if {who.he} then reads {rate} pages a day, how many more days does {who.he} need?"], value
        )
    if style == 1:
        part = story.some_fraction()
        per = story.draw(5, 40)
        value = rest(pages, part) / per
        story.whole(value)
        who_has = who.he if who.name in opening else who.name
        return Told(
            [
                opening,
                f"{who_has} has already read {part} of it",
                story.vary(f"how many days will it take to finish the rest at {per} pages a day?"),
            ],
            value,
        )
    if style == 2:
        percent = story.some_percent()
        more = story.draw(5, 60)
        left = lowered(pages, percent) - more
        story.whole(left, share(pages, percent))
        who_has = who.he if who.name in opening else who.name
        return Told(
            [
                opening,
                f"{who_has} read {percent} of it on Saturday and {more} pages on Sunday",
                story.vary(f"how many pages [are left|are still to be read|does {who.he} still have to read]?"),
            ],
            left,
        )
    if style == 3:
        per_hour, hours, chapters = story.draw(12, 60), story.draw(2, 6), story.draw(2, 9)
        long = story.draw(10, 40)
        facts = [
            f"{who} reads {per_hour} pages an hour",
            f"{who.he} has to read {chapters} chapters of {long} pages each",
        ]
        value = chapters * long / per_hour
        if story.chance(0.5):
            minutes = chapters * long / per_hour * 60
            story.whole(minutes)
            return Told([*facts, "how many minutes does that take?"], minutes)
        story.whole(value)
        return Told([*facts, "how many hours does that take?"], value)
    subjects = story.some(("math", "physics", "geometry", "algebra", "chemistry", "spelling"), 2)
    one, two, minutes_one, minutes_two = story.draw(4, 20), story.draw(4, 20), story.draw(2, 10), story.draw(2, 10)
    facts = [
        f"{who} has {one} {subjects[0]} problems and {two} {subjects[1]} problems to do",
        f"a {subjects[0]} problem takes {minutes_one} minutes, and a {subjects[1]} problem takes {minutes_two} minutes",
    ]
    if story.chance(0.35):
        hours = story.draw(2, 5)
        value = hours * 60 - one * minutes_one - two * minutes_two
        story.whole(value)
        return Told([*facts, f"if {who.he} has {hours} hours, how many minutes are left after that?"], value)
    return Told(
        [
            *facts,
            f"how many minutes does {who.he} need for {story.pick(('all of them', 'everything', 'all the problems'))}?",
        ],
        one * minutes_one + two * minutes_two,
    )


def travel(story: Story) -> Told:
    """Speed, distance and time."""
    who = person(story)
    unit = story.pick(("miles", "miles", "kilometers"))
    go, goes, fast = story.pick(
        (
            ("drive", "drives", (35, 75)),
            ("bike", "bikes", (8, 20)),
            ("ride", "rides", (8, 20)),
            ("hike", "hikes", (2, 5)),
            ("run", "runs", (4, 9)),
        )
    )
    speed, hours = story.draw(*fast), story.draw(2, 7)
    other_speed, other_hours = story.draw(*fast), story.draw(2, 6)
    story.need(speed.value != other_speed.value and hours.value != other_hours.value)
    style = story.between(0, 6)
    per = story.pick((f"{unit} per hour", f"{unit} an hour"))
    value = speed * hours + other_speed * other_hours
    if style == 0:
        facts = [
            story.vary(
                f"{who} {goes} for {hours} hours at {speed} {per} [and then for {other_hours} hours at {other_speed} {per}|and for another {other_hours} hours at {other_speed} {per}]"
            )
        ]
        if story.chance(0.3):
            average = value / (hours + other_hours)
            story.need((average.value * 10).denominator == 1)
            return Told([*facts, f"what is {who.his} average speed in {unit} per hour?"], average, "measure")
        return Told(
            [
                *facts,
                story.vary(f"[how far, in {unit},|how many {unit}] does {who.he} {go} [in all|altogether|in total]?"),
            ],
            value,
        )
    if style == 1:
        distance = story.draw(60, 600, 10)
        left = distance - speed * hours
        story.whole(left)
        facts = [
            story.vary(
                f"[{who} is on a trip of {distance} {unit}|{who} wants to {go} {distance} {unit}|the next town is {distance} {unit} away]"
            )
        ]
        facts.append(f"{who.he if who.name in facts[0] else who.name} {goes} {hours} hours at {speed} {per}")
        if story.chance(0.5):
            rate = story.draw(*fast)
            value = left / rate
            story.whole(value)
            return Told(
                [*facts, f"if {who.he} covers the rest at {rate} {per}, how many more hours does it take?"], value
            )
        return Told([*facts, story.vary(f"how many {unit} are left?")], left)
    if style == 2:
        one, two = people(story, 2)
        value = (speed + other_speed) * hours
        facts = [
            story.vary(
                f"{one} and {two} start [from the same place|at the same point] and {go} in opposite directions"
            ),
            f"{one} {goes} at {speed} {per} and {two} at {other_speed} {per}",
        ]
        return Told([*facts, f"how many {unit} apart are they after {hours} hours?"], value)
    if style == 3:
        one, two = people(story, 2)
        gap = (speed - other_speed) * hours if speed.value > other_speed.value else (other_speed - speed) * hours
        big, small = (one, two) if speed.value > other_speed.value else (two, one)
        facts = [f"{one} {goes} at {speed} {per}, and {two} {goes} at {other_speed} {per}"]
        return Told([*facts, f"how many more {unit} does {big} cover than {small} in {hours} hours?"], gap)
    if style == 4:
        distance, days, back = story.draw(2, 25), story.draw(2, 6), story.draw(2, 10)
        facts = [
            story.vary(f"{who}'s [office|school|gym|workshop] is {distance} {unit} from {who.his} home"),
            story.vary(f"{who.he} {goes} there and back {days} days a week"),
        ]
        return Told([*facts, f"how many {unit} is that in {back} weeks?"], distance * 2 * days * back)
    if style == 5:
        per_gallon, gallons, price = story.draw(20, 45, 5), story.draw(2, 14), story.price(2, 5)
        distance = story.number(int(per_gallon.value) * int(gallons.value))
        facts = [
            story.vary(
                f"[{who}'s car goes {per_gallon} miles on a gallon of gas|{who} drives a car that needs a gallon of gas for {per_gallon} miles|with a gallon of gas, {who} can drive {per_gallon} miles]"
            ),
            story.vary(f"[gas costs {price} a gallon|a gallon costs {price}|the price of a gallon is {price}]"),
        ]
        value = distance / per_gallon * price
        story.cents(value)
        return Told(
            [
                *facts,
                story.vary(
                    f"[how much does the gas for a trip of {distance} miles cost|how much does {who} pay for gas on a trip of {distance} miles|what does it cost {who} to drive {distance} miles]?"
                ),
            ],
            value,
            "money",
        )
    multiple = story.times(story.pick((2, 2, 3)))
    facts = [
        f"{who} {goes} for {hours} hours at {speed} {per}",
        story.vary(
            f"[then {who.he} goes on for {other_hours} hours at {multiple} that speed|after that, {who.he} takes a train that is {multiple} as fast, for {other_hours} hours]"
        ),
    ]
    return Told(
        [*facts, story.vary(f"how many {unit} does {who.he} travel in all?")],
        speed * hours + speed * multiple * other_hours,
    )


_PRODUCTS = ("toys", "bottles", "chairs", "shirts", "lamps", "bicycles", "tiles", "cups", "candles", "bricks", "screws", "phones", "boxes", "books", "pencils", "cans of soup", "loaves of bread", "batteries")  # fmt: skip


def factory(story: Story) -> Told:
    """Machines or workers, so much per hour, with defects."""
    product = story.pick(_PRODUCTS)
    kind = story.pick(("machine", "worker", "machine", "robot"))
    count, rate, hours = story.draw(2, 15), story.draw(5, 60), story.draw(3, 12)
    made = count * rate * hours
    facts = [
        story.vary(
            f"[a factory has {count} {kind}s, each of which makes {rate} {product} an hour|in a factory, {count} {kind}s each make {rate} {product} per hour|each of the {count} {kind}s in a factory makes {rate} {product} every hour]"
        )
    ]
    style = story.between(0, 5)
    if style == 0:
        days = story.draw(2, 9)
        facts.append(
            f"the {kind}s run {hours} hours a day" if kind != "worker" else f"the {kind}s work {hours} hours a day"
        )
        return Told([*facts, f"how many {product} are made in {days} days?"], made * days)
    if style == 1:
        percent = story.percent(story.pick((2, 4, 5, 5, 10, 15, 20)))
        value = lowered(made, percent)
        story.whole(value, share(made, percent))
        facts.append(
            story.vary(
                f"[{percent} of the {product} have a defect|{percent} of the {product} are broken and thrown away|{percent} of what is made cannot be sold]"
            )
        )
        return Told([*facts, story.vary(f"how many good {product} are made in {hours} hours?")], value)
    if style == 2:
        box = story.draw(4, 24, 2)
        value = made / box
        story.whole(value)
        facts.append(f"the {product} are packed in {story.pick(('crates', 'cartons', 'packs'))} of {box}")
        return Told(
            [*facts, f"how many {facts[-1].split(' in ')[1].split(' of ')[0]} are filled in {hours} hours?"], value
        )
    if style == 3:
        order = story.number(int(count.value * rate.value) * story.between(2, 20))
        return Told(
            [*facts, story.vary(f"how many hours does it take to make {order} {product}?")], order / (count * rate)
        )
    if style == 4:
        percent = story.percent(story.pick((10, 20, 25, 50)))
        faster = raised(count * rate, percent)
        story.whole(faster)
        facts.append(story.vary(f"after a repair, they make {percent} more per hour"))
        return Told([*facts, f"how many {product} are made in {hours} hours then?"], faster * hours)
    other, days = story.draw(20, 300, 10), story.draw(3, 20)
    first = story.draw(20, 300, 10)
    facts = [
        f"in the morning shift a factory makes {first} {product}",
        story.vary(f"the evening shift makes {other} fewer"),
    ]
    value = (first + (first - other)) * days
    story.whole(first - other)
    return Told([*facts, f"how many {product} are made in {days} days?"], value)


def work_rate(story: Story) -> Told:
    """So many pieces in so many minutes, alone and together."""
    one, two = people(story, 2)
    past, noun = story.pick(
        (
            ("paint", "fence boards"),
            ("peel", "potatoes"),
            ("fold", "napkins"),
            ("wrap", "presents"),
            ("type", "words"),
            ("stuff", "envelopes"),
            ("shell", "peanuts"),
            ("string", "beads"),
            ("polish", "spoons"),
            ("label", "jars"),
        )
    )
    number, minutes = story.draw(2, 30), story.draw(2, 12)
    style = story.between(0, 3)
    if style == 0:
        hours = story.draw(2, 6)
        value = number * (hours * 60 / minutes)
        story.whole(value, hours * 60 / minutes)
        return Told(
            [
                f"{one} can {past} {number} {noun} in {minutes} minutes",
                f"how many {noun} can {one.he} {past} in {hours} hours?",
            ],
            value,
        )
    other = story.draw(2, 30)
    if style == 1:
        time = story.draw(4, 60)
        return Told(
            [
                story.vary(f"{one} can {past} {number} {noun} a minute, and {two} can {past} {other}"),
                f"how many {noun} can they {past} together in {time} minutes?",
            ],
            (number + other) * time,
        )
    if style == 2:
        amount = story.number(int(number.value + other.value) * story.between(3, 30))
        return Told(
            [
                f"{one} can {past} {number} {noun} a minute, and {two} can {past} {other}",
                story.vary(f"how many minutes do they need together for {amount} {noun}?"),
            ],
            amount / (number + other),
        )
    workers, days, more = story.draw(2, 12), story.draw(3, 20), story.draw(2, 12)
    value = workers * days / (workers + more)
    story.whole(value)
    job = story.pick(("build a wall", "paint a house", "harvest a field", "repair a road", "clean a building"))
    return Told(
        [
            f"{workers} workers can {job} in {days} days",
            story.vary(f"how many days does it take if {more} more workers help?"),
        ],
        value,
    )


def recipe(story: Story) -> Told:
    """Ingredients for so many, scaled."""
    who = person(story)
    dish, dishes = story.pick(
        (
            "cake,cakes",
            "pie,pies",
            "batch of cookies,batches of cookies",
            "pot of soup,pots of soup",
            "pizza,pizzas",
            "tray of brownies,trays of brownies",
            "loaf of bread,loaves of bread",
            "batch of muffins,batches of muffins",
            "jug of lemonade,jugs of lemonade",
        )
    ).split(",")
    if "lemonade" in dish:
        first, second = "lemons", "spoons of sugar"
    elif "soup" in dish:
        first, second = story.some(("carrots", "potatoes", "onions", "cups of water", "tomatoes"), 2)
    elif "pizza" in dish:
        first, second = story.some(("tomatoes", "mushrooms", "olives", "ounces of cheese"), 2)
    else:
        first, second = story.some(("eggs", "cups of flour", "spoons of sugar", "cups of milk", "ounces of butter"), 2)
    one, two, number = story.draw(2, 9), story.draw(2, 9), story.draw(2, 12)
    style = story.between(0, 5)
    if style == 0:
        other = story.draw(2, 12)
        story.need(number.value > other.value)
        facts = [f"a {dish} needs {one} {first} and {two} {second}"]
        return Told(
            [*facts, story.vary(f"how many {first} and {second} are needed in all for {number} {dishes}?")],
            (one + two) * number,
        )
    if style == 1:
        have = story.draw(1, 9)
        value = one * number - have
        story.whole(value)
        facts = [
            f"{who} needs {one} {first} for each {dish}",
            f"{who.he} wants to make {number} {dishes} and has {have} {first}",
        ]
        story.need(have.value > 1)
        return Told([*facts, f"how many more {first} does {who.he} need?"], value)
    if style == 2:
        people_small = story.draw(2, 6)
        factor = story.between(2, 6)
        people_large = story.number(int(people_small.value) * factor)
        return Told(
            [
                f"a recipe for {people_small} people calls for {one} {first}",
                story.vary(f"how many {first} [are needed for|does {who} need for] {people_large} people?"),
            ],
            one * (people_large / people_small),
        )
    if style == 3:
        share_each, guests = story.draw(2, 5), story.draw(6, 40)
        pieces = story.number(story.pick((4, 6, 8, 10, 12)))
        value = share_each * guests / pieces
        story.whole(value)
        food = story.pick(("pizzas", "cakes", "pies", "sandwich rolls"))
        return Told(
            [
                f"{guests} guests are coming to {who}'s party, and each of them will eat {share_each} pieces",
                f"{food} are cut into {pieces} pieces each",
                f"how many {food} does {who} need?",
            ],
            value,
        )
    if style == 4:
        percent = story.pick((20, 25, 50, 10))
        less = story.percent(percent)
        value = lowered(one * number, less)
        story.whole(value)
        return Told(
            [
                f"{who} usually takes {one} {first} for a {dish}",
                f"this time {who.he} uses {less} fewer",
                f"how many {first} does {who.he} use for {number} {dishes}?",
            ],
            value,
        )
    each, dozen = story.draw(2, 6), story.between(2, 9)
    dozens = story.write(dozen * 12, f"{dozen} dozen")
    return Told(
        [
            f"{who} has {dozens} eggs",
            story.vary(f"{who.he} uses {each} of them for each {dish} and keeps {number} for breakfast"),
            f"how many {dishes} can {who.he} make?",
        ],
        (dozens - number) / each,
    )


def nested_groups(story: Story) -> Told:
    """Boxes of packs of pieces, rows of shelves, classes of teams."""
    thing = story.pick(story.pick((STATIONERY, SWEETS, COLLECTION, PARTS, COLLECTION)).things).many
    levels = story.pick(
        (
            ("crates", "crate", "boxes", "box"),
            ("boxes", "box", "bags", "bag"),
            ("cartons", "carton", "packs", "pack"),
            ("shelves", "shelf", "jars", "jar"),
            ("rooms", "room", "cabinets", "cabinet"),
            ("cases", "case", "trays", "tray"),
        )
    )
    many, one, inner_many, inner = levels
    owner = story.pick((f"{person(story)}", "a shop", "a school", "a warehouse"))
    count, boxes, each = story.draw(2, 12), story.draw(2, 12), story.draw(3, 30)
    facts = [
        story.vary(
            f"[{owner} has {count} {many}, with {boxes} {inner_many} in each {one}|there are {count} {many} in {'a storeroom' if one != 'room' else 'a museum'}, and each {one} holds {boxes} {inner_many}|{owner} gets {count} {many} of {boxes} {inner_many} each]"
            if one not in ("shelf", "room")
            else f"there are {count} {many} in a {'pantry' if one == 'shelf' else 'museum'}, with {boxes} {inner_many} {'on' if one == 'shelf' else 'in'} each {one}"
        ),
        story.vary(
            f"[each {inner} holds {each} {thing}|there are {each} {thing} in each {inner}|every {inner} contains {each} {thing}]"
        ),
    ]
    everything = count * boxes * each
    draw = story.rng.random()
    if draw < 0.3:
        return Told([*facts, story.vary(f"how many {thing} are there [in all|altogether|in total]?")], everything)
    if draw < 0.5:
        gone = story.draw(3, 60)
        facts.append(story.vary(f"{gone} of the {thing} are [sold|used|lost|given away|taken out]"))
        return Told([*facts, f"how many {thing} are left?"], everything - gone)
    if draw < 0.65:
        loose = story.draw(2, 40)
        facts.append(f"besides, there are {loose} {thing} that lie around loose")
        return Told([*facts, f"how many {thing} are there altogether?"], everything + loose)
    if draw < 0.85:
        groups = story.draw(2, 12)
        value = everything / groups
        story.whole(value)
        who = story.pick(("children", "classes", "customers", "teams"))
        facts.append(f"all the {thing} are shared equally among {groups} {who}")
        one_of = {"children": "child", "classes": "class", "customers": "customer", "teams": "team"}[who]
        return Told([*facts, f"how many {thing} does each {one_of} get?"], value)
    price = story.price(1, 9)
    facts.append(f"a single {inner} costs {price}")
    return Told(
        [*facts[:1], facts[2], story.vary(f"how much do all the {inner_many} cost together?")],
        count * boxes * price,
        "money",
    )


def sharing(story: Story) -> Told:
    """Some is kept or lost, the rest is shared."""
    who = person(story)
    noun = story.pick(story.pick((SWEETS, COLLECTION, TOYS, STATIONERY, FRUIT, BAKED)).things).many
    others = story.draw(2, 9)
    companions = story.pick(("friends", "cousins", "classmates", "neighbors", "brothers", "sisters", "children"))
    style = story.between(0, 4)
    if style == 0:
        kept = story.draw(2, 20)
        count = story.number(int(kept.value) + int(others.value) * story.between(3, 20))
        value = (count - kept) / others
        story.whole(value)
        facts = [
            f"{who} has {count} {noun}",
            story.vary(
                f"{who.he} keeps {kept} [for {who.him}self|] and [shares|divides] the rest equally among {who.his} {others} {companions}"
            ),
        ]
        return Told([*facts, f"how many {noun} does each of them get?"], value)
    if style == 1:
        bags, each = story.draw(2, 9), story.draw(4, 24)
        value = bags * each / others
        story.whole(value)
        facts = [
            f"{who} buys {bags} bags of {noun}, with {each} in each bag",
            f"{who.he} gives all of them to {who.his} {others} {companions}, the same number to each",
        ]
        return Told([*facts, story.vary("how many does each of them get?")], value)
    if style == 2:
        part, more = story.some_fraction(), story.draw(2, 9)
        count = story.number(part.value.denominator * int(more.value) * story.between(1, 6))
        value = rest(count, part) / more
        story.whole(value, rest(count, part))
        facts = [
            f"{who} has {count} {noun} and keeps {part} of them",
            f"the rest go to {who.his} {more} {companions} in equal shares",
        ]
        return Told([*facts, f"how many {noun} does each of the {companions} get?"], value)
    if style == 3:
        one, two = people(story, 2)
        first = story.draw(10, 60)
        second = story.number(int(others.value) * story.between(4, 14) - int(first.value) % int(others.value))
        value = (first + second) / others
        story.whole(value)
        facts = [
            f"{one} has {first} {noun} and {two} has {second}",
            story.vary(
                f"they put all of them together and [divide|split] them equally into {others} [bags|boxes|groups]"
            ),
        ]
        container = facts[1].rsplit(" ", 1)[1]
        return Told([*facts, f"how many {noun} are in each of the {container}?"], value)
    each, left = story.draw(3, 20), story.draw(2, 15)
    value = others * each + left
    facts = [
        f"{who} gave {each} {noun} to each of {who.his} {others} {companions}",
        story.vary(f"{who.he} [had {left} {noun} left|was left with {left} {noun}] after that"),
    ]
    return Told([*facts, f"how many {noun} did {who.he} have at first?"], value)


def conversion(story: Story) -> Told:
    """Units that everybody knows how to convert."""
    who = person(story)
    style = story.between(0, 8)
    if style == 0:
        feet, inches = story.draw(2, 20), story.draw(2, 11)
        pieces = story.draw(2, 8)
        facts = [f"a {story.pick(('ribbon', 'board', 'rope', 'wire', 'pipe'))} is {feet} feet long"]
        stuff = facts[0].split(" ")[1]
        if story.chance(0.5):
            length = story.pick((2, 3, 4, 6, 8))
            cut = story.number(length)
            value = feet * 12 / cut
            story.whole(value)
            return Told(
                [*facts, f"{who} cuts it into pieces that are {cut} inches long", "how many pieces are there?"], value
            )
        value = feet * 12 - inches * pieces
        story.whole(value)
        return Told(
            [
                *facts,
                f"{who} cuts off {pieces} pieces of {inches} inches each",
                f"how many inches of {stuff} are left?",
            ],
            value,
        )
    if style == 1:
        hours, minutes = story.draw(2, 9), story.draw(5, 55, 5)
        value = hours * 60 + minutes
        thing = story.pick(("flight", "hike", "concert", "bus trip", "movie marathon", "meeting"))
        used = story.draw(10, 90, 5)
        return Told(
            [
                f"a {thing} lasts {hours} hours and {minutes} minutes",
                f"{used} minutes of it are over",
                "how many minutes are left?",
            ],
            value - used,
        )
    if style == 2:
        dozen = story.between(2, 12)
        dozens = story.write(dozen * 12, f"{story.pick((str(dozen), _small(dozen)))} dozen")
        noun = story.pick(("eggs", "doughnuts", "roses", "rolls", "cookies", "oysters"))
        gone, each = story.draw(2, 20), story.draw(2, 12)
        value = dozens - gone
        story.whole(value)
        facts = [f"{who} bought {dozens} {noun}", story.vary(f"{gone} of them were [broken|bad|damaged]")]
        if story.chance(0.4):
            price = story.price(1, 3)
            return Told(
                [*facts, f"{who.he} sold the rest for {price} each", f"how much money did {who.he} get?"],
                value * price,
                "money",
            )
        shared = value / each
        story.whole(shared)
        return Told(
            [
                *facts,
                f"the rest were put on {each} plates, the same number on each",
                f"how many {noun} were on each plate?",
            ],
            shared,
        )
    if style == 3:
        weeks, days, each = story.draw(2, 9), story.draw(2, 6), story.draw(2, 12)
        facts = [
            story.vary(
                f"[{who} goes on a trip for {weeks} weeks and {days} days|a camp lasts {weeks} weeks and {days} days]"
            )
        ]
        thing, verb = story.pick(
            (("postcards", "writes"), ("photos", "takes"), ("miles", "walks"), ("sketches", "makes"))
        )
        subject = who.he if who.name in facts[0] else who.name
        return Told(
            [*facts, f"{subject} {verb} {each} {thing} a day", f"how many {thing} is that in all?"],
            (weeks * 7 + days) * each,
        )
    if style == 4:
        bottles, cents = story.draw(10, 90), story.draw(5, 95, 5)
        price = story.write(cents.value, f"{cents.value} cents")
        value = bottles * price / 100
        thing, plural = story.pick(
            (
                ("bottle", "bottles"),
                ("can", "cans"),
                ("pencil", "pencils"),
                ("postcard", "postcards"),
                ("lemon", "lemons"),
            )
        )
        story.cents(value)
        story.need(value.value > 2)
        return Told(
            [
                f"a shop pays {price} for each {thing}" if thing in ("bottle", "can") else f"a {thing} costs {price}",
                f"how many dollars {f'does {who} get' if thing in ('bottle', 'can') else f'does {who} pay'} for {bottles} {plural}?",
            ],
            value,
            "money",
        )
    if style == 5:
        seconds, pieces = story.draw(5, 40, 5), story.draw(12, 120, 6)
        value = seconds * pieces / 60
        story.whole(value)
        thing = story.pick(
            ("label a box", "fold a shirt", "scan a page", "peel a carrot", "stamp a letter", "check a ticket")
        )
        noun = {
            "box": "boxes",
            "shirt": "shirts",
            "page": "pages",
            "carrot": "carrots",
            "letter": "letters",
            "ticket": "tickets",
        }[thing.rsplit(" ", 1)[1]]
        return Told(
            [
                f"it takes {who} {seconds} seconds to {thing}",
                f"how many minutes does {who.he} need for {pieces} {noun}?",
            ],
            value,
        )
    if style == 6:
        years, months, each = story.draw(2, 9), story.draw(2, 11), story.money(story.between(5, 90, 5))
        return Told(
            [
                story.vary(
                    f"[{who} has saved {each} a month for {years} years and {months} months|for {years} years and {months} months, {who} has {story.pick(('put', 'paid'))} {each} a month into an account|{who}'s parents have given {who.him} {each} every month for {years} years and {months} months]"
                ),
                story.pick(("how much money is that?", "how much is that in all?", "how much money is it altogether?")),
            ],
            each * (years * 12 + months),
            "money",
        )
    if style == 7:
        pounds, ounces = story.draw(2, 12), story.pick((2, 4, 8))
        each = story.number(ounces)
        thing = story.pick(("nuts", "chocolate", "cheese", "tea", "dried fruit", "beads"))
        extra = story.draw(2, 30)
        value = pounds * 16 / each
        story.whole(value)
        return Told(
            [
                f"{who} has {pounds} pounds of {thing}",
                f"{who.he} fills bags with {each} ounces of it each and gives {extra} of the bags away",
                f"how many bags does {who.he} have left?",
            ],
            value - extra,
        )
    hours, rate, days = story.draw(2, 12), story.draw(2, 60), story.draw(2, 9)
    thing, does = story.pick(
        (
            ("A printer", "prints {n} pages a minute"),
            ("A spring", "gives {n} liters of water a minute"),
            ("A turnstile", "lets {n} people in every minute"),
            ("A machine", "caps {n} bottles a minute"),
        )
    )
    noun = does.split(" {n} ")[1].split(" a minute")[0].split(" in every")[0]
    return Told(
        [
            f"{thing.lower()} {does.replace('{n}', f'{rate}')}",
            f"it runs for {hours} hours a day" if "turn" not in thing else f"it is open for {hours} hours a day",
            f"how many {noun} is that in {days} days?",
        ],
        rate * 60 * hours * days,
    )


def _small(value: int) -> str:
    return "zero one two three four five six seven eight nine ten eleven twelve".split()[value]


def animals(story: Story) -> Told:
    """Animals that eat, lay, give and have legs."""
    owner = story.pick((f"{person(story)}", "a farmer", "a farm", "a zoo"))
    count, each = story.draw(3, 40), story.draw(2, 9)
    style = story.between(0, 4)
    if style == 0:
        hens = story.pick(("chickens", "ducks", "hens", "geese"))
        weeks = story.draw(2, 6)
        price = story.price(1, 2)
        eggs = count * each
        facts = [f"{owner} has {count} {hens}, and each of them lays {each} eggs a week"]
        story.need(owner != "a zoo")
        if story.chance(0.5):
            part = story.draw(4, 40)
            story.whole(eggs * weeks - part)
            return Told(
                [*facts, f"{part} of the eggs break", f"how many eggs are left after {weeks} weeks?"],
                eggs * weeks - part,
            )
        if story.chance(0.5):
            value = eggs / 12 * price
            story.whole(eggs / 12)
            return Told(
                [
                    *facts,
                    f"the eggs are sold by the carton of {(c := story.write(12, story.pick(('twelve', '12', 'a dozen'))))} for {price} a carton",
                    "how much money do the eggs of a week bring in?",
                ],
                eggs / c * price,
                "money",
            )
        return Told(
            [*facts, f"each egg sells for {price}", f"how much money do the eggs bring in after {weeks} weeks?"],
            eggs * weeks * price,
            "money",
        )
    if style == 1:
        animal = story.pick(
            ("elephant", "camel", "zebra", "rhino") if owner == "a zoo" else ("cow", "horse", "goat", "donkey")
        )
        days, weight = story.draw(3, 30), story.draw(4, 60)
        facts = [f"{owner} has {count} {animal}s", f"each {animal} eats {weight} pounds of hay a day"]
        if story.chance(0.5):
            stock = story.number(int(count.value * weight.value) * story.between(3, 40))
            return Told([*facts, f"for how many days do {stock} pounds of hay last?"], stock / (count * weight))
        return Told([*facts, f"how many pounds of hay do they eat in {days} days?"], count * weight * days)
    if style == 2:
        two, four = story.draw(3, 40), story.draw(3, 40)
        birds, beasts = story.pick((("chickens", "cows"), ("ducks", "sheep"), ("geese", "goats"), ("turkeys", "pigs")))
        legs = two * 2 + four * 4
        return Told(
            [
                story.vary(f"there are {two} {birds} and {four} {beasts} on a farm"),
                story.vary("how many legs do the animals have [in all|altogether|together]?"),
            ],
            legs,
        )
    if style == 3:
        beasts, fed = story.pick(
            (
                ("dogs", "cups of food"),
                ("cats", "ounces of food"),
                ("parrots", "seeds"),
                ("rabbits", "carrots"),
                ("seals", "fish"),
                ("monkeys", "bananas"),
                ("bears", "pounds of fish"),
            )
        )
        small, less = story.draw(2, 20), story.draw(2, 8)
        big_animal = story.pick(("grown", "old", "large"))
        story.need(each.value > less.value)
        facts = [
            f"{owner} has {count} {big_animal} {beasts} and {small} young {beasts}",
            f"each {big_animal} {beasts[:-1]} gets {each} {fed} a day, and each young {beasts[:-1]} gets {less}",
        ]
        value = count * each + small * less
        if story.chance(0.5):
            days = story.draw(2, 14)
            return Told([*facts, f"how many {fed} are needed for {days} days?"], value * days)
        return Told([*facts, f"how many {fed} are needed every day?"], value)
    births, litters, sold = story.draw(2, 8), story.draw(2, 12), story.draw(2, 30)
    mothers, young = story.pick(
        (
            ("dogs", "puppies"),
            ("cats", "kittens"),
            ("pigs", "piglets"),
            ("rabbits", "young rabbits"),
            ("goats", "kids"),
            ("sheep", "lambs"),
        )
    )
    value = litters * births + count - sold
    story.whole(value)
    story.need(owner != "a zoo" and count.value >= litters.value)
    return Told(
        [
            f"{owner} has {count} {mothers}",
            f"{litters} of them have {births} {young} each",
            f"{sold} of the animals are {story.pick(('sold', 'given away'))}",
            "how many animals are there then?",
        ],
        count + litters * births - sold,
    )


_WARES = (
    ("makes,make", "necklaces"), ("bakes,bake", "pies"), ("paints,paint", "postcards"), ("knits,knit", "hats"), ("carves,carve", "whistles"),
    ("sews,sew", "pillows"), ("grows,grow", "seedlings"), ("folds,fold", "lanterns"), ("builds,build", "birdhouses"), ("washes,wash", "cars"),
    ("repairs,repair", "bicycles"), ("sells,sell", "lemonades"), ("prints,print", "T-shirts"), ("catches,catch", "crabs"), ("picks,pick", "melons"),
    ("weaves,weave", "baskets"), ("tutors,tutor", "students"), ("walks,walk", "dogs"), ("delivers,deliver", "pizzas"), ("shines,shine", "shoes"),
)  # fmt: skip


def venture(story: Story) -> Told:
    """Some people at the same work: a rate each, one said by the other, then days, weeks, prices and costs."""
    cast = people(story, story.pick((2, 2, 2, 3)))
    forms, noun = story.pick(_WARES)
    does, do = forms.split(",")
    period = story.pick(("day", "day", "day", "hour", "week"))
    base = story.draw(3, 30)
    rates = [base]
    a_period = story.pick((f"a {period}", f"every {period}", f"each {period}", f"per {period}")).replace(
        "a hour", "an hour"
    )
    facts = [f"{cast[0]} {does} {base} {noun} {a_period}"]
    for index, someone in enumerate(cast[1:], 1):
        other = story.between(0, index - 1)
        rate, said = _related(story, rates[other], noun)
        story.whole(rate)
        story.need(rate.value < 200)
        rates.append(rate)
        facts.append(f"{someone} {does} {said} {cast[other]}" + story.pick(("", "", f" {a_period}", " does")))
    everyone = total(rates)
    style = story.rng.random()
    last = len(cast) - 1
    subject = "they"
    if style < 0.45:
        amount, asked = everyone, "together"
    elif style < 0.7:
        high, low = (0, last) if rates[0].value > rates[last].value else (last, 0)
        story.need(rates[high].value > rates[low].value)
        amount, asked = rates[high] - rates[low], f"than {cast[low]}"
        subject = cast[high].name
    else:
        amount, asked, subject = rates[last], "", cast[last].name
    many = subject == "they"
    more = "more " if asked.startswith("than") else ""
    span, amount = _span(story, facts, period, amount, many=len(cast) > 1)
    if story.chance(0.6):
        price = story.price(2, 15)
        fee = {
            "tutors": "charged for each student",
            "walks": "paid for each dog",
            "washes": "paid for each car",
            "repairs": "paid for each bicycle",
        }.get(does)
        if fee is None and story.chance(0.35):
            cost = story.price(1, 5)
            story.need(cost.value < price.value)
            facts.append(f"the material for each of the {noun} costs {cost}, and each is sold for {price}")
            amount, what = amount * (price - cost), "profit"
        else:
            facts.append(
                f"{price} is {fee}"
                if fee
                else story.pick(
                    (
                        f"the {noun} sell for {price} each",
                        f"for each of the {noun} the customers pay {price}",
                        f"each of the {noun} brings in {price}",
                    )
                )
            )
            amount, what = amount * price, "money"
        verb = "make" if what == "profit" else "earn"
        question = f"how much {more}{what} {'do' if many else 'does'} {subject} {verb} {asked} in {span}?"
        return Told(
            [*facts, question.replace(f" {asked} in {span}", f" in {span} {asked}") if more else question],
            amount,
            "money",
        )
    question = f"how many {more}{noun} {'do' if many else 'does'} {subject} {do} {asked} in {span}?"
    return Told([*facts, question.replace(f" {asked} in {span}", f" in {span} {asked}") if more else question], amount)


def _span(story: Story, facts: list[str], period: str, amount: Term, *, many: bool) -> tuple[str, Term]:
    """A time in words, and what is done in it where `amount` is done in one `period`."""
    if period == "day" and story.chance(0.4):
        days, weeks = story.draw(3, 6), story.draw(2, 9)
        facts.append(f"{'they all work' if many and len(facts) > 2 else 'they work'} {days} days a week")
        return f"{weeks} weeks", amount * days * weeks
    if period == "day" and story.chance(0.25):
        weeks = story.draw(2, 9)
        return f"{weeks} weeks", amount * 7 * weeks
    if period == "hour":
        hours, days = story.draw(3, 9), story.draw(2, 6)
        facts.append(f"they work {hours} hours a day")
        return f"{days} days", amount * hours * days
    number = story.draw(2, 20)
    return f"{number} {period}s", amount * number


STRUCTURES: dict[str, tuple[int, Callable[[Story], Told]]] = {
    "routine": (8, routine),
    "venture": (7, venture),
    "week_sequence": (4, week_sequence),
    "book": (4, book),
    "travel": (4, travel),
    "factory": (4, factory),
    "work_rate": (2, work_rate),
    "recipe": (3, recipe),
    "nested_groups": (4, nested_groups),
    "sharing": (4, sharing),
    "conversion": (5, conversion),
    "animals": (3, animals),
}
