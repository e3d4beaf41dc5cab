"""What is done with things, or with money, after a story has said how many or how much there are."""

# ruff: noqa: E501 - the ways of saying one thing stand side by side in one string

from dataclasses import dataclass, replace

from app.training.generators.multistep_story import Kind, Story, Term, lowered, raised, rest, share


@dataclass(frozen=True, slots=True)
class Sequel:
    """Further clauses, the question, and what it asks for."""

    clauses: tuple[str, ...]
    question: str
    value: Term
    kind: Kind


def of_things(story: Story, noun: str, value: Term) -> Sequel:
    """Some are lost or kept perhaps; what is left is sold, packed or shared."""
    if story.chance(0.45):
        clause, left = _lost(story, noun, value)
        story.whole(left)
        if story.chance(0.35):
            question = f"how many {noun} [are left|are left over|remain]"
            return Sequel((clause,), question, left, "count")
        sequel = _used(story, noun, left, story.pick(("the rest", "the others", f"the remaining {noun}")))
        return replace(sequel, clauses=(clause, *sequel.clauses))
    return _used(story, noun, value, story.pick((f"all of the {noun}", f"all the {noun}", f"the {noun}")))


def _lost(story: Story, noun: str, value: Term) -> tuple[str, Term]:
    draw = story.rng.random()
    away = story.pick(
        ("are given away", "get lost", "are thrown away", "turn out to be bad", "are damaged", "are kept for later")
    )
    if draw < 0.4:
        number = story.number(story.between(2, max(3, int(value.value) // 2)))
        return story.vary(f"[later, |after that, |] {number} of the {noun} {away}"), value - number
    if draw < 0.7:
        part = story.some_fraction()
        return story.vary(f"[later, |after that, |] {part} of the {noun} {away}"), rest(value, part)
    percent = story.some_percent()
    return story.vary(f"[later, |] {percent} of the {noun} {away}"), lowered(value, percent)


def _used(story: Story, noun: str, value: Term, them: str) -> Sequel:
    draw = story.rng.random()
    if draw < 0.25:
        price = story.price(1, 6)
        clause = f"{them} are sold for {price} each"
        return Sequel((clause,), "how much money [do they bring in|is earned|is earned in all]", value * price, "money")
    if draw < 0.35:
        price = story.price(3, 9)
        cost = story.price(1, 2)
        clauses = (f"it costs {cost} to make each of the {noun}", f"{them} are sold for {price} each")
        story.need(them.startswith("all"))
        return Sequel(clauses, "how much profit is made", value * (price - cost), "money")
    if draw < 0.65:
        each = _divisor(story, value, (2, 3, 4, 5, 6, 8, 10, 12))
        box, many = story.pick(
            (("box", "boxes"), ("bag", "bags"), ("basket", "baskets"), ("tray", "trays"), ("crate", "crates"))
        )
        clause = story.pick(
            (
                f"{them} are packed into {many} of {each}",
                f"{them} are put into {many} that hold {each} each",
                f"{them} are arranged in {many} with {each} in each {box}",
            )
        )
        boxes = value / each
        if story.chance(0.25):
            price = story.price(3, 20)
            return Sequel(
                (clause, f"each {box} is sold for {price}"),
                f"how much money do the {many} bring in",
                boxes * price,
                "money",
            )
        return Sequel((clause,), f"how many {many} are [needed|filled|there in the end]", boxes, "count")
    sharers = _divisor(story, value, (2, 3, 4, 5, 6, 8, 10))
    one, many = story.pick(
        (
            ("family", "families"),
            ("child", "children"),
            ("neighbor", "neighbors"),
            ("group", "groups"),
            ("class", "classes"),
            ("team", "teams"),
        )
    )
    clause = story.vary(f"{them} are [shared equally among|divided equally among|split evenly among] {sharers} {many}")
    return Sequel((clause,), f"how many {noun} does each {one} get", value / sharers, "count")


def _divisor(story: Story, value: Term, numbers: tuple[int, ...]) -> Term:
    fitting = [number for number in numbers if value.value % number == 0 and value.value > number]
    story.need(bool(fitting))
    return story.number(story.pick(fitting))


def of_money(story: Story, value: Term, *, cost: bool) -> Sequel:
    """A cost is lowered, raised, shared or paid; an income is spent, given away or compared with a goal."""
    draw = story.rng.random()
    if cost and draw < 0.3:
        percent = story.some_percent()
        after = lowered(value, percent)
        clause = story.vary(
            f"[with a coupon, everything is {percent} off|the shop takes {percent} off the total|there is a discount of {percent} on everything]"
        )
        sequel = Sequel(
            (clause,), "how much [is the total then|do they cost together with the discount]", after, "money"
        )
    elif cost and draw < 0.5:
        percent = story.percent(story.pick((5, 8, 10, 20)))
        sequel = Sequel(
            (f"a tax of {percent} is added to the total",),
            "how much [is paid in all|is the bill]",
            raised(value, percent),
            "money",
        )
    elif cost and draw < 0.8:
        step = story.pick((10, 20, 50, 100))
        bill = story.money((int(value.value) // step + 1) * step)
        sequel = Sequel(
            (f"the customer buys all of them and pays with {bill}",),
            "how much change does the customer get",
            bill - value,
            "money",
        )
    elif cost or draw < 0.3:
        sharers = story.number(story.between(2, 8))
        clause = f"{sharers} people {'share the cost' if cost else 'get equal parts of the money'}"
        sequel = Sequel((clause,), f"how much does each of them {'pay' if cost else 'get'}", value / sharers, "money")
    elif draw < 0.55:
        step = story.pick((50, 100))
        goal = story.money((int(value.value) // step + story.between(1, 4)) * step)
        thing = story.pick(("a tent", "a gift", "a party", "new instruments", "a class trip"))
        sequel = Sequel((f"they need {goal} for {thing}",), "how much more money do they need", goal - value, "money")
    elif draw < 0.8:
        percent = story.some_percent()
        clause = f"they give {percent} of all the money to {story.pick(('an animal shelter', 'a hospital', 'the library', 'a charity'))}"
        if story.chance(0.5):
            sequel = Sequel((clause,), "how much do they give", share(value, percent), "money")
        else:
            sequel = Sequel((clause,), "how much do they keep", lowered(value, percent), "money")
    else:
        part = story.some_fraction()
        clause = (
            f"they spend {part} of all the money on {story.pick(('food', 'tickets', 'books', 'decorations', 'a game'))}"
        )
        sequel = Sequel((clause,), "how much money is left", rest(value, part), "money")
    story.cents(sequel.value)
    return sequel
