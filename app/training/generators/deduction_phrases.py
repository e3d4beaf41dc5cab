"""How a sentence of a deduction is phrased: facts, universal sentences, conditionals, questions; and what each says.

Every function takes the words from a `Pool` and gives a text, without a capital or a full stop, with a `Statement` in
words. What can be understood in two ways is not made here: see `deduction`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.training.generators.deduction_words import Individual, Phrase, Pool, Predicate
from app.translator.clauses import Connective, Existence, Joint, Literal, Rule, Statement, Term

Told = tuple[str, Statement]
X: Term = ("X",)
Y: Term = ("Y",)
PERSON = ("person",)
_EACH_THAT = (
    "everything that,anything that,everything which,everyone who,anyone who,everybody who,anybody who,everyone that"
    ",anyone that,whoever,whatever"
).split(",")
_ALL_THAT = (
    "things that,all things that,people who,all people who,those who,all those who,all who,people that,things which"
    ",all things which,those that,all people that"
).split(",")


# Verb phrases


def finite(pool: Pool, predicate: Predicate, plural: bool, negated: bool) -> str:
    """The predicate with its verb: "is not red", "likes Bob", "do not like Bob"."""
    words = predicate.plural if plural else predicate.singular
    if predicate.copular:
        verb = "are" if plural else "is"
        if not negated:
            return f"{verb} {words}"
        return f"{verb}n't {words}" if not pool.plain and pool.chance(0.1) else f"{verb} not {words}"
    if not negated:
        return words
    verb = "do" if plural else "does"
    return f"{verb}n't {predicate.plural}" if not pool.plain and pool.chance(0.1) else f"{verb} not {predicate.plural}"


def single(pool: Pool, plural: bool, *, negated: float = 0.2) -> Phrase:
    predicate, negative = pool.predicate(), pool.chance(negated)
    return Phrase(finite(pool, predicate, plural, negative), ((predicate, negative),))


def conjunction(pool: Pool, plural: bool) -> Phrase:
    """Two or three: "is red and cold", "is red but does not like Bob", "is neither red nor cold"."""
    if pool.plain:
        return _plain_conjunction(pool, plural)
    first, second = _different(pool, 2)
    both_copular = first.copular and second.copular
    if not both_copular and pool.chance(0.4):
        first, second = _adjectives(pool, 2)
        both_copular = True
    verb = "are" if plural else "is"
    one, two = (first.plural, second.plural) if plural else (first.singular, second.singular)
    kind = pool.rng.random()
    if kind < 0.12:
        third = pool.adjectival()
        if both_copular and third not in (first, second):
            last = third.plural if plural else third.singular
            comma = "," if pool.chance(0.5) else ""
            return Phrase(f"{verb} {one}, {two}{comma} and {last}", ((first, False), (second, False), (third, False)))
    if kind < 0.22:
        parts = ((first, True), (second, True))
        if both_copular:
            return Phrase(f"{verb} neither {one} nor {two}", parts)
        if not first.copular and not second.copular:
            return Phrase(f"neither {one} nor {two}", parts)
    if both_copular and kind < 0.75:
        if kind < 0.5:
            both = "both " if pool.chance(0.1) else ""
            return Phrase(f"{verb} {both}{one} and {two}", ((first, False), (second, False)))
        if kind < 0.68:
            join = "but" if pool.chance(0.25) else "and"
            return Phrase(f"{verb} {one} {join} not {two}", ((first, False), (second, True)))
        if kind < 0.72:
            return Phrase(f"{verb} not {one} but {two}", ((first, True), (second, False)))
        return Phrase(f"{verb} not {one} and not {two}", ((first, True), (second, True)))
    negated = pool.chance(0.15), pool.chance(0.2)
    join = "but" if pool.chance(0.15) else "and"
    comma = "," if pool.chance(0.08) else ""
    text = f"{finite(pool, first, plural, negated[0])}{comma} {join} {finite(pool, second, plural, negated[1])}"
    return Phrase(text, ((first, negated[0]), (second, negated[1])))


def _plain_conjunction(pool: Pool, plural: bool) -> Phrase:
    one, two = _adjectives(pool, 2)
    negated = pool.chance(0.4)
    text = f"{'are' if plural else 'is'} {one.singular} and {'not ' if negated else ''}{two.singular}"
    return Phrase(text, ((one, False), (two, negated)))


def disjunction(pool: Pool, plural: bool) -> Phrase:
    """ "is red or likes Bob"; "is either red or cold, but not both"."""
    first, second = _different(pool, 2) if pool.chance(0.5) else _adjectives(pool, 2)
    verb = "are" if plural else "is"
    one, two = (first.plural, second.plural) if plural else (first.singular, second.singular)
    parts = ((first, False), (second, False))
    if first.copular and second.copular:
        text = f"{one} or {two}"
        if pool.chance(0.3):
            comma = "," if pool.chance(0.5) else ""
            either = "either " if pool.chance(0.8) else ""
            return Phrase(f"{verb} {either}{text}{comma} but not both", parts, Connective.XOR)
        if pool.chance(0.12):
            third = pool.adjectival()
            if third not in (first, second):
                comma = "," if pool.chance(0.5) else ""
                return Phrase(
                    f"{verb} {one}, {two}{comma} or {third.singular}", (*parts, (third, False)), Connective.OR
                )
        return Phrase(f"{verb} {text}", parts, Connective.OR)
    return Phrase(
        f"{finite(pool, first, plural, False)} or {finite(pool, second, plural, False)}", parts, Connective.OR
    )


def _different(pool: Pool, number: int) -> list[Predicate]:
    return _distinct(pool.predicate, number)


def _adjectives(pool: Pool, number: int) -> list[Predicate]:
    return _distinct(pool.adjectival, number)


def _distinct(choose: Callable[[], Predicate], number: int) -> list[Predicate]:
    found: list[Predicate] = []
    while len(found) < number:
        predicate = choose()
        if predicate not in found:
            found.append(predicate)
    return found


def phrase(pool: Pool, plural: bool) -> Phrase:
    kind = pool.rng.random()
    if kind < 0.78 or pool.plain:
        return single(pool, plural)
    return conjunction(pool, plural) if kind < 0.95 else disjunction(pool, plural)


# Facts


def fact(pool: Pool) -> Told:
    subject = pool.individual()
    told = phrase(pool, False)
    return f"{subject.text} {told.text}", Rule(told.of(subject.term))


def plain_fact(pool: Pool) -> Told:
    subject, told = pool.individual(), single(pool, False)
    return f"{subject.text} {told.text}", Rule(told.of(subject.term))


def fact_of_two(pool: Pool) -> Told:
    """ "Bob and Anne are red", "neither Bob nor Anne is red", "Bob or Anne is red"."""
    first, second = pool.two_individuals()
    kind = pool.rng.random()
    if kind < 0.2:
        predicate = pool.predicate()
        text = f"neither {first.text} nor {second.text} {finite(pool, predicate, False, False)}"
        return text, Rule(Joint((predicate.of(first.term, True), predicate.of(second.term, True))))
    if kind < 0.3:
        predicate = pool.predicate()
        text = f"{first.text} or {second.text} {finite(pool, predicate, False, False)}"
        return text, Rule(Joint((predicate.of(first.term), predicate.of(second.term)), Connective.OR))
    told = single(pool, True)
    both = "both " if pool.chance(0.15) else ""
    (predicate, negated) = told.parts[0]
    literals = (predicate.of(first.term, negated), predicate.of(second.term, negated))
    return f"{both}{first.text} and {second.text} {told.text}", Rule(Joint(literals))


def fact_about_two(pool: Pool) -> Told:
    """ "Bob likes Anne and the cat"."""
    subject, (first, second) = pool.individual(), pool.two_individuals()
    verb = pool.transitive()
    literals = tuple(Literal((verb.base,), (subject.term, object_.term)) for object_ in (first, second))
    both = "both " if pool.chance(0.15) else ""
    return f"{subject.text} {verb.third} {both}{first.text} and {second.text}", Rule(Joint(literals))


def two_facts(pool: Pool) -> Told:
    first, second = pool.individual(), pool.individual()
    one, two = single(pool, False), single(pool, False)
    join = pool.pick((" and ", ", and ", ", but ", ", while ", "; "))
    pronoun = second.text
    if pool.chance(0.35):
        second, pronoun = first, pool.pick(("he", "she", "it"))
        if any(predicate.extra for predicate, _ in one.parts):
            pronoun = first.text  # whom "he" means would not be plain
    literals = tuple(dict.fromkeys((*one.of(first.term).literals, *two.of(second.term).literals)))
    return f"{first.text} {one.text}{join}{pronoun} {two.text}", Rule(Joint(literals))


def fact_of_a_kind(pool: Pool) -> Told:
    """ "Bob is a cat that likes Anne", "Bob, who is a cat, is red", "Bob is a red, cold cat"."""
    subject, kind = pool.individual(), pool.rng.random()
    noun = pool.nominal()
    if kind < 0.5:
        told = single(pool, False)
        text = f"{subject.text} is {noun.singular} {pool.pick(('that', 'who', 'which'))} {told.text}"
        return text, _facts(noun.of(subject.term), *told.of(subject.term).literals)
    if kind < 0.75:
        first, second = single(pool, False, negated=0.1), single(pool, False)
        text = f"{subject.text}, {pool.pick(('who', 'which'))} {first.text}, {second.text}"
        return text, _facts(*first.of(subject.term).literals, *second.of(subject.term).literals)
    one, two = _adjectives(pool, 2)
    words = noun.singular.split()[1]
    text = f"{subject.text} is a {one.singular}, {two.singular} {words}"
    return text, _facts(one.of(subject.term), two.of(subject.term), noun.of(subject.term))


def denial(pool: Pool) -> Told:
    subject, predicate = pool.individual(), pool.predicate()
    before = pool.pick(("it is not true that", "it is false that", "it is not the case that"))
    text = f"{before} {subject.text} {finite(pool, predicate, False, False)}"
    return text, Rule(Joint((predicate.of(subject.term, True),)))


def of_somebody(pool: Pool) -> Told:
    """ "Bob is a person", "Anne is not a person"."""
    subject, negated = pool.individual(), pool.chance(0.15)
    return f"{subject.text} is {'not ' if negated else ''}a person", _facts(Literal(PERSON, (subject.term,), negated))


def _facts(*literals: Literal) -> Rule:
    return Rule(Joint(tuple(dict.fromkeys(literals))))


# Universal sentences


@dataclass(frozen=True, slots=True)
class Subject:
    """All of a kind: its text, whether its verb is a plural, and when X is one of them."""

    text: str
    plural: bool
    conditions: tuple[Literal, ...]
    connective: Connective = Connective.AND


def kind_of(pool: Pool) -> Subject:
    return pool.pick(_KINDS)(pool)


def _of_noun(pool: Pool) -> Subject:
    noun = pool.noun()
    condition = (Literal((noun.singular,), (X,)),)
    number = pool.pick(("every", "each", "any", "a", "all", "all", "", ""))
    return _counted(number, noun.singular, noun.plural, condition)


def _counted(number: str, singular: str, plural: str, conditions: tuple[Literal, ...]) -> Subject:
    if number in ("all", ""):
        return Subject(f"{number} {plural}".strip(), True, conditions)
    if number == "a" and singular[0] in "aeio":
        number = "an"
    return Subject(f"{number} {singular}", False, conditions)


def _of_compound(pool: Pool) -> Subject:
    """ "every old barn" is one predicate; "all old, red barns" are several."""
    noun = pool.noun()
    number = pool.pick(("every", "each", "any", "a", "all", "all", "", ""))
    conditions: tuple[Literal, ...]
    if pool.chance(0.75):
        words = [pool.adjective()]
        if pool.chance(0.12) and (other := pool.adjective()) not in words:
            words.append(other)
        conditions = (Literal((*(word.lower() for word in words), noun.singular), (X,)),)
        front = " ".join(words)
    else:
        one, two = _adjectives(pool, 2)
        front = f"{one.singular}, {two.singular}"
        conditions = (one.of(X), two.of(X), Literal((noun.singular,), (X,)))
    return _counted(number, f"{front} {noun.singular}", f"{front} {noun.plural}", conditions)


def _of_things(pool: Pool) -> Subject:
    """ "red things", "all red, cold people", "every red thing"."""
    adjectives = _adjectives(pool, pool.pick((1, 1, 1, 2, 2, 2, 3)))
    words = [adjective.singular for adjective in adjectives]
    join = ", " if pool.plain or pool.chance(0.75) else " and "
    front = join.join(words) if join == ", " or len(words) < 3 else f"{words[0]}, {words[1]} and {words[2]}"
    conditions = tuple(adjective.of(X) for adjective in adjectives)
    people = pool.chance(0.45)
    if people:
        conditions = (*conditions, Literal(PERSON, (X,)))
    number = pool.pick(("", "all") if pool.plain else ("", "", "", "all", "all", "all", "every", "each", "any", "a"))
    one, many = ("person", "people") if people else ("thing", "things")
    return _counted(number, f"{front} {one}", f"{front} {many}", conditions)


def _of_everything(pool: Pool) -> Subject:
    """ "everything red", "anyone who likes Bob", "whoever is red", "things that are red"."""
    if pool.chance(0.2):
        adjective = pool.adjectival()
        word = pool.pick(("everything", "anything", "everyone", "anyone", "everybody", "anybody"))
        return Subject(f"{word} {adjective.singular}", False, (adjective.of(X),))
    if pool.chance(0.55):
        told = _condition(pool, False)
        joint = told.of(X)
        word = pool.pick(_EACH_THAT)
        return Subject(f"{word} {told.text}", False, joint.literals, joint.connective)
    if pool.chance(0.25):
        told = _condition(pool, False)
        word = pool.pick(("every person who", "any person who", "each person who", "every thing that", "a person who"))
        return _with(f"{word} {told.text}", False, told, (Literal(PERSON, (X,)),) if "person" in word else ())
    told = _condition(pool, True)
    word = pool.pick(_ALL_THAT)
    return _with(f"{word} {told.text}", True, told, (Literal(PERSON, (X,)),) if "people" in word else ())


def _with(text: str, plural: bool, told: Phrase, before: tuple[Literal, ...]) -> Subject:
    joint = told.of(X)
    if joint.connective is not Connective.AND and before:
        return Subject(
            text.replace("people", "things").replace("person", "thing"), plural, joint.literals, joint.connective
        )
    return Subject(text, plural, (*before, *joint.literals), joint.connective)


def _condition(pool: Pool, plural: bool) -> Phrase:
    kind = pool.rng.random()
    if kind < 0.72:
        return single(pool, plural)
    if kind < 0.93 or pool.plain:
        return conjunction(pool, plural)
    first, second = _different(pool, 2)
    if first.copular and second.copular:
        verb = "are" if plural else "is"
        one, two = (first.plural, second.plural) if plural else (first.singular, second.singular)
        return Phrase(f"{verb} {one} or {two}", ((first, False), (second, False)), Connective.OR)
    text = f"{finite(pool, first, plural, False)} or {finite(pool, second, plural, False)}"
    return Phrase(text, ((first, False), (second, False)), Connective.OR)


def _of_noun_that(pool: Pool) -> Subject:
    """ "every otter that swims", "cats who like Bob", "all red cats that are not cold"."""
    noun = pool.noun()
    number = pool.pick(("every", "every", "each", "any", "a", "all", "all", "", ""))
    plural = number in ("all", "")
    told = single(pool, plural) if pool.chance(0.75) else conjunction(pool, plural)
    relative = pool.pick(("that", "that", "who", "which"))
    front, condition = "", Literal((noun.singular,), (X,))
    if pool.chance(0.12):
        adjective = pool.adjective()
        front, condition = f"{adjective} ", Literal((adjective.lower(), noun.singular), (X,))
    subject = _counted(number, f"{front}{noun.singular}", f"{front}{noun.plural}", (condition,))
    return Subject(f"{subject.text} {relative} {told.text}", plural, (condition, *told.of(X).literals))


def _of_two_nouns(pool: Pool) -> Subject:
    one, two = pool.noun(), pool.noun()
    if one == two:
        return _of_noun(pool)
    literals = (Literal((one.singular,), (X,)), Literal((two.singular,), (X,)))
    front = pool.pick(("", "", "all ", "both "))
    return Subject(f"{front}{one.plural} and {two.plural}", True, literals, Connective.OR)


def _of_person(pool: Pool) -> Subject:
    person = (Literal(PERSON, (X,)),)
    text, plural = pool.pick((("every person", False), ("all people", True), ("each person", False), ("people", True)))
    return Subject(text, plural, person)


_KINDS: tuple[Callable[[Pool], Subject], ...] = (
    *(_of_noun,) * 8,
    *(_of_things,) * 9,
    *(_of_everything,) * 5,
    *(_of_noun_that,) * 4,
    *(_of_compound,) * 2,
    _of_two_nouns,
    _of_person,
)


def universal(pool: Pool, subject: Subject | None = None) -> Told:
    subject = subject or kind_of(pool)
    told = _kind_that(pool, subject.plural) if not pool.simple and pool.chance(0.05) else phrase(pool, subject.plural)
    head = told.of(X)
    if not set(head.literals).isdisjoint(subject.conditions):
        return universal(pool)
    return f"{subject.text} {told.text}", Rule(head, Joint(subject.conditions, subject.connective))


def _kind_that(pool: Pool, plural: bool) -> Phrase:
    """ "is a bird that does not fly"."""
    noun, told = pool.nominal(), single(pool, plural, negated=0.35)
    text = f"{finite(pool, noun, plural, False)} {pool.pick(('that', 'that', 'who', 'which'))} {told.text}"
    return Phrase(text, ((noun, False), *told.parts))


def universal_of_things(pool: Pool) -> Told:
    return universal(pool, _of_things(pool))


def none_of(pool: Pool) -> Told:
    """ "no cat is red", "nothing red is cold", "nobody who likes Bob is kind", "there is no cat that is red"."""
    kind = pool.rng.random()
    conditions: tuple[Literal, ...]
    plural = False
    if kind < 0.45:
        noun = pool.noun()
        conditions = (Literal((noun.singular,), (X,)),)
        plural = pool.chance(0.3)
        front, words = "", noun.plural if plural else noun.singular
        if pool.chance(0.15):
            front = f"{pool.adjective()} "
            conditions = (Literal((front.strip().lower(), noun.singular), (X,)),)
        text = f"no {front}{words}"
        if pool.chance(0.2):
            told = single(pool, plural)
            text, conditions = f"{text} {pool.pick(('that', 'who'))} {told.text}", (*conditions, *told.of(X).literals)
    elif kind < 0.65:
        adjectives = _adjectives(pool, pool.pick((1, 1, 2)))
        people, plural = pool.chance(0.4), pool.chance(0.5)
        word = ("people" if plural else "person") if people else ("things" if plural else "thing")
        conditions = tuple(adjective.of(X) for adjective in adjectives)
        conditions = (*conditions, Literal(PERSON, (X,))) if people else conditions
        text = f"no {', '.join(adjective.singular for adjective in adjectives)} {word}"
    elif kind < 0.78:
        adjective = pool.adjectival()
        conditions = (adjective.of(X),)
        text = f"{pool.pick(('nothing', 'nothing', 'nobody', 'no one'))} {adjective.singular}"
    else:
        told = single(pool, False) if pool.chance(0.7) else conjunction(pool, False)
        conditions = told.of(X).literals
        text = f"{pool.pick(('nothing that', 'nobody who', 'no one who', 'none who'))} {told.text}"
    if pool.chance(0.12) and len(conditions) == 1 and kind < 0.65:
        told = single(pool, plural)
        body = Joint(conditions)
        return _unless_circular(
            f"there {'are' if plural else 'is'} {text} {'that' if pool.chance(0.7) else 'who'} {told.text}",
            Joint(tuple(_not(literal) for literal in told.of(X).literals)),
            body,
        ) or none_of(pool)
    predicate = pool.predicate()
    head: tuple[Literal, ...] = (predicate.of(X, True),)
    tail = finite(pool, predicate, plural, False)
    if pool.chance(0.12):
        one, two = _adjectives(pool, 2)
        head = (one.of(X, True), two.of(X, True))
        tail = f"{'are' if plural else 'is'} {one.singular} or {two.singular}"
    return _unless_circular(f"{text} {tail}", Joint(head), Joint(conditions)) or none_of(pool)


def _not(literal: Literal) -> Literal:
    return Literal(literal.predicate, literal.arguments, not literal.negated)


def _unless_circular(text: str, head: Joint, body: Joint) -> Told | None:
    inside = set(body.literals)
    if any(literal in inside or _not(literal) in inside for literal in head.literals):
        return None
    return text, Rule(head, body)


def only(pool: Pool) -> Told:
    """ "only cats are red", "only red things like Bob", "only Bob ..." is not here."""
    head: tuple[Literal, ...]
    if pool.chance(0.6):
        noun = pool.noun()
        head, text = (Literal((noun.singular,), (X,)),), noun.plural
    else:
        adjective = pool.adjectival()
        head, text = (adjective.of(X),), f"{adjective.singular} things"
    predicate = pool.predicate()
    condition = predicate.of(X)
    if condition in head:
        return only(pool)
    return f"only {text} {finite(pool, predicate, True, False)}", Rule(Joint(head), Joint((condition,)))


def about_all(pool: Pool) -> Told:
    """ "everything is red", "nobody likes Bob", "Bob likes every cat", "everyone likes everyone"."""
    kind = pool.rng.random()
    if kind < 0.3:
        told = single(pool, False, negated=0)
        word = pool.pick(("everything", "everyone", "everybody"))
        return f"{word} {told.text}", Rule(told.of(X))
    if kind < 0.5:
        predicate = pool.predicate()
        word = pool.pick(("nothing", "nobody", "no one"))
        return f"{word} {finite(pool, predicate, False, False)}", Rule(Joint((predicate.of(X, True),)))
    if kind < 0.6:
        predicate, noun = pool.adjectival(), pool.noun()
        if pool.chance(0.5):
            literal = Literal((noun.singular,), (X,), True)
            return f"there {pool.pick((f'is no {noun.singular}', f'are no {noun.plural}'))}", Rule(Joint((literal,)))
        word = pool.pick((f"is no {predicate.singular} thing", f"are no {predicate.singular} things"))
        return f"there {word}", Rule(Joint((predicate.of(X, True),)))
    subject, verb = pool.individual(), pool.transitive()
    negated = pool.chance(0.35)
    like = verb.third
    literal = Literal((verb.base,), (subject.term, X), negated)
    if kind < 0.72:
        word = pool.pick(("nothing", "nobody", "no one") if negated else ("everything", "everyone", "everybody"))
        return f"{subject.text} {like} {word}", Rule(Joint((literal,)))
    noun = pool.noun()
    body: tuple[Literal, ...] = (Literal((noun.singular,), (X,)),)
    if pool.chance(0.25):
        adjective = pool.adjectival()
        body = (adjective.of(X),)
        object_ = f"no {adjective.singular} thing" if negated else f"every {adjective.singular} thing"
    elif negated:
        object_ = pool.pick((f"no {noun.singular}", f"no {noun.plural}"))
    else:
        object_ = pool.pick((f"every {noun.singular}", f"each {noun.singular}", f"all {noun.plural}"))
    if pool.chance(0.2):
        other = pool.noun()
        if other != noun:
            body = (Literal((other.singular,), (X,)), *(Literal(part.predicate, (Y,)) for part in body))
            literal = Literal((verb.base,), (X, Y), negated)
            return f"{pool.pick(('every', 'each'))} {other.singular} {like} {object_}", Rule(
                Joint((literal,)), Joint(body)
            )
    return f"{subject.text} {like} {object_}", Rule(Joint((literal,)), Joint(body))


def exists(pool: Pool) -> Told:
    """ "some cats are red", "there is a cat that is red", "not every cat is red", "something is red"."""
    kind = pool.rng.random()
    if kind < 0.15:
        told = single(pool, False) if pool.chance(0.8) else conjunction(pool, False)
        word = pool.pick(("something", "someone", "somebody"))
        return f"{word} {told.text}", Existence(told.of(X).literals)
    if kind < 0.22:
        subject, verb = pool.individual(), pool.transitive()
        word = pool.pick(("something", "someone", "somebody"))
        return f"{subject.text} {verb.third} {word}", Existence((Literal((verb.base,), (subject.term, X)),))
    noun = pool.noun()
    one, many = noun.singular, noun.plural
    first: tuple[Literal, ...] = (Literal((noun.singular,), (X,)),)
    if pool.chance(0.3):
        adjective = pool.adjective()
        one, many = f"{adjective} {one}", f"{adjective} {many}"
        first = (Literal((adjective.lower(), noun.singular), (X,)),)
        if pool.chance(0.5):
            people = pool.chance(0.4)
            one, many = (
                (f"{adjective} person", f"{adjective} people")
                if people
                else (f"{adjective} thing", f"{adjective} things")
            )
            first = (Literal((adjective.lower(),), (X,)), *((Literal(PERSON, (X,)),) if people else ()))
    article = "an" if one[0] in "aeio" else "a"
    last: tuple[Literal, ...]
    if kind < 0.42:
        predicate, plural = pool.predicate(), pool.chance(0.5)
        quantity = pool.pick((f"not all {many}",)) if plural else pool.pick((f"not every {one}", f"not each {one}"))
        text, last = f"{quantity} {finite(pool, predicate, plural, False)}", (predicate.of(X, True),)
    elif kind < 0.5:
        text, last = pool.pick((f"there is {article} {one}", f"there are {many}", f"there are some {many}")), ()
    else:
        plural = pool.chance(0.6) if kind < 0.8 else pool.chance(0.3)
        told = single(pool, plural) if pool.chance(0.85) else conjunction(pool, plural)
        last = told.of(X).literals
        if kind < 0.8:
            text = f"some {many if plural else one} {told.text}"
            if not plural and pool.chance(0.2):
                text = f"at least one {one} {told.text}"
        else:
            start = (
                pool.pick((f"there are {many}", f"there are some {many}")) if plural else f"there is {article} {one}"
            )
            text = f"{start} {pool.pick(('that', 'who', 'which'))} {told.text}"
    literals = (*first, *last)
    if len(set(literals)) < len(literals):
        return exists(pool)
    return text, Existence(literals)


# Conditionals


@dataclass(frozen=True, slots=True)
class Somebody:
    """What a conditional speaks of: how it is brought in, what it is called then, whether that is a plural."""

    text: str
    again: str
    plural: bool
    term: Term
    conditions: tuple[Literal, ...]


def _somebody(pool: Pool) -> Somebody:
    kind = pool.rng.random()
    if pool.plain:
        who, again = ("someone", "they") if pool.chance(0.5) else ("something", "it")
        return Somebody(who, again, again == "they", X, ())
    if kind < 0.38:
        return Somebody(pool.pick(("someone",) * 5 + ("somebody", "anyone", "anybody")), "they", True, X, ())
    if kind < 0.76:
        return Somebody(pool.pick(("something",) * 5 + ("anything",)), "it", False, X, ())
    if kind < 0.8:
        return Somebody(pool.pick(("someone", "anyone")), pool.pick(("he", "she", "that person")), False, X, ())
    if kind < 0.86:
        again = pool.pick(("he", "she", "they", "that person", "the person", "it"))
        return Somebody("a person", again, again == "they", X, (Literal(PERSON, (X,)),))
    if kind < 0.89:
        return Somebody("a thing", pool.pick(("it", "the thing")), False, X, ())
    noun = pool.noun()
    front, condition = "", Literal((noun.singular,), (X,))
    if pool.chance(0.12):
        front = f"{pool.adjective()} "
        condition = Literal((front.strip().lower(), noun.singular), (X,))
    again = pool.pick(("it", "it", "he", "she", "they", f"the {noun.singular}", f"that {noun.singular}"))
    text = front + noun.singular
    article = "an" if text[0] in "aeio" else "a"
    return Somebody(f"{article} {text}", again, again == "they", X, (condition,))


def conditional(pool: Pool) -> Told:
    """ "if someone is red and they like the cat then the cat is cold"."""
    somebody = _somebody(pool)
    told = _condition(pool, False)
    joint = told.of(X)
    conditions = [*somebody.conditions, *joint.literals]
    text, connective = f"{somebody.text} {told.text}", joint.connective
    if connective is Connective.OR and somebody.conditions:
        return conditional(pool)
    mentioned = [argument for predicate, _ in told.parts for argument in predicate.extra]
    if connective is Connective.AND:
        while len(conditions) < (2 if pool.plain else 5) and pool.chance(0.33 if len(conditions) > 1 else 0.5):
            more, literals, mentions = _further(pool, somebody, mentioned)
            text = f"{text} and {more}"
            conditions += literals
            mentioned += mentions
    unique = tuple(dict.fromkeys(conditions))
    told_then, head = _then(pool, somebody, mentioned)
    if len(unique) < len(conditions) or any(_not(literal) in unique for literal in unique):
        return conditional(pool)
    if any(literal in unique or _not(literal) in unique for literal in head.literals):
        return conditional(pool)
    if not pool.plain and pool.chance(0.1):
        # The conclusion comes first, and brings in whom it is about.
        parts = single(pool, False)
        first, rest = parts.of(X), single(pool, somebody.plural)
        if first.literals[0] in (*rest.of(X).literals, *map(_not, rest.of(X).literals)):
            return conditional(pool)
        body = Joint((*somebody.conditions, *rest.of(X).literals))
        when = pool.pick(("if", "if", "if", "when", "whenever"))
        return f"{somebody.text} {parts.text} {when} {somebody.again} {rest.text}", Rule(first, body)
    return _framed(pool, text, told_then), Rule(head, Joint(unique, connective))


def _further(pool: Pool, somebody: Somebody, mentioned: Sequence[Term]) -> tuple[str, tuple[Literal, ...], list[Term]]:
    """One more condition, of the somebody or of an individual, which was mentioned as a rule."""
    if pool.chance(0.55):
        told = single(pool, somebody.plural)
        joint = told.of(X)
        return f"{somebody.again} {told.text}", joint.literals, [part for p, _ in told.parts for part in p.extra]
    individual = _mentioned(pool, mentioned)
    told = single(pool, False)
    literals = told.of(individual.term).literals
    return f"{individual.text} {told.text}", literals, [part for p, _ in told.parts for part in p.extra]


def _mentioned(pool: Pool, mentioned: Sequence[Term]) -> Individual:
    if mentioned and not pool.plain and pool.chance(0.75):
        term = pool.pick(mentioned)
        return pool.known(term)
    return pool.individual()


def _then(pool: Pool, somebody: Somebody, mentioned: Sequence[Term]) -> tuple[str, Joint]:
    if pool.chance(0.62):
        told = phrase(pool, somebody.plural)
        return f"{somebody.again} {told.text}", told.of(X)
    individual = _mentioned(pool, mentioned)
    told = phrase(pool, False)
    return f"{individual.text} {told.text}", told.of(individual.term)


def _framed(pool: Pool, condition: str, conclusion: str) -> str:
    kind = pool.rng.random()
    if kind < 0.6 or pool.plain:
        return f"if {condition} then {conclusion}"
    if kind < 0.8:
        return f"if {condition}, {pool.pick(('then ', ''))}{conclusion}"
    if kind < 0.9:
        return f"{pool.pick(('when', 'whenever'))} {condition}, {pool.pick(('then ', '', ''))}{conclusion}"
    if kind < 0.95 and _can_lead(conclusion):
        return f"{conclusion} {pool.pick(('if', 'if', 'when', 'whenever'))} {condition}"
    return f"if {condition} then {conclusion}"


def _can_lead(conclusion: str) -> bool:
    """Whether the conclusion may stand first: not with a pronoun, which would look for somebody before it."""
    return conclusion.split()[0] not in ("it", "they", "he", "she", "that") and not conclusion.startswith("the ")


def definite_conditional(pool: Pool) -> Told:
    """ "if the cat sees the dog and Bob is red then the dog is not cold", "if Bob is red then he is kind"."""
    texts: list[str] = []
    conditions: list[Literal] = []
    mentioned: list[Term] = []
    for number in range(pool.pick((1, 2) if pool.plain else (1, 1, 1, 2, 2, 2, 3))):
        subject = pool.individual() if not number else _mentioned(pool, mentioned)
        told = single(pool, False) if pool.plain or number or pool.chance(0.85) else conjunction(pool, False)
        texts.append(f"{subject.text} {told.text}")
        conditions += told.of(subject.term).literals
        mentioned += [subject.term, *(part for p, _ in told.parts for part in p.extra)]
    if len(texts) == 1 and pool.chance(0.05):
        other = pool.individual()
        told = single(pool, False)
        if (literal := told.of(other.term).literals[0]) not in conditions and len(conditions) == 1:
            return _disjunctive(pool, f"{texts[0]} or {other.text} {told.text}", (conditions[0], literal))
    subject = _mentioned(pool, mentioned)
    said = subject.text
    if len(set(mentioned)) == 1 and pool.chance(0.4):
        subject, said = pool.known(mentioned[0]), pool.pick(("he", "she", "it"))
    told = phrase(pool, False)
    head = told.of(subject.term)
    inside = set(conditions)
    if len(inside) < len(conditions) or any(_not(literal) in inside for literal in inside):
        return definite_conditional(pool)
    if any(literal in inside or _not(literal) in inside for literal in head.literals):
        return definite_conditional(pool)
    return _framed(pool, " and ".join(texts), f"{said} {told.text}"), Rule(head, Joint(tuple(conditions)))


def _disjunctive(pool: Pool, text: str, conditions: tuple[Literal, ...]) -> Told:
    subject, told = pool.individual(), single(pool, False)
    head = told.of(subject.term)
    if any(literal in conditions or _not(literal) in conditions for literal in head.literals):
        return definite_conditional(pool)
    return f"if {text} then {subject.text} {told.text}", Rule(head, Joint(conditions, Connective.OR))


def of_two_kinds(pool: Pool) -> Told:
    """ "if a cat likes a dog then the dog is red", "everyone who likes a cat is kind"."""
    one, two, verb = pool.noun(), pool.noun(), pool.transitive()
    if one == two:
        return of_two_kinds(pool)
    told = single(pool, False)
    like = Literal((verb.base,), (X, Y))
    first, second = Literal((one.singular,), (X,)), Literal((two.singular,), (Y,))
    if pool.chance(0.45):
        who, conditions = pool.pick(
            (
                ("everyone who", (like, second)),
                ("anything that", (like, second)),
                (f"every {one.singular} that", (first, like, second)),
                (f"any {one.singular} who", (first, like, second)),
            )
        )
        object_ = two.indefinite
        if pool.chance(0.3):
            object_, conditions = pool.pick(("something", "someone", "somebody")), conditions[:-1]
        return _checked(f"{who} {verb.third} {object_} {told.text}", told.of(X), conditions)
    condition = f"{one.indefinite} {verb.third} {two.indefinite}"
    conditions = (first, like, second)
    if pool.chance(0.35):
        back = pool.transitive()
        text = _framed(pool, condition, f"the {two.singular} {back.third} the {one.singular}")
        return (
            _checked(text, Joint((Literal((back.base,), (Y, X)),)), conditions)
            if text[:2] in ("if", "wh")
            else of_two_kinds(pool)
        )
    noun, term = pool.pick(((one, X), (two, Y)))
    text = _framed(pool, condition, f"the {noun.singular} {told.text}")
    return _checked(text, told.of(term), conditions) if text[:2] in ("if", "wh") else of_two_kinds(pool)


def _checked(text: str, head: Joint, conditions: tuple[Literal, ...]) -> Told:
    return text, Rule(head, Joint(conditions))


# Questions


def question(pool: Pool) -> Told:
    """ "is Bob red", "do all cats like Bob", "is there a cat that is red", "is it true that Bob is red"."""
    kind = pool.rng.random()
    if kind < 0.15:
        text, statement = pool.pick((fact, plain_fact, universal, none_of, exists))(pool)
        return f"{pool.pick(('is it true that', 'is it the case that', 'is it correct that'))} {text}", statement
    predicate = pool.predicate()
    if kind < 0.7:
        subject = pool.individual()
        negated = pool.chance(0.08)
        text = _asked(predicate, subject.text, False, negated)
        return text, Rule(Joint((predicate.of(subject.term, negated),)))
    if kind < 0.9:
        whose = pool.pick((_of_noun, _of_noun, _of_things, _of_compound, _of_everything))(pool)
        if whose.text.split()[0] in ("a", "an", "any", "anything", "anyone", "anybody"):
            return question(pool)  # "is any cat red" asks for one of them
        if predicate.of(X) in whose.conditions:
            return question(pool)
        text = _asked(predicate, whose.text, whose.plural, False)
        return text, Rule(Joint((predicate.of(X),)), Joint(whose.conditions, whose.connective))
    if kind < 0.94:
        noun = pool.noun()
        told = single(pool, False)
        literals = (Literal((noun.singular,), (X,)), *told.of(X).literals)
        if len(set(literals)) < 2:
            return question(pool)
        return f"is there {noun.indefinite} {pool.pick(('that', 'who'))} {told.text}", Existence(literals)
    if kind < 0.97:
        text = _asked(predicate, pool.pick(("anything", "something", "anyone", "someone")), False, False)
        return text, Existence((predicate.of(X),))
    negated = pool.chance(0.4)
    word = pool.pick(("nothing", "nobody", "no one") if negated else ("everything", "everyone", "everybody"))
    return _asked(predicate, word, False, False), Rule(Joint((predicate.of(X, negated),)))


def _asked(predicate: Predicate, subject: str, plural: bool, negated: bool) -> str:
    nots = "not " if negated else ""
    if predicate.copular:
        return f"{'are' if plural else 'is'} {subject} {nots}{predicate.plural if plural else predicate.singular}"
    return f"{'do' if plural else 'does'} {subject} {nots}{predicate.plural}"
