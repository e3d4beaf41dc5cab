"""Stories about money: shopping, wages, saving, profit, plans that are compared."""

# ruff: noqa: E501 - the ways of saying one thing stand side by side in one string

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from app.training.generators.multistep_cast import people, person
from app.training.generators.multistep_story import Story, Term, Told, constant, lowered, raised, rest, share, total

_GOODS: tuple[tuple[str, int, int], ...] = (
    ("notebook,notebooks", 1, 6), ("pencil,pencils", 1, 2), ("sandwich,sandwiches", 3, 9), ("T-shirt,T-shirts", 8, 25),
    ("book,books", 5, 20), ("ticket,tickets", 4, 30), ("plant,plants", 2, 15), ("mug,mugs", 4, 14),
    ("chair,chairs", 15, 60), ("lamp,lamps", 12, 45), ("poster,posters", 3, 12), ("candle,candles", 2, 10),
    ("pizza,pizzas", 8, 18), ("bottle of juice,bottles of juice", 2, 5), ("bag of rice,bags of rice", 2, 9),
    ("box of cereal,boxes of cereal", 3, 6), ("loaf of bread,loaves of bread", 2, 5), ("carton of eggs,cartons of eggs", 3, 6),
    ("scarf,scarves", 7, 20), ("hat,hats", 8, 24), ("towel,towels", 5, 16), ("toy car,toy cars", 2, 9),
    ("puzzle,puzzles", 6, 18), ("bracelet,bracelets", 4, 20), ("folder,folders", 1, 4), ("paintbrush,paintbrushes", 2, 7),
    ("cupcake,cupcakes", 2, 4), ("kite,kites", 6, 20), ("block of cheese,blocks of cheese", 4, 12),
    ("basket of apples,baskets of apples", 2, 9), ("bouquet,bouquets", 6, 22), ("umbrella,umbrellas", 9, 20),
    ("backpack,backpacks", 20, 60), ("blanket,blankets", 12, 40), ("can of paint,cans of paint", 9, 35),
    ("light bulb,light bulbs", 2, 8), ("tire,tires", 40, 120), ("bag of soil,bags of soil", 4, 12),
    ("pumpkin,pumpkins", 2, 8), ("fishing rod,fishing rods", 18, 70), ("tennis racket,tennis rackets", 25, 90),
    ("jar of honey,jars of honey", 4, 12), ("salad,salads", 4, 11), ("smoothie,smoothies", 3, 8), ("burger,burgers", 4, 12),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """Some goods at a price: how many, of what, for how much each."""

    count: Term
    one: str
    many: str
    price: Term

    @property
    def cost(self) -> Term:
        return self.count * self.price


def _lines(story: Story, number: int, *, most: int = 9) -> list[Line]:
    lines = []
    for forms, low, high in story.some(_GOODS, number):
        one, many = forms.split(",")
        lines.append(Line(story.draw(2, most), one, many, story.price(low, high)))
    return lines


def _prices(story: Story, lines: list[Line]) -> list[str]:
    """The prices alone, as a shop states them."""
    single = [f"{_article(line.one)} {line.one} costs {line.price}" for line in lines]
    if story.chance(0.4):
        return [_enumerate([single[0], *(f"{_article(line.one)} {line.one} {line.price}" for line in lines[1:])])]
    if story.chance(0.3):
        place = story.pick(("at the market", "in the store", "at a shop nearby", "this week", "at the fair"))
        return [
            f"{place}, {line.many} cost {line.price} each" if not index else f"{line.many} cost {line.price} each"
            for index, line in enumerate(lines)
        ]
    return [_enumerate(single)]


def _article(word: str) -> str:
    return "an" if word[0] in "aeio" or word.startswith("umb") else "a"


def _enumerate(clauses: list[str]) -> str:
    return clauses[0] if len(clauses) == 1 else f"{', '.join(clauses[:-1])} and {clauses[-1]}"


def _bought(story: Story, who: str, he: str, lines: list[Line], bought: str = "bought") -> list[str]:
    """How the goods are told of, with their prices."""
    draw = story.rng.random()
    if draw < 0.4:
        style = story.pick(("for {p} each", "at {p} each", "that cost {p} each", "at {p} apiece"))
        items = [f"{line.count} {line.many} {style.replace('{p}', f'{line.price}')}" for line in lines]
        return [f"{who} {bought} {_enumerate(items)}"]
    if draw < 0.65:
        counts = _enumerate([f"{line.count} {line.many}" for line in lines])
        return [*_prices(story, lines), f"{who} {bought} {counts}"]
    if draw < 0.85:
        counts = _enumerate([f"{line.count} {line.many}" for line in lines])
        each = [f"the {line.many} cost {line.price} each" for line in lines]
        return [f"{who} {bought} {counts}", *([_enumerate(each)] if story.chance(0.5) else each)]
    first = f"{who} {bought} {lines[0].count} {lines[0].many} for {lines[0].price} each"
    return [
        first,
        *(f"{he} also {bought} {line.count} {line.many}, each of which cost {line.price}" for line in lines[1:]),
    ]


def shopping(story: Story) -> Told:
    """Several goods, and what becomes of the bill."""
    who = person(story)
    relation = story.chance(0.2)
    lines = _lines(story, story.pick((1, 2, 2, 2, 3)) if not relation else 2)
    cost = total([line.cost for line in lines])
    if relation:  # one price is said relative to the other
        base, other = lines
        draw = story.rng.random()
        if draw < 0.35:
            multiple = story.times(story.pick((2, 2, 3)))
            price, said = base.price * multiple, f"{multiple} as much as"
        elif draw < 0.6:
            half = story.write(Fraction(1, 2), "half")
            price, said = base.price * half, f"{half} as much as"
        else:
            more = story.price(1, 6)
            price, said = base.price + more, f"{more} more than"
        cost = base.cost + other.count * price
        facts = [
            f"{_article(base.one)} {base.one} costs {base.price}, and {_article(other.one)} {other.one} costs {said} {_article(base.one)} {base.one}",
            f"{who} bought {base.count} {base.many} and {other.count} {other.many}",
        ]
    else:
        facts = _bought(story, who.name, who.he, lines)
    story.cents(cost)
    draw = story.rng.random()
    if draw < 0.3 and (len(lines) > 1 or relation):
        question = story.vary(
            f"[how much did {who} [spend|pay] [in all|in total|altogether|]|what was the total cost|how much money did {who} spend|what did {who} pay for everything|calculate the total cost of {who}'s purchase]"
        )
        return Told([*facts, question + ("." if question.startswith("calc") else "?")], cost, "money")
    if draw < 0.55:
        bill = story.money(_bill(story, cost))
        if story.chance(0.6):
            facts.append(
                story.vary(f"[{who.he} paid with {bill}|{who.he} gave the cashier {bill}|{who.he} handed over {bill}]")
            )
            return Told(
                [*facts, story.vary(f"how much change [did {who.he} get back|should {who.he} get|did {who} receive]?")],
                bill - cost,
                "money",
            )
        facts.insert(0, story.vary(f"{who} [went to the store with|had|took|had saved] {bill}"))
        return Told(
            [*facts, story.vary(f"how much money [does {who} have left|did {who} have left|is left]?")],
            bill - cost,
            "money",
        )
    if draw < 0.67:
        percent = story.some_percent()
        cut = lowered(cost, percent)
        story.cents(cut)
        facts.append(
            story.vary(
                f"[{who.he} had a coupon for {percent} off|the store gave {who.him} a {percent} discount|the whole purchase was {percent} off|{who.he} got {percent} off the total]"
            )
        )
        return Told([*facts, story.vary(f"how much did {who} [pay|spend|have to pay]?")], cut, "money")
    if draw < 0.77:
        percent = story.percent(story.pick((5, 6, 8, 10, 10, 15, 20)))
        after = raised(cost, percent)
        story.cents(after)
        facts.append(
            story.vary(
                f"[a sales tax of {percent} was added|the sales tax is {percent}|there was a {percent} tax on everything|{who.he} also left a {percent} tip]"
            )
        )
        return Told([*facts, story.vary(f"how much did {who} pay [in total|in all|altogether]?")], after, "money")
    if draw < 0.9:
        sharers = story.number(story.between(2, 6))
        each = cost / sharers
        story.cents(each)
        facts.append(story.vary(f"the bill was [split|shared] [equally|evenly] among {sharers} people"))
        return Told([*facts, "how much did each of them pay?"], each, "money")
    saved = story.money(story.between(2, max(3, int(cost.value) - 1)))
    story.need(saved.value < cost.value)
    facts = [fact.replace(" bought ", " wants to buy ") for fact in facts]
    facts.append(story.vary(f"so far {who.he} has {saved}"))
    return Told([*facts, story.vary(f"how much more money does {who} need?")], cost - saved, "money")


def _bill(story: Story, cost: Term) -> int:
    """Banknotes that are enough for `cost`."""
    step = story.pick((5, 10, 20, 50))
    return (int(cost.value) // step + 1) * step


def discount(story: Story) -> Told:
    """One price, lowered and raised."""
    who = person(story)
    thing = story.pick(
        "coat bicycle tablet camera guitar desk jacket sweater watch tent sofa printer suitcase blender dress".split()
    )
    price = story.money(story.between(20, 600, story.pick((4, 5, 10, 20))))
    first = story.some_percent()
    after = lowered(price, first)
    story.cents(after)
    facts = [
        story.vary(
            f"[{_article(thing)} {thing} costs {price}|the regular price of {_article(thing)} {thing} is {price}|{who} wants to buy {_article(thing)} {thing} that costs {price}|a store sells {_article(thing)} {thing} for {price}]"
        )
    ]
    facts.append(
        story.vary(
            f"[it is on sale for {first} off|today there is a discount of {first}|the price is reduced by {first}|the store takes {first} off]"
        )
    )
    draw = story.rng.random()
    if draw < 0.25:
        second = story.some_percent()
        value = lowered(after, second)
        facts.append(
            story.vary(
                f"[with a coupon, {who} gets another {second} off the reduced price|members get {second} off the sale price, and {who} is a member]"
            )
        )
        question = f"how much does {who} pay"
    elif draw < 0.45:
        tax = story.percent(story.pick((5, 8, 10, 20)))
        value = raised(after, tax)
        facts.append(f"a tax of {tax} is added to the reduced price")
        question = f"how much does the {thing} cost [in all|with tax]"
    elif draw < 0.62:
        less = story.price(2, 15)
        value = after - less
        facts.append(
            story.vary(
                f"[{who} also has a gift card worth {less}|{who} pays {less} of it with an old gift card|{who} then gets another {less} off as a loyal customer]"
            )
        )
        question = f"how much [does {who} still have to pay|is left to pay]"
    elif draw < 0.8:
        number = story.draw(2, 6)
        value = after * number
        question = f"how much do {number} of them cost [now|at the reduced price]"
    else:
        have = story.money(_bill(story, after))
        value = have - after
        facts.append(f"{who} has {have}")
        question = f"how much money will {who} have left [after buying it|if {who.he} buys the {thing}]"
    story.cents(value)
    return Told([*facts, story.vary(question) + "?"], value, "money")


_JOBS = ("a waiter", "a lifeguard", "a cashier", "a gardener", "a tutor", "a mechanic", "a painter", "a babysitter", "a librarian", "a cook", "a guide", "a driver", "a nurse", "a carpenter")  # fmt: skip


def wages(story: Story) -> Told:
    """Hours at a rate, with overtime, tips, taxes, a second job."""
    who = person(story)
    rate, hours = story.price(8, 40), story.draw(3, 10)
    job = story.vary(
        f"[as {story.pick(_JOBS)}|at a {story.pick(('cafe', 'bookstore', 'garage', 'hotel', 'farm', 'zoo'))}|at {who.his} job]"
    )
    paid = story.vary(
        f"[{who} earns {rate} [an|per] hour {job}|{who} works {job} for {rate} [an|per] hour|{job}, {who} is paid {rate} for every hour]"
    )
    style = story.between(0, 6)
    if style == 0:
        days, weeks = story.draw(2, 6), story.draw(2, 8)
        facts = [paid, story.vary(f"{who.he} works {hours} hours a day, {days} days a week")]
        return Told(
            [*facts, story.vary(f"how much [money|] does {who.he} earn in {weeks} weeks?")],
            rate * hours * days * weeks,
            "money",
        )
    if style == 1:
        normal, more = story.draw(30, 40, 5), story.draw(2, 14)
        if story.chance(0.3):
            extra = story.percent(story.pick((20, 25, 50, 50)))
            over = raised(rate, extra)
            said = f"for overtime, {who.he} gets {extra} more per hour"
        elif story.chance(0.5):
            number = story.write(2, "twice") if story.chance(0.4) else story.write(Fraction(3, 2), "1.5 times")
            over = rate * number
            said = story.vary(f"overtime is paid at {number} the [normal|regular|usual] rate")
        else:
            over = story.price(int(rate.value) + 2, int(rate.value) + 15)
            said = f"overtime is paid at {over} per hour"
        facts = [paid, said]
        if story.chance(0.5):
            facts.append(
                story.vary(f"last week {who.he} worked {normal} [normal|regular] hours and {more} hours of overtime")
            )
            value = rate * normal + over * more
        else:
            every = story.number(int(normal.value + more.value))
            facts = [
                paid,
                f"{story.pick(('every hour beyond', 'work beyond'))} {normal} hours a week counts as overtime",
                said,
                f"last week {who.he} worked {every} hours",
            ]
            value = rate * normal + over * (every - normal)
        story.cents(value)
        return Told([*facts, story.vary(f"how much did {who.he} earn [last week|that week|]?")], value, "money")
    if style == 2:
        days = story.draw(2, 6)
        tips = story.price(10, 60)
        facts = [
            paid,
            story.vary(f"[on top of that|in addition], {who.he} gets about {tips} in tips [a|every] day"),
            f"{who.he} works {hours} hours a day",
        ]
        return Told([*facts, f"how much does {who} make in {days} days?"], (rate * hours + tips) * days, "money")
    if style == 3:
        percent = story.percent(story.pick((10, 12, 15, 20, 20, 25, 30)))
        long_hours = story.draw(20, 45, 5)
        facts = [
            paid,
            f"{who.he} works {long_hours} hours a week",
            story.vary(
                f"[{percent} of {who.his} pay goes to taxes|{who.he} pays {percent} of it in taxes|{who.his} employer keeps {percent} for taxes]"
            ),
        ]
        value = lowered(rate * long_hours, percent)
        story.cents(value)
        return Told([*facts, story.vary(f"how much does {who} [take home|have left|get] each week?")], value, "money")
    if style == 4:
        other_rate, other_hours = story.price(8, 40), story.draw(2, 10)
        second = story.pick(("on weekends", "in the evenings"))
        facts = [
            paid,
            f"{second}, {who.he} {story.pick(('tutors students', 'walks dogs', 'plays in a band', 'repairs bicycles', 'cleans offices'))} for {other_rate} an hour",
        ]
        facts.append(
            f"this week {who.he} worked {hours} hours {job.replace('at a ', 'at the ')} and {other_hours} hours {second}"
        )
        story.need(not job.startswith("as"))
        if story.chance(0.5):
            return Told(
                [*facts, story.vary(f"how much did {who.he} earn [this week|in all|altogether]?")],
                rate * hours + other_rate * other_hours,
                "money",
            )
        weeks = story.draw(2, 8)
        return Told(
            [*facts, f"how much does {who.he} earn in {weeks} such weeks?"],
            (rate * hours + other_rate * other_hours) * weeks,
            "money",
        )
    if style == 5:
        percent, base = (
            story.percent(story.pick((2, 3, 4, 5, 8, 10, 12, 15, 20))),
            story.money(story.between(200, 2_000, 50)),
        )
        sales = story.money(story.between(500, 9_000, 100))
        facts = [
            story.vary(f"{who} earns {base} a [week|month] and a commission of {percent} on everything {who.he} sells"),
        ]
        period = "week" if "a week" in facts[0] else "month"
        if story.chance(0.5):
            facts.append(f"last {period} {who.he} sold goods for {sales}")
            value = base + share(sales, percent)
        else:
            pieces, price = story.draw(3, 30), story.money(story.between(50, 900, 10))
            facts.append(
                f"last {period} {who.he} sold {pieces} {story.pick(('phones', 'bicycles', 'sofas', 'sewing machines', 'laptops'))} for {price} each"
            )
            value = base + share(pieces * price, percent)
        story.cents(value)
        return Told([*facts, f"how much did {who} earn last {period}?"], value, "money")
    percent = story.percent(story.pick((5, 8, 10, 15, 20, 25)))
    month = story.money(story.between(1_000, 6_000, 100))
    facts = [
        story.vary(f"{who} earns {month} a month"),
        story.vary(
            f"[next year {who.his} pay goes up by {percent}|{who.he} gets a raise of {percent}|from January on {who.he} will get {percent} more]"
        ),
    ]
    value = raised(month, percent) * 12
    if story.chance(0.5):
        value = share(month, percent) * 12
        return Told(
            [*facts, story.vary(f"how much more does {who.he} earn in a year [then|with the raise]?")], value, "money"
        )
    return Told(
        [*facts, story.vary(f"how much does {who.he} earn in a [whole|full|] year [with the raise|then]?")],
        value,
        "money",
    )


def saving(story: Story) -> Told:
    """So much a week towards something."""
    who = person(story)
    thing = story.pick(
        (
            "a bicycle",
            "a guitar",
            "a new phone",
            "a school trip",
            "a camera",
            "a telescope",
            "a game console",
            "a skateboard",
            "a laptop",
            "a violin",
        )
    )
    period = story.pick(("week", "week", "month", "day"))
    each = story.money(story.between(3, 60))
    style = story.between(0, 5)
    saves = story.pick(("saves", "puts aside", "sets aside"))
    if style == 0:
        has, weeks = story.money(story.between(10, 120, 5)), story.between(3, 20)
        goal = story.money(has.value + each.value * weeks)
        facts = [
            story.vary(f"{who} wants to buy {thing} that costs {goal}"),
            f"{who.he} already has {has} and {saves} {each} every {period}",
        ]
        return Told(
            [*facts, story.vary(f"how many {period}s will it take {who.him} to have enough [money|]?")],
            (goal - has) / each,
            "count",
        )
    if style == 1:
        income, spent = story.money(story.between(10, 90, 5)), story.money(story.between(2, 40))
        story.need(income.value > spent.value)
        number = story.draw(4, 30)
        facts = [
            story.vary(f"[{who} gets {income} every {period}|{who} earns {income} a {period}]"),
            story.vary(f"{who.he} spends {spent} of it and saves the rest"),
        ]
        if story.chance(0.5):
            return Told(
                [*facts, f"how much has {who.he} saved after {number} {period}s?"], (income - spent) * number, "money"
            )
        goal = story.money((income.value - spent.value) * story.between(3, 20))
        facts.append(f"{who.he} needs {goal} for {thing}")
        return Told([*facts, f"for how many {period}s must {who.he} save?"], goal / (income - spent))
    if style == 2:
        one, two = people(story, 2)
        other = story.money(story.between(3, 60))
        number = story.draw(3, 20)
        facts = [f"{one} {saves} {each} a {period}", f"{two} {saves} {other} a {period}"]
        if story.chance(0.5):
            if each.value < other.value:
                one, two, big, small = two, one, other, each
            else:
                big, small = each, other
            story.need(big.value > small.value)
            return Told(
                [*facts, f"after {number} {period}s, how much more money has {one} saved than {two}?"],
                (big - small) * number,
                "money",
            )
        return Told(
            [*facts, f"how much money do they have together after {number} {period}s?"],
            (each + other) * number,
            "money",
        )
    if style == 3:
        income = story.money(story.between(800, 6_000, 100))
        rent, part = story.percent(story.pick((20, 25, 30, 35, 40))), story.some_fraction()
        left = lowered(income, rent)
        value = rest(left, part)
        story.cents(value)
        facts = [
            f"{who} earns {income} a month",
            story.vary(f"[{rent} of it goes to rent|{who.he} spends {rent} of it on rent]"),
            story.vary(f"{who.he} spends {part} of the rest on [food|food and clothes|bills]")
            + story.pick((" and saves what remains", "", ", and the remaining money is saved")),
        ]
        question = (
            f"how much does {who} save [each month|every month|a month]"
            if "sav" in facts[2]
            else "how much is left [each month|at the end of the month]"
        )
        if story.chance(0.3):
            value = value * 12
            question = question.split("[")[0] + "in a year"
        return Told([*facts, story.vary(question) + "?"], value, "money")
    if style == 4:
        allowances, multiple = story.draw(3, 12), story.times(story.pick((2, 3)))
        facts = [
            f"for {allowances} {period}s, {who} {saves} {each} a {period}",
            story.vary(
                f"{who.his} {story.pick(('mother', 'father', 'grandmother', 'uncle'))} then gives {who.him} {multiple} as much as {who.he} has saved"
            ),
        ]
        cost = story.money(story.between(10, 200, 5))
        value = each * allowances + each * allowances * multiple - cost
        return Told(
            [
                *facts,
                story.vary(f"if {who.he} buys {thing} for {cost}, how much money [does {who} have left|is left]?"),
            ],
            value,
            "money",
        )
    first, number, second, later = each, story.draw(2, 10), story.money(story.between(5, 80)), story.draw(2, 10)
    facts = [
        f"{who} {saves} {first} a {period} for {number} {period}s",
        story.vary(f"[after that|then], {who.he} {saves} {second} a {period} for {later} {period}s"),
    ]
    value = first * number + second * later
    if story.chance(0.4):
        percent = story.some_percent()
        spent = lowered(value, percent)
        story.cents(spent)
        facts.append(f"{who.he} spends {percent} of {who.his} savings on {thing}")
        return Told([*facts, "how much money is left?"], spent, "money")
    return Told([*facts, story.vary(f"how much [money|] has {who} saved [in all|altogether|]?")], value, "money")


def profit(story: Story) -> Told:
    """What comes in, less what goes out."""
    who = person(story)
    one, many = story.pick(
        (
            "pot,pots",
            "necklace,necklaces",
            "cake,cakes",
            "birdhouse,birdhouses",
            "candle,candles",
            "basket,baskets",
            "T-shirt,T-shirts",
            "wreath,wreaths",
            "pie,pies",
            "bowl,bowls",
            "quilt,quilts",
            "painting,paintings",
            "soap bar,soap bars",
            "bookmark,bookmarks",
        )
    ).split(",")
    number = story.draw(6, 60)
    cost = story.price(1, 12)
    price = story.price(int(cost.value) + 2, int(cost.value) + 20)
    style = story.between(0, 5)
    if style == 0:
        facts = [
            story.vary(
                f"[{who} makes {many} that cost {who.him} {cost} each|making {_article(one)} {one} costs {who} {cost}|{who} spends {cost} on the material for each {one}]"
            ),
            story.vary(f"{who.he} sells them for {price} each"),
        ]
        return Told(
            [
                *facts,
                story.vary(f"how much profit does {who.he} make [on|with|if {who.he} sells] {number} {many}?"),
            ],
            (price - cost) * number,
            "money",
        )
    if style == 1:
        sold = story.draw(3, 50)
        story.need(sold.value < number.value)
        facts = [
            f"{who} bought {number} {many} for {cost} each",
            story.vary(f"{who.he} sold {sold} of them for {price} each and gave the rest away"),
        ]
        value = sold * price - number * cost
        story.cents(value)
        return Told([*facts, story.vary(f"how much profit did {who} make?")], value, "money")
    if style == 2:
        material = story.money(story.between(10, 150, 5))
        fee = story.money(story.between(5, 60, 5))
        facts = [
            story.vary(f"{who} [spent|paid] {material} on material and {fee} for a table at the fair"),
            story.vary(f"{who.he} [made and sold|sold] {number} {many} for {price} each"),
        ]
        value = number * price - material - fee
        story.cents(value)
        return Told(
            [
                *facts,
                story.vary(
                    f"[how much profit did {who} make|what was {who}'s profit|how much money did {who.he} gain]?"
                ),
            ],
            value,
            "money",
        )
    if style == 3:
        per_day, days = story.draw(4, 40), story.draw(2, 14)
        facts = [
            f"every day {who} makes and sells {per_day} {many}",
            story.vary(f"each {one} costs {cost} to make and sells for {price}"),
        ]
        return Told([*facts, f"what is {who.his} profit after {days} days?"], per_day * (price - cost) * days, "money")
    if style == 4:
        box, boxes = story.draw(6, 40), story.draw(2, 12)
        box_cost = story.money(story.between(10, 90))
        value = box * boxes * price - boxes * box_cost
        story.cents(value)
        facts = [
            f"{who} buys {boxes} boxes of {many} for {box_cost} a box",
            f"there are {box} {many} in each box",
            story.vary(f"{who.he} sells [all of them|every {one}] for {price} each"),
        ]
        return Told(
            [*facts, story.vary(f"[how much profit does {who} make|what is {who}'s profit]?")],
            value,
            "money",
        )
    percent = story.some_percent()
    paid = story.money(story.between(20, 900, 10))
    fix = story.money(story.between(5, 200, 5))
    thing = story.pick(
        ("an old boat", "a used car", "an old piano", "a broken bicycle", "a used tractor", "an old table")
    )
    value = share(paid + fix, percent)
    facts = [
        f"{who} bought {thing} for {paid} and spent {fix} on repairs",
        f"{who.he} sold it for {percent} more than {who.he} had spent",
    ]
    if story.chance(0.4):
        value = raised(paid + fix, percent)
        story.cents(value)
        return Told([*facts, "for how much was it sold?"], value, "money")
    story.cents(value)
    return Told([*facts, f"how much profit did {who} make?"], value, "money")


def plans(story: Story) -> Told:
    """Two offers are compared."""
    who = person(story)
    style = story.between(0, 3)
    if style == 0:
        place, unit = story.pick(
            (
                ("gym", "visit"),
                ("pool", "visit"),
                ("climbing hall", "visit"),
                ("dance studio", "lesson"),
                ("library of tools", "loan"),
                ("tennis court", "hour"),
            )
        )
        fee, per, single = story.money(story.between(10, 60, 5)), story.price(1, 6), story.price(4, 15)
        number = story.draw(4, 24)
        with_fee, without = fee + number * per, number * single
        facts = [
            f"at a {place}, members pay {fee} a month and {per} for each {unit}",
            f"everybody else pays {single} for each {unit}",
        ]
        value = without - with_fee
        story.cents(value)
        return Told(
            [
                *facts,
                story.vary(f"{who} goes there for {number} {unit}s a month") + "",
                story.vary(f"how much does {who.he} save each month by being a member?"),
            ],
            value,
            "money",
        )
    if style == 1:
        one, many = story.pick(_GOODS)[0].split(",")
        packs, pack_price, single = story.draw(3, 12), story.money(story.between(6, 60)), story.price(2, 12)
        number = story.number(int(packs.value) * story.between(2, 6))
        value = number * single - number / packs * pack_price
        story.need(packs.value * single.value > pack_price.value > packs.value * single.value / 2)
        story.cents(value)
        facts = [f"a single {one} costs {single}", f"a pack of {packs} {many} costs {pack_price}"]
        return Told(
            [
                *facts,
                story.vary(
                    f"how much [money|] does {who} save if {who.he} buys {number} {many} in packs instead of [singly|separately]?"
                ),
            ],
            value,
            "money",
        )
    if style == 2:
        thing = story.pick(("sofa", "television", "piano", "motorcycle", "computer", "refrigerator"))
        cash = story.money(story.between(300, 3_000, 50))
        down, rate, months = (
            story.money(story.between(50, 500, 25)),
            story.money(story.between(20, 250, 5)),
            story.draw(6, 36, 6),
        )
        value = down + rate * months - cash
        story.need(value.value < cash.value / 3)
        story.cents(value)
        facts = [
            story.vary(f"{_article(thing)} {thing} costs {cash} in cash"),
            story.vary(
                f"[it can also be bought with|another way is] a down payment of {down} and {months} monthly payments of {rate}"
            ),
        ]
        return Told(
            [
                *facts,
                story.pick(
                    ("how much more does a buyer pay in this way?", "how much more does it cost to pay in this way?")
                ),
            ],
            value,
            "money",
        )
    names = story.some(("Blue Taxi", "City Cab", "Quick Ride", "Star Cars"), 2)
    base_one, per_one, base_two, per_two = story.price(2, 9), story.price(1, 4), story.price(2, 9), story.price(1, 4)
    miles = story.draw(5, 40)
    first, second = base_one + per_one * miles, base_two + per_two * miles
    facts = [
        story.vary(
            f"{names[0]} [charges {base_one} and {per_one} per mile|charges {base_one} for every ride plus {per_one} for each mile|takes {base_one} to begin with and then {per_one} per mile]"
        ),
        story.vary(
            f"{names[1]} [charges {base_two} and {per_two} per mile|charges {base_two} per ride and {per_two} a mile|asks for {base_two} plus {per_two} for each mile]"
        ),
    ]
    value = first - second if first.value > second.value else second - first
    story.cents(value)
    dear, cheap = (names[0], names[1]) if first.value > second.value else (names[1], names[0])
    return Told(
        [
            *facts,
            story.vary(
                f"[how much more does {dear} cost than {cheap} for a ride of {miles} miles|{who} wants to go {miles} miles; how much does {who.he} save with {cheap} instead of {dear}|how much cheaper is {cheap} for a trip of {miles} miles]?"
            ),
        ],
        value,
        "money",
    )


def fundraiser(story: Story) -> Told:
    """Tickets of two sorts, goals and costs."""
    event = story.pick(
        (
            "school play",
            "concert",
            "charity run",
            "bake sale",
            "puppet show",
            "soccer match",
            "museum night",
            "dance",
            "circus",
        )
    )
    adult, child = story.price(5, 30), story.price(1, 9)
    story.need(adult.value > child.value)
    adults, children = story.draw(20, 300, 5), story.draw(10, 200, 5)
    facts = [
        story.vary(
            f"[tickets for a {event} cost {adult} for adults and {child} for children|at a {event}, an adult ticket costs {adult} and a child ticket costs {child}]"
        )
    ]
    draw = story.rng.random()
    if draw < 0.3:
        everyone = story.number(int(adults.value + children.value))
        facts.append(
            story.vary(
                f"{everyone} [tickets were sold, {children} of them to children|people came, and {children} of them were children]"
            )
        )
        income = (everyone - children) * adult + children * child
    elif draw < 0.55:
        multiple = story.times(story.pick((2, 2, 3)))
        facts.append(f"{adults} adults came, and {multiple} as many children")
        income = adults * adult + adults * multiple * child
    else:
        facts.append(story.vary(f"{adults} adults and {children} children [came|bought tickets|attended]"))
        income = adults * adult + children * child
    story.cents(income)
    draw = story.rng.random()
    if draw < 0.35:
        return Told(
            [
                *facts,
                story.vary(
                    "how much money [was raised|did the tickets bring in|was collected] [in all|in total|altogether|]?"
                ),
            ],
            income,
            "money",
        )
    if draw < 0.6:
        costs = story.money(story.between(50, 900, 10))
        facts.append(
            f"{story.pick(('renting the place', 'printing the posters', 'the costumes and the lights', 'food and drinks'))} cost {costs}"
        )
        value = income - costs
        story.cents(value)
        return Told([*facts, "how much money was left after that?"], value, "money")
    if draw < 0.8:
        goal = story.money((int(income.value) // 100 + story.between(1, 6)) * 100)
        return Told(
            [f"a club wants to raise {goal}", *facts, "how much more money does the club need?"], goal - income, "money"
        )
    percent = story.some_percent()
    value = share(income, percent)
    story.cents(value)
    facts.append(f"{percent} of the money goes to an animal shelter")
    return Told([*facts, "how much does the shelter get?"], value, "money")


def coins(story: Story) -> Told:
    """Coins and notes whose worth everybody knows."""
    who = person(story)
    kinds = story.some((("nickels", 5), ("dimes", 10), ("five-cent coins", 5), ("ten-cent coins", 10)), 2)
    kinds = [kind for kind in kinds if "-" not in kind[0]] or [("nickels", 5)]
    counts = [story.draw(3, 40) for _ in kinds]
    cents = total([count * worth for count, (_, worth) in zip(counts, kinds, strict=True)])
    pennies = story.draw(3, 40)
    held = _enumerate(
        [*(f"{count} {name}" for count, (name, _) in zip(counts, kinds, strict=True)), f"{pennies} pennies"]
    )
    cents = cents + pennies
    if story.chance(0.4):
        return Told([f"{who} has {held} in {who.his} pocket", story.vary("how many cents is that in all?")], cents)
    spent = story.draw(10, 90, 5)
    price = story.write(spent.value, f"{spent.value} cents")
    story.need(price.value < cents.value)
    thing = story.pick(("a gumdrop", "a pencil", "a sticker", "an eraser", "a banana"))
    return Told(
        [f"{who} has {held}", f"{who.he} buys {thing} for {price}", f"how many cents does {who} have left?"],
        cents - price,
    )


def shared_cost(story: Story) -> Told:
    """A cost that several people share, or fees that add up."""
    cast = people(story, 2)
    style = story.between(0, 2)
    if style == 0:
        number = story.draw(3, 8)
        rent, gas, food = (
            story.money(story.between(100, 900, 10)),
            story.money(story.between(20, 150, 5)),
            story.money(story.between(30, 300, 10)),
        )
        value = (rent + gas + food) / number
        story.cents(value)
        facts = [
            story.vary(f"{number} friends [rent a cabin|go camping|share a beach house] for a week"),
            f"the place costs {rent}, gas costs {gas} and food costs {food}",
        ]
        return Told(
            [*facts, story.vary("how much does each of them pay if they share [all the costs|everything] equally?")],
            value,
            "money",
        )
    if style == 1:
        cost, first = story.money(story.between(40, 600, 10)), story.some_fraction()
        sharers = story.draw(2, 6)
        value = rest(cost, first) / sharers
        story.cents(value)
        facts = [
            f"a gift for {cast[0]} costs {cost}",
            f"{cast[1]} pays {first} of it, and {sharers} {story.pick(('classmates', 'colleagues', 'neighbors', 'cousins'))} share the rest equally",
        ]
        return Told(
            [*facts, f"how much does each of the {facts[1].split(' share')[0].split(' ')[-1]} pay?"], value, "money"
        )
    day, distance, days, miles = (
        story.money(story.between(15, 90, 5)),
        story.price(1, 3),
        story.draw(2, 9),
        story.draw(20, 300, 10),
    )
    facts = [
        story.vary(f"{cast[0]} rents a [car|van|truck] for {day} a day plus {distance} per mile"),
        f"{cast[0].he} keeps it for {days} days and drives {miles} miles",
    ]
    value = day * days + distance * miles
    if story.chance(0.4):
        part = story.write(Fraction(1, 2), "half")
        value = value * part
        story.cents(value)
        return Told([*facts, f"{cast[1]} pays {part} of the bill", f"how much does {cast[1]} pay?"], value, "money")
    return Told([*facts, story.vary(f"how much does {cast[0]} [pay|have to pay|owe] [in all|]?")], value, "money")


def bills(story: Story) -> Told:
    """What something costs over weeks and months: fees, fuel, food, with a change on the way."""
    who = person(story)
    style = story.between(0, 3)
    if style == 0:
        thing = story.pick(("a music service", "a newspaper", "a gym", "a phone plan", "a video service"))
        month, free = story.price(5, 40), story.draw(2, 6)
        story.need(free.value < 12)
        facts = [
            f"{thing} costs {month} a month",
            f"{story.pick(('new customers get', f'{who} gets'))} {free} months for free",
        ]
        return Told(
            [
                *facts,
                f"how much does {who} pay in the entire year?",
            ],
            month * (constant(12) - free),
            "money",
        )
    if style == 1:
        cups, price, days = story.draw(2, 5), story.price(2, 6), story.draw(3, 7)
        weeks = story.draw(2, 10)
        drink = story.pick(("cups of coffee", "bottles of water", "newspapers", "sandwiches", "bus tickets"))
        facts = [
            f"{who} buys {cups} {drink} a day, {days} days a week",
            f"each {'cup' if drink.startswith('cup') else 'bottle' if drink.startswith('bottle') else drink[:-1] if drink != 'sandwiches' else 'sandwich'} costs {price}",
        ]
        return Told(
            [*facts, story.vary(f"how much does {who.he} spend on them in {weeks} weeks?")],
            cups * price * days * weeks,
            "money",
        )
    if style == 2:
        old, percent, months = (
            story.money(story.between(400, 2_400, 20)),
            story.percent(story.pick((5, 10, 15, 20))),
            story.draw(2, 12),
        )
        facts = [
            f"{who} pays {old} in rent every month",
            story.vary(f"[the landlord raises it by {percent}|next year it goes up by {percent}]"),
        ]
        value = raised(old, percent) * months
        story.cents(value)
        return Told([*facts, f"how much rent does {who} pay in {months} months at the new rate?"], value, "money")
    animal = story.pick(("dog", "cat", "rabbit", "horse"))
    bag, lasts, days = story.price(8, 40), story.draw(5, 15, 5), story.draw(30, 120, 30)
    value = days / lasts * bag
    story.whole(days / lasts)
    facts = [f"a bag of food for {who}'s {animal} costs {bag} and lasts {lasts} days"]
    if story.chance(0.5):
        visit = story.money(story.between(30, 150, 5))
        facts.append(f"a visit to the vet costs {visit}")
        return Told(
            [*facts, f"how much does {who} spend in {days} days if there is a single visit to the vet?"],
            value + visit,
            "money",
        )
    return Told([*facts, f"how much does {who.he} spend on food in {days} days?"], value, "money")


STRUCTURES: dict[str, tuple[int, Callable[[Story], Told]]] = {
    "shopping": (9, shopping),
    "discount": (4, discount),
    "wages": (6, wages),
    "saving": (5, saving),
    "profit": (4, profit),
    "plans": (3, plans),
    "fundraiser": (3, fundraiser),
    "coins": (1, coins),
    "shared_cost": (2, shared_cost),
    "bills": (3, bills),
}
