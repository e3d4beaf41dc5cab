"""Who and what the multi-step stories are about."""

from dataclasses import dataclass

from app.training.generators.multistep_story import Story
from app.training.generators.words import (
    BAKED,
    BERRIES,
    BIRDS,
    COLLECTION,
    CRAFTS,
    FARM,
    FLOWERS,
    FRUIT,
    HE,
    JEWELRY,
    MEN,
    PICTURES,
    READING,
    SEA,
    SHE,
    STATIONERY,
    SURNAMES,
    SWEETS,
    TOYS,
    TREES,
    VEGETABLES,
    WILD,
    WOMEN,
    Group,
    Noun,
)


@dataclass(frozen=True, slots=True)
class Person:
    """`name` Ana, `he` she, `him` her, `his` her."""

    name: str
    he: str
    him: str
    his: str

    def __format__(self, spec: str) -> str:
        return self.name


def person(story: Story) -> Person:
    return people(story, 1)[0]


def people(story: Story, count: int) -> list[Person]:
    """`count` persons whose names begin differently, so that nobody mixes them up."""
    cast: list[Person] = []
    initials: set[str] = set()
    while len(cast) < count:
        pronouns = story.pick((SHE, HE))
        name = story.pick(WOMEN if pronouns is SHE else MEN)
        if name[0] in initials:
            continue
        initials.add(name[0])
        if story.chance(0.05):
            name = f"{'Mr.' if pronouns is HE else story.pick(('Ms.', 'Mrs.'))} {story.pick(SURNAMES)}"
        cast.append(Person(name, pronouns.subject, pronouns.object, pronouns.possessive))
    story.names.extend(someone.name for someone in cast)
    return cast


def relative(story: Story, of: Person) -> str:
    """A relative or companion, as a sentence names one beside `of`: "her sister"."""
    kin = "brother sister cousin mother father uncle aunt grandmother grandfather neighbor roommate teammate".split()
    return f"{of.his} {story.pick(kin)}"


@dataclass(frozen=True, slots=True)
class Hobby:
    """Something that people do to many things: `past` picked, `base` pick, `third` picks, `place` at the orchard."""

    past: str
    base: str
    third: str
    group: Group
    places: tuple[str, ...] = ("",)


def _hobby(verbs: str, group: Group, places: str = "") -> Hobby:
    past, base, third = verbs.split(",")
    return Hobby(past, base, third, group, tuple(places.split(",")) if places else ("",))


SHELLS = Group(Noun("find", "finds"), (Noun("seashell", "seashells"), Noun("pebble", "pebbles")))
FISH = Group(Noun("fish", "fish"), (Noun("trout", "trout"), Noun("crab", "crabs"), Noun("salmon", "salmon")))
POINTS = Group(Noun("point", "points"), (Noun("point", "points"), Noun("goal", "goals")))
PAGES = Group(Noun("page", "pages"), (Noun("page", "pages"), Noun("chapter", "chapters")))
LETTERS = Group(
    Noun("message", "messages"),
    (Noun("letter", "letters"), Noun("email", "emails"), Noun("postcard", "postcards"), Noun("flyer", "flyers")),
)
EXERCISES = Group(
    Noun("exercise", "exercises"),
    (
        Noun("push-up", "push-ups"),
        Noun("sit-up", "sit-ups"),
        Noun("squat", "squats"),
        Noun("jumping jack", "jumping jacks"),
    ),
)
MILES = Group(Noun("mile", "miles"), (Noun("mile", "miles"), Noun("lap", "laps"), Noun("kilometer", "kilometers")))
TICKETS = Group(
    Noun("ticket", "tickets"),
    (Noun("raffle ticket", "raffle tickets"), Noun("concert ticket", "concert tickets"), Noun("program", "programs")),
)

HOBBIES = (
    _hobby("picked,pick,picks", FRUIT, ",at the orchard,in the garden,for the market"),
    _hobby("picked,pick,picks", BERRIES, ",on the hill,in the forest"),
    _hobby("picked,pick,picks", VEGETABLES, ",on the farm,in the garden"),
    _hobby("planted,plant,plants", TREES, ",in the park,along the road"),
    _hobby("planted,plant,plants", FLOWERS, ",in the garden,in front of the school"),
    _hobby("baked,bake,bakes", BAKED, ",for the fair,for the bake sale,for the party"),
    _hobby("sold,sell,sells", BAKED, ",at the school fair,at the market"),
    _hobby("sold,sell,sells", TICKETS, ",for the club,for the show"),
    _hobby("sold,sell,sells", FLOWERS, ",at the market"),
    _hobby("sold,sell,sells", CRAFTS, ",at the fair,online"),
    _hobby("made,make,makes", JEWELRY, ",for the craft fair"),
    _hobby("made,make,makes", CRAFTS, ",for the shop"),
    _hobby("painted,paint,paints", PICTURES, ",for the exhibition"),
    _hobby("read,read,reads", READING, ",during the vacation"),
    _hobby("read,read,reads", PAGES, ""),
    _hobby("collected,collect,collects", COLLECTION, ""),
    _hobby("collected,collect,collects", SHELLS, ",on the beach"),
    _hobby("caught,catch,catches", FISH, ",at the lake"),
    _hobby("counted,count,counts", BIRDS, ",in the park,by the river"),
    _hobby("saw,see,sees", WILD, ",at the zoo"),
    _hobby("saw,see,sees", SEA, ",while diving"),
    _hobby("ate,eat,eats", SWEETS, ",at the party"),
    _hobby("bought,buy,buys", STATIONERY, ",for the new school year"),
    _hobby("bought,buy,buys", TOYS, ",at the flea market"),
    _hobby("scored,score,scores", POINTS, ",in the game,in the final"),
    _hobby("wrote,write,writes", LETTERS, ",for the campaign"),
    _hobby("delivered,deliver,delivers", LETTERS, ""),
    _hobby("did,do,does", EXERCISES, ",at the gym,in practice"),
    _hobby("ran,run,runs", MILES, ""),
    _hobby("owned,own,owns", COLLECTION, ""),
    _hobby("owned,own,owns", TOYS, ""),
    _hobby("raised,raise,raises", FARM, ",on the farm"),
    _hobby("received,receive,receives", COLLECTION, ",at the exchange"),
    _hobby("used,use,uses", STATIONERY, ",for the project"),
)


def idle_fact(story: Story, about: str) -> str:
    """A fact with a number that answers nothing."""
    return story.vary(
        story.pick(
            (
                f"{about} is {story.draw(8, 60)} years old",
                f"{about} lives {story.draw(2, 15)} miles from [there|the school|town]",
                f"{about} lives in a house with {story.draw(2, 12)} rooms",
                f"{about} got up at {story.write(60 * (hour := story.between(5, 9)), f'{hour}:00')}",
                f"{about} has {story.draw(3, 9)} cousins",
                f"{about} also owns {story.draw(2, 9)} [umbrellas|bicycles|hats|fish tanks]",
                f"{about} waited {story.draw(4, 25)} minutes for the [bus|train] [today|yesterday|that day]",
            )
        )
    )
