"""Stories about ages, averages, shapes, points, seats, growth, and sums of which one part is unknown."""

# ruff: noqa: E501 - the ways of saying one thing stand side by side in one string

from collections.abc import Callable
from fractions import Fraction

from app.training.generators.multistep_cast import people, person
from app.training.generators.multistep_story import Story, Term, Told, constant, lowered, raised, rest, share, total
from app.training.generators.words import COLORS, SMALL

_ELDERS = ("mother", "father", "aunt", "uncle", "teacher", "grandmother", "coach")


def ages(story: Story) -> Told:
    """Now, in some years and some years ago."""
    one, two = people(story, 2)
    age, years = story.draw(4, 40), story.draw(2, 15)
    draw = story.between(0, 8)
    related, said = _older(story, age)
    story.whole(related)
    story.need(related.value < 95 and related.value > 1)
    now = story.pick((f"{one} is {age} years old", f"{one} is {age}", f"{one} is {age} years old now"))
    if draw == 0:
        facts = [now, f"{two} is {said} {one}"]
        return Told([*facts, story.vary(f"how old will {two} be in {years} years?")], related + years)
    if draw == 1:
        story.need(years.value < related.value)
        return Told([now, f"{two} is {said} {one}", f"how old was {two} {years} years ago?"], related - years)
    if draw == 2:
        return Told(
            [f"{two} is {said} {one}", f"if {now}, what will the sum of their ages be in {years} years?"],
            (age + years) + (related + years),
        )
    if draw == 3:
        later = story.number(int(age.value) + int(years.value))
        value, relation = _older(story, later - years)
        story.whole(value)
        story.need(value.value < 95)
        return Told(
            [
                story.vary(f"in {years} years, {one} will be {later} years old"),
                story.vary(f"{two} is {relation} {one} [now|]"),
                story.vary(f"how old is {two} [now|]?"),
            ],
            value,
        )
    if draw == 4:
        birth, child = story.draw(19, 40), story.draw(3, 18)
        elder = story.pick(("mother", "father", "aunt", "uncle"))
        when = story.draw(2, 20)
        facts = [story.vary(f"{one}'s {elder} was {birth} when {one} was born"), f"{one} is {child} years old now"]
        return Told([*facts, f"how old will {one.his} {elder} be in {when} years?"], birth + child + when)
    if draw == 5:
        ago, was = story.draw(2, 12), story.draw(3, 30)
        value, relation = _older(story, was + ago)
        story.whole(value)
        story.need(1 < value.value < 95)
        return Told(
            [f"{ago} years ago, {one} was {was} years old", f"{two} is {relation} {one} is now", f"how old is {two}?"],
            value,
        )
    if draw == 6:
        elder = story.pick(_ELDERS)
        multiple = story.times(story.pick((2, 3, 4, 5)))
        old = age * multiple
        story.need(old.value < 90)
        later = story.number(int(age.value) + int(years.value))
        return Told(
            [
                f"{one} is {age} years old",
                f"{one.his} {elder} is {multiple} as old",
                f"how old will {one.his} {elder} be when {one} is {later}?",
            ],
            old + (later - age),
        )
    if draw == 7:
        three = people(story, 3)
        first, second, third = three
        more, less = story.draw(2, 12), story.draw(2, 9)
        middle = age + more
        last = middle - less
        story.whole(last)
        facts = [f"{second} is {more} years older than {first}", f"{third} is {less} years younger than {second}"]
        if story.chance(0.5):
            return Told([*facts, f"if {first} is {age}, how old is {third}?"], last)
        return Told(
            [*facts, f"{first} is {age} years old", story.vary("what is the sum of their ages?")], age + middle + last
        )
    people_now = story.draw(60, 90)
    wed = story.draw(20, 35)
    married = story.draw(5, 25)
    story.need(wed.value + married.value < people_now.value)
    event = story.pick(("opened a shop", "built a house", "bought a farm", "opened a hotel", "bought a boat"))
    return Told(
        [
            f"{one} is {people_now} years old",
            f"{one.he} was {wed} when {one.he} {event}, and {married} years later {one.he} sold it",
            "how many years ago was the sale?",
        ],
        people_now - (wed + married),
    )


def _older(story: Story, age: Term) -> tuple[Term, str]:
    draw = story.rng.random()
    base = int(age.value)
    if draw < 0.3:
        multiple = story.times(story.pick((2, 2, 3, 4)))
        return age * multiple, f"{multiple} as old as"
    if draw < 0.45:
        half = story.fraction(story.pick((Fraction(1, 2), Fraction(1, 2), Fraction(1, 3), Fraction(1, 4))))
        return age * half, f"{half} as old as"
    if draw < 0.75:
        number = story.draw(2, 25)
        return age + number, f"{number} years older than"
    number = story.number(story.between(1, max(2, base - 2)))
    story.need(number.value > 1)
    return age - number, f"{number} years younger than"


def averages(story: Story) -> Told:
    """The mean of some numbers, a missing one, two groups."""
    who = person(story)
    what, low, high, one = story.pick(
        (
            ("points in {n} games", 8, 40, "game"),
            ("goals in {n} seasons", 4, 30, "season"),
            ("miles on {n} days", 3, 30, "day"),
            ("pages on {n} evenings", 10, 60, "evening"),
            ("tickets in {n} hours", 10, 80, "hour"),
        )
    )
    noun = what.split(" ")[0]
    past, base = {
        "points": ("scored", "score"),
        "goals": ("scored", "score"),
        "miles": ("walked", "walk"),
        "pages": ("read", "read"),
        "tickets": ("sold", "sell"),
    }[noun]
    style = story.between(0, 3)
    if style == 0:
        count = story.pick((3, 3, 4, 5))
        values = [story.draw(low, high) for _ in range(count)]
        value = total(values) / count
        story.whole(value)
        series = ", ".join(f"{number}" for number in values[:-1]) + f" and {values[-1]}"
        said = story.write(count, {3: "three", 4: "four", 5: "five"}[count])
        when = what.split(" ", 1)[1].replace("{n}", f"{said}")
        # The count of the values stands in the text, and so it is what the sum is divided by.
        value = total(values) / said
        return Told(
            [
                f"{when}, {who} {past} {series} {noun}",
                story.vary(
                    f"[how many {noun} did {who.he} {base} on average|what was {who.his} average|how many {noun} per {one} is that on average]?"
                ),
            ],
            value,
        )
    if style == 1:
        tests = story.pick((2, 3, 4))
        next_one, tests_taken = story.pick((("test", "tests"), ("exam", "exams"), ("quiz", "quizzes")))
        scores = [story.draw(60, 99) for _ in range(tests)]
        goal = story.draw(75, 95)
        value = goal * constant(tests + 1) - total(scores)
        story.whole(value)
        story.need(40 <= value.value <= 100)
        series = ", ".join(f"{number}" for number in scores[:-1]) + f" and {scores[-1]}"
        return Told(
            [
                f"{who} scored {series} on {who.his} {tests_taken} so far",
                f"what must {who.he} score on the next {next_one} to have an average of {goal}?",
            ],
            value,
        )
    if style == 2:
        first, second, mean_one, mean_two = story.draw(4, 20), story.draw(4, 20), story.draw(20, 90), story.draw(20, 90)
        value = (first * mean_one + second * mean_two) / (first + second)
        story.whole(value)
        thing, unit = story.pick(
            (("pumpkins", "pounds"), ("boards", "inches"), ("dogs", "pounds"), ("runners", "minutes"))
        )
        verb = {"pounds": "weigh", "inches": "measure", "minutes": "need"}[unit]
        return Told(
            [
                f"{first} {thing} {verb} {mean_one} {unit} on average, and {second} other {thing} {verb} {mean_two} {unit} on average",
                f"what is the average of all of them in {unit}?",
            ],
            value,
        )
    games, mean, last = story.draw(3, 12), story.draw(low, high), story.draw(low, high)
    value = games * mean + last
    facts = [story.vary(f"in the {games} {one}s so far, {who} {past} {mean} {noun} on average")]
    if story.chance(0.5):
        goal = story.number(int(value.value) + story.between(5, 80))
        return Told(
            [
                *facts,
                f"in the next {one} {who.he} {past} {last} {noun}",
                f"how many more {noun} does {who.he} need to reach {goal} in all?",
            ],
            goal - value,
        )
    return Told([*facts, f"in the next {one} {who.he} {past} {last} {noun}", f"how many {noun} is that in all?"], value)


def shapes(story: Story) -> Told:
    """Perimeter, area and what they cost."""
    who = person(story)
    place = story.pick(
        ("garden", "field", "playground", "yard", "pool", "park", "room", "picture", "farm plot", "tennis court")
    )
    unit = story.pick(("feet", "meters", "yards"))
    width = story.draw(4, 40)
    style = story.between(0, 5)
    if story.chance(0.5):
        length = story.draw(6, 90)
        story.need(length.value > width.value)
        facts = [
            story.vary(
                f"[a rectangular {place} is {length} {unit} long and {width} {unit} wide|{who} has a {place} that is {length} {unit} by {width} {unit}]"
            )
        ]
    else:
        draw = story.rng.random()
        if draw < 0.5:
            multiple = story.times(story.pick((2, 2, 3)))
            length, said = width * multiple, f"{multiple} as long as it is wide"
        elif draw < 0.8:
            more = story.draw(2, 20)
            length, said = width + more, f"{more} {unit} longer than it is wide"
        else:
            part = story.write(Fraction(1, 2), "half")
            length, said = width * part, f"{part} as long as it is wide"
        story.whole(length)
        facts = [f"a rectangular {place} is {said}", f"its width is {width} {unit}"]
    around, area = (length + width) * 2, length * width
    if style == 0:
        return Told(
            [*facts, story.vary(f"what is the [perimeter of the {place}|distance around the {place}] in {unit}?")],
            around,
        )
    if style == 1:
        price = story.price(2, 25)
        one = {"feet": "foot", "meters": "meter", "yards": "yard"}[unit]
        cost = around * price
        return Told(
            [
                *facts,
                story.vary(f"a fence costs {price} per {one}"),
                f"how much does it cost to put a fence around the {place}?",
            ],
            cost,
            "money",
        )
    if style == 2:
        price = story.price(1, 12)
        one = {"feet": "foot", "meters": "meter", "yards": "yard"}[unit]
        return Told(
            [
                *facts,
                story.vary(f"[new grass|carpet|paint|tile] costs {price} per square {one}"),
                f"how much does it cost to cover the {place}?",
            ],
            area * price,
            "money",
        )
    if style == 3:
        tile = story.draw(2, 12)
        container, containers = story.pick(
            (
                ("bag of seed", "bags of seed"),
                ("can of paint", "cans of paint"),
                ("roll of carpet", "rolls of carpet"),
                ("box of tiles", "boxes of tiles"),
            )
        )
        value = area / tile
        story.whole(value)
        return Told(
            [
                *facts,
                f"a {container} is enough for {tile} square {unit}",
                f"how many {containers} does {who} need to cover all of it?",
            ],
            value,
        )
    if style == 4:
        laps, days = story.draw(2, 12), story.draw(2, 9)
        return Told(
            [
                *facts,
                f"{who} walks around it {laps} times a day",
                f"how many {unit} does {who.he} walk in {days} days?",
            ],
            around * laps * days,
        )
    side = story.draw(5, 40)
    story.need(area.value > side.value * side.value)
    return Told(
        [
            *facts,
            f"a square {story.pick(('shed', 'pond', 'patio', 'flower bed'))} with sides of {side} {unit} covers part of it",
            f"how many square {unit} of the {place} are left?",
        ],
        area - side * side,
    )


def points(story: Story) -> Told:
    """Games and tests where a hit, a win or an answer is worth so many points."""
    one, two = people(story, 2)
    first, second = story.draw(3, 30), story.draw(2, 20)
    worth, other = story.draw(2, 10), story.draw(1, 9)
    story.need(worth.value > other.value)
    style = story.between(0, 4)
    if style == 0:
        event = story.pick(("quiz", "contest", "math test", "spelling bee", "video game"))
        facts = [
            f"in a {event}, every correct answer gives {worth} points, and every wrong answer costs {other} points"
        ]
        story.need(other.value > 1)
        value = first * worth - second * other
        return Told(
            [
                *facts,
                story.vary(f"{one} [has|gets] {first} correct and {second} wrong answers"),
                story.vary(f"how many points does {one} [get|have]?"),
            ],
            value,
        )
    if style == 1:
        team = story.pick(("Falcons", "Bears", "Comets", "Hawks", "Sharks"))
        wins, draws = first, second
        facts = [
            f"a team gets {worth} points for a win and {other} {'point' if other.value == 1 else 'points'} for a draw"
        ]
        facts.append(f"the {team} have {wins} wins and {draws} draws")
        value = wins * worth + draws * other
        if story.chance(0.4):
            goal = story.number(int(value.value) + story.between(3, 40))
            return Told([*facts, f"how many points are they short of {goal}?"], goal - value)
        return Told([*facts, "how many points do they have?"], value)
    if style == 2:
        two_points = story.write(2, story.pick(("2", "two")))
        three_points = story.write(3, story.pick(("3", "three")))
        threes = story.draw(2, 12)
        value = first * two_points + threes * three_points
        facts = [
            f"in a basketball game, {one} made {first} shots worth {two_points} points each and {threes} shots worth {three_points} points each"
        ]
        if story.chance(0.5):
            free = story.draw(3, 40)
            facts.append(f"{two} scored {free} points")
            return Told([*facts, "how many points did they score together?"], value + free)
        free = story.draw(2, 12)
        facts.append(f"{one.he} also got {free} free throws, worth a single point each")
        return Told([*facts, f"how many points did {one} score in all?"], value + free)
    if style == 3:
        facts = [f"in a game, a blue token is worth {worth} points and a red token {other} points"]
        story.need(other.value > 1)
        blue, red = story.draw(2, 20), story.draw(2, 20)
        mine, theirs = first * worth + second * other, blue * worth + red * other
        story.need(mine.value != theirs.value)
        value = mine - theirs if mine.value > theirs.value else theirs - mine
        winner, loser = (one, two) if mine.value > theirs.value else (two, one)
        return Told(
            [
                *facts,
                f"{one} has {first} blue and {second} red tokens",
                f"{two} has {blue} blue and {red} red ones",
                f"how many more points does {winner} have than {loser}?",
            ],
            value,
        )
    levels, each = story.draw(3, 12), story.draw(5, 60)
    bonus = story.draw(10, 100, 5)
    lost = story.draw(5, 60)
    value = levels * each + bonus - lost
    thing = story.pick(("coins", "stars", "gems", "points"))
    return Told(
        [
            story.vary(f"{one} plays a video game and [collects|wins|finds] {each} {thing} in each of {levels} levels"),
            f"{one.he} then gets a bonus of {bonus} {thing} but loses {lost}",
            f"how many {thing} does {one.he} have in the end?",
        ],
        value,
    )


def seats(story: Story) -> Told:
    """Rows, tables and rooms, some of them taken."""
    place, one, many, most, low, high = story.pick(
        (
            ("theater", "row", "rows", 40, 10, 30),
            ("stadium", "section", "sections", 24, 40, 120),
            ("restaurant", "table", "tables", 40, 2, 8),
            ("train", "car", "cars", 16, 30, 80),
            ("airplane", "row", "rows", 45, 4, 10),
            ("wedding hall", "table", "tables", 30, 4, 12),
            ("classroom", "row", "rows", 8, 3, 8),
            ("boat", "bench", "benches", 20, 3, 8),
        )
    )
    rows, each = story.draw(4, most), story.draw(low, high)
    everything = rows * each
    facts = [
        story.vary(
            f"[a {place} has {rows} {many} with {each} seats each|there are {rows} {many} of {each} seats in a {place}|a {place} has {rows} {many}, and each {one} has {each} seats]"
        ).replace("a airplane", "an airplane")
    ]
    style = story.between(0, 4)
    if style == 0:
        part = story.some_fraction()
        value = rest(everything, part)
        story.whole(value)
        facts.append(story.vary(f"{part} of the seats are [taken|occupied|reserved]"))
        return Told([*facts, story.vary("how many seats are [still free|empty|left]?")], value)
    if style == 1:
        percent = story.some_percent()
        value = share(everything, percent)
        story.whole(value)
        price = story.price(4, 40)
        facts.append(f"{percent} of the seats are sold for {price} each")
        return Told([*facts, "how much money does that bring in?"], value * price, "money")
    if style == 2:
        people_in = story.draw(10, 400)
        value = everything - people_in
        story.whole(value)
        facts.append(story.vary(f"{people_in} people are [already sitting down|in their seats]"))
        return Told([*facts, "how many more people can sit down?"], value)
    if style == 3:
        extra, more_each = story.draw(2, 10), story.draw(low, high)
        facts.append(f"{extra} more {many} with {more_each} seats each are added")
        return Told([*facts, "how many seats are there then?"], everything + extra * more_each)
    empty, broken = story.draw(1, 3), story.draw(2, 20)
    story.need(empty.value > 1 and empty.value < rows.value)
    facts.append(f"{empty} {many} are closed, and {broken} of the other seats are broken")
    value = (rows - empty) * each - broken
    story.whole(value)
    return Told([*facts, "how many seats can be used?"], value)


def growth(story: Story) -> Told:
    """Something grows, burns down, is charged or doubles."""
    who = person(story)
    style = story.between(0, 7)
    start, rate, time = story.draw(5, 60), story.draw(2, 12), story.draw(3, 15)
    if style == 0:
        plant, period = (
            story.pick(("sunflower", "bamboo plant", "tomato plant", "young tree", "bean plant", "vine")),
            story.pick(("week", "month")),
        )
        other = story.draw(2, 9)
        facts = [f"a {plant} is {start} inches tall and grows {rate} inches a {period}"]
        if story.chance(0.5):
            goal = story.number(int(start.value) + int(rate.value) * story.between(3, 15))
            return Told([*facts, f"after how many {period}s is it {goal} inches tall?"], (goal - start) / rate)
        facts.append(f"after {time} {period}s, {who} cuts off {other} inches")
        return Told([*facts, "how many inches tall is it then?"], start + rate * time - other)
    if style == 1:
        long = story.draw(20, 90)
        candles = story.draw(2, 9)
        value = long - rate * candles
        story.whole(value)
        return Told(
            [
                f"a candle is {long} centimeters long",
                story.vary(f"it burns down {rate} centimeters [every hour|an hour|per hour]"),
                f"how many centimeters are left after {candles} hours?",
            ],
            value,
        )
    if style == 2:
        doubles = story.write(2, "doubles")
        doublings = story.pick((2, 3, 4))
        grown: Term = start
        for _ in range(doublings):
            grown = grown * doubles
        span = story.number(doublings)
        thing = story.pick(("bacteria in a dish", "lily pads on a pond", "views of a video", "members of a club"))
        period = "hour" if thing.startswith("bac") else "day"
        return Told(
            [
                f"the number of {thing} {doubles} every {period}",
                story.vary(f"[at first there are {start} of them|there are {start} of them now]"),
                f"how many of them are there after {span} {period}s?",
            ],
            grown,
        )
    if style == 3:
        people_now = story.draw(400, 9_000, 100)
        first, second = story.percent(story.pick((5, 10, 20, 25, 50))), story.percent(story.pick((5, 10, 20, 25)))
        grown = raised(people_now, first)
        fell = story.chance(0.4)
        value = lowered(grown, second) if fell else raised(grown, second)
        story.whole(grown, value)
        place = story.pick(("a village", "a small town", "an island", "a valley"))
        facts = [
            f"{place} has {people_now} inhabitants",
            f"in the following year their number grows by {first}",
            f"in the year after, it {'falls' if fell else 'grows'} by {second}",
        ]
        return Told([*facts, "how many inhabitants are there then?"], value)
    if style == 4:
        temperature, later = story.draw(40, 80), story.draw(2, 9)
        hours = story.draw(2, 6)
        value = temperature + rate * hours - later
        return Told(
            [
                f"at dawn it is {temperature} degrees",
                f"the temperature rises by {rate} degrees an hour for {hours} hours and then falls by {later} degrees",
                "how many degrees is it then?",
            ],
            value,
        )
    if style == 5:
        size, loaded = story.draw(200, 3_000, 50), story.percent(story.pick((10, 20, 25, 40, 50, 60, 75, 80)))
        speed = story.draw(5, 50, 5)
        value = lowered(size, loaded) / speed
        story.whole(value)
        return Told(
            [
                f"a file has {size} megabytes, and {loaded} of it is already {story.pick(('loaded', 'copied', 'sent'))}",
                f"the rest goes at {speed} megabytes a minute",
                "how many minutes does the rest take?",
            ],
            value,
        )
    if style == 6:
        pounds, months, goal = story.draw(120, 260), story.draw(3, 12), story.draw(5, 30)
        each = story.draw(2, 6)
        value = pounds - each * months
        animal = story.pick(("zoo's bear", "zoo's gorilla", "circus pony", "farm's old pig"))
        return Told(
            [
                f"a {animal} weighs {pounds} pounds and loses {each} pounds a month on a diet",
                f"then it gains {goal} pounds",
                f"how much does it weigh in pounds if the diet lasted {months} months?",
            ],
            value + goal,
        )
    deep, storm, melted = story.draw(4, 30), story.draw(2, 12), story.some_fraction()
    value = rest(deep + storm, melted)
    story.whole(value)
    return Told(
        [
            f"there are {deep} inches of snow on the ground",
            f"in the night {storm} more inches fall, and by noon {melted} of all the snow has melted",
            "how many inches of snow are left?",
        ],
        value,
    )


def unknown_part(story: Story) -> Told:
    """The sum and a relation are given: how much is one part?"""
    one, two = people(story, 2)
    noun = story.pick(story.pick(SMALL).things).many
    small = story.between(3, 60)
    style = story.between(0, 5)
    if style == 0:
        multiple = story.times(story.pick((2, 2, 3, 4, 5)))
        whole = story.number(small * (int(multiple.value) + 1))
        value = whole / (multiple + 1)
        ask_big = story.chance(0.4)
        facts = [
            f"{one} has {multiple} as many {noun} as {two}",
            story.vary(f"[together they have {whole} {noun}|they have {whole} {noun} in all]"),
        ]
        if ask_big:
            return Told([*facts, f"how many {noun} does {one} have?"], value * multiple)
        return Told([*facts, f"how many {noun} does {two} have?"], value)
    if style == 1:
        more = story.draw(2, 30)
        whole = story.number(2 * small + int(more.value))
        value = (whole - more) / 2
        facts = [
            story.vary(f"[together, {one} and {two} have {whole} {noun}|{one} and {two} have {whole} {noun} together]"),
            f"{one} has {more} more {noun} than {two}",
        ]
        if story.chance(0.4):
            return Told([*facts, f"how many {noun} does {one} have?"], value + more)
        return Told([*facts, f"how many {noun} does {two} have?"], value)
    if style == 2:
        multiple, more = story.times(story.pick((2, 3))), story.draw(2, 12)
        whole = story.number(small * (int(multiple.value) + 1) + int(more.value))
        value = (whole - more) / (multiple + 1)
        return Told(
            [
                f"{one} has {more} more than {multiple} as many {noun} as {two}",
                f"together they have {whole}",
                f"how many {noun} does {two} have?",
            ],
            value,
        )
    if style == 3:
        first, second = story.some(COLORS, 2)
        thing = story.pick(story.pick(SMALL).things).many
        multiple = story.times(story.pick((2, 3, 4)))
        gap = story.number(small * (int(multiple.value) - 1))
        value = gap / (multiple - 1)
        facts = [
            f"there are {multiple} as many {first} {thing} as {second} {thing} in a box",
            f"the box has {gap} more {first} {thing} than {second} {thing}",
        ]
        if story.chance(0.5):
            return Told(
                [*facts, f"how many {thing} of these colors are in the box?"],
                value + value * multiple,
            )
        return (
            Told([*facts, f"how many {second} {thing} are there?"], value)
            if multiple.value > 2
            else Told([*facts, f"how many {first} {thing} are there?"], value * multiple)
        )
    if style == 4:
        parts = story.some((1, 2, 3, 4, 5, 7), 2)
        story.need(parts[0] > 1 and parts[1] > 1)
        left, right = story.write(parts[0], str(parts[0])), story.write(parts[1], str(parts[1]))
        whole = story.number(small * sum(parts))
        groups = story.pick(
            (
                ("boys", "girls", "children in a school"),
                ("cats", "dogs", "animals in a shelter"),
                ("red tulips", "white tulips", "tulips in a park"),
                ("adults", "children", "visitors of a museum"),
                ("goats", "sheep", "animals on a farm"),
            )
        )
        ratio = story.pick(
            (
                f"for every {left} {groups[0]} there are {right} {groups[1]}",
                f"the ratio of {groups[0]} to {groups[1]} is {left} to {right}",
            )
        )
        noun_whole = groups[2].split(" ")[0]
        story.need(not noun_whole.startswith("children"))
        return Told(
            [
                f"among the {whole} {groups[2]}, {ratio}",
                f"how many {groups[0]} are there?",
            ],
            whole / (left + right) * left,
        )
    three = people(story, 3)
    more, less = story.draw(2, 15), story.draw(2, 15)
    whole = story.number(3 * small + int(more.value) + int(less.value))
    story.need(small > 4)
    value = (whole - more - less) / 3
    facts = [
        f"{three[1]} has {more} more {noun} than {three[0]}, and {three[2]} has {less} more than {three[0]}",
        story.vary(f"all of them together have {whole} {noun}"),
    ]
    return Told([*facts, f"how many {noun} does {three[0]} have?"], value)


def food_energy(story: Story) -> Told:
    """Calories, vitamins, minutes of exercise."""
    who = person(story)
    food, other = story.some(
        (
            "an apple",
            "a sandwich",
            "a bowl of soup",
            "a slice of pizza",
            "a banana",
            "a muffin",
            "a glass of milk",
            "an egg",
            "a cookie",
            "a salad",
        ),
        2,
    )
    plural = {
        "an apple": "apples",
        "a sandwich": "sandwiches",
        "a bowl of soup": "bowls of soup",
        "a slice of pizza": "slices of pizza",
        "a banana": "bananas",
        "a muffin": "muffins",
        "a glass of milk": "glasses of milk",
        "an egg": "eggs",
        "a cookie": "cookies",
        "a salad": "salads",
    }
    one, two, count, others = story.draw(60, 320, 10), story.draw(60, 320, 10), story.draw(2, 5), story.draw(2, 4)
    eaten = one * count + two * others
    facts = [
        f"{food} has {one} calories and {other} has {two}",
        story.vary(f"[today|for lunch|during the day] {who} had {count} {plural[food]} and {others} {plural[other]}"),
    ]
    draw = story.rng.random()
    if draw < 0.35:
        limit = story.number((int(eaten.value) // 100 + story.between(2, 12)) * 100)
        return Told(
            [*facts, f"{who.he} wants to stay at {limit} calories", f"how many calories does {who.he} have left?"],
            limit - eaten,
        )
    if draw < 0.7:
        burn, minutes = story.draw(4, 14), story.draw(10, 60, 5)
        value = eaten - burn * minutes
        story.whole(value)
        return Told(
            [
                *facts,
                f"then {who.he} {story.pick(('ran', 'swam', 'danced', 'biked'))} for {minutes} minutes, which burned {burn} calories a minute",
                "how many calories are left over?",
            ],
            value,
        )
    return Told([*facts, "how many calories is that in all?"], eaten)


def loads(story: Story) -> Told:
    """Weights on a truck, in an elevator, in a suitcase."""
    who = person(story)
    carrier, limit_low, limit_high = story.pick(
        (
            ("A truck", 900, 5_000),
            ("An elevator", 800, 2_000),
            ("A boat", 600, 2_400),
            ("A cart", 200, 900),
            ("A shelf", 100, 500),
        )
    )
    limit = story.draw(limit_low, limit_high, 50)
    one, two, count, others = story.draw(10, 120, 5), story.draw(5, 60), story.draw(2, 12), story.draw(2, 12)
    load = one * count + two * others
    story.need(load.value < limit.value)
    first, second = story.some(("boxes", "sacks", "crates", "barrels", "cases"), 2)
    facts = [
        f"{carrier.lower()} can carry {limit} pounds",
        f"{who} has loaded {count} {first} of {one} pounds each and {others} {second} of {two} pounds each",
    ]
    draw = story.rng.random()
    left = limit - load
    if draw < 0.35:
        each = story.number(
            story.pick([size for size in (5, 10, 15, 20, 25, 30, 40, 50) if left.value % size == 0] or [1])
        )
        story.need(each.value > 1)
        return Told([*facts, f"how many bags of {each} pounds each can still be added?"], left / each)
    if draw < 0.6:
        off = story.draw(2, 9)
        story.need(off.value < count.value)
        lighter = one * (count - off) + two * others
        return Told(
            [*facts, f"then {who.he} takes {off} of the {first} off again", "how many pounds are loaded now?"], lighter
        )
    if draw < 0.8:
        return Told([*facts[1:], "how many pounds is that altogether?"], load)
    return Told([*facts, "how many more pounds can it carry?"], left)


def attendance(story: Story) -> Told:
    """A crowd over several days or places, with percentages."""
    event = story.pick(("fair", "museum", "festival", "zoo", "swimming pool", "exhibition", "library"))
    first = story.draw(60, 900, 20)
    percent = story.percent(story.pick((10, 20, 25, 50)))
    second = raised(first, percent) if (more := story.chance(0.6)) else lowered(first, percent)
    story.whole(second)
    facts = [
        story.vary(
            f"[on Friday, {first} people visited the {event}|{first} people came to the {event} on Friday|the {event} had {first} visitors on Friday]"
        ),
        story.vary(
            f"on Saturday, [there were {percent} {'more' if more else 'fewer'} visitors|{percent} {'more' if more else 'fewer'} people came|the number was {percent} {'higher' if more else 'lower'}] than on Friday"
        ),
    ]
    draw = story.rng.random()
    if draw < 0.4:
        return Told(
            [
                *facts,
                story.vary("how many [people|visitors] came on these days in all?"),
            ],
            first + second,
        )
    if draw < 0.7:
        part = story.fraction(story.pick((Fraction(1, 2), Fraction(1, 3), Fraction(1, 4), Fraction(2, 3))))
        third = second * part
        story.whole(third)
        facts.append(story.vary(f"on Sunday, [there were|there came] {part} as many [people|visitors|] as on Saturday"))
        if story.chance(0.5):
            return Told([*facts, story.pick(("how many came on Sunday?", "how many people came on Sunday?"))], third)
        return Told(
            [
                *facts,
                story.pick(
                    (
                        "how many came in all?",
                        "how many people came on all of these days?",
                        "what was the total number of visitors?",
                    )
                ),
            ],
            first + second + third,
        )
    price = story.price(2, 15)
    return Told(
        [
            *facts,
            story.vary(f"[everybody paid {price}|a ticket cost {price}|each visitor paid {price}]"),
            story.pick(
                ("how much money was taken in on Saturday?", "how much did the visitors of Saturday pay in all?")
            ),
        ],
        second * price,
        "money",
    )


STRUCTURES: dict[str, tuple[int, Callable[[Story], Told]]] = {
    "ages": (5, ages),
    "averages": (3, averages),
    "shapes": (3, shapes),
    "points": (4, points),
    "seats": (2, seats),
    "growth": (4, growth),
    "unknown_part": (4, unknown_part),
    "food_energy": (1, food_energy),
    "loads": (1, loads),
    "attendance": (3, attendance),
}
