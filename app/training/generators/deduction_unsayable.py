"""Sentences that the clause notation cannot say, or that can be understood in two ways. Each gives a text alone."""

from collections.abc import Callable

from app.training.generators import deduction_phrases as phrases
from app.training.generators.deduction_words import Pool, with_article

_HEDGES = (
    "usually often sometimes probably perhaps maybe possibly almost always may might can could should must would will"
    " most many few several more less because unless although than two three <number> <other> likely too just"
).split()


_VAGUE = (
    "most,many,few,a few,several,almost all,nearly all,two,three,both,5,exactly one,at least two,at most one"
    ",half of the,most of the,12"
).split(",")


def hedged(pool: Pool, tokens: tuple[str, ...]) -> tuple[str, ...]:
    """A sentence that could be said, with a word in it that makes it say something else."""
    place = 1 + int(pool.rng.random() * max(1, len(tokens) - 2))
    while tokens[place : place + 1] and tokens[place].startswith("-"):
        place += 1
    return (*tokens[:place], pool.pick(_HEDGES), *tokens[place:])


def _subject(pool: Pool) -> str:
    return pool.individual().text


def _told(pool: Pool) -> str:
    return phrases.single(pool, False).text


def _clause(pool: Pool) -> str:
    return f"{_subject(pool)} {_told(pool)}"


def pronoun(pool: Pool) -> str:
    word = pool.pick(("he", "she", "it", "this", "that", "they", "these", "i", "you", "we", "the other", "this one"))
    plural = word in ("they", "these", "i", "you", "we")
    return f"{word} {phrases.phrase(pool, plural).text}"


def pronoun_object(pool: Pool) -> str:
    return (
        f"{_subject(pool)} {pool.transitive().third} {pool.pick(('him', 'her', 'it', 'them', 'himself', 'this', 'me'))}"
    )


def pronoun_in_rule(pool: Pool) -> str:
    one, two, verb = _subject(pool), _subject(pool), pool.transitive()
    if pool.chance(0.3):
        return f"if {_clause(pool)} then they {phrases.single(pool, True).text}"
    if pool.chance(0.3):
        return (
            f"if someone {_told(pool)} then {pool.pick(('his', 'her', 'their'))} {pool.noun().singular} {_told(pool)}"
        )
    if pool.chance(0.3):
        return f"if {two} {_told(pool)} then {pool.pick(('someone', 'something'))} {_told(pool)}"
    if pool.chance(0.3):
        return f"if someone {_told(pool)} then {one} {verb.third} {pool.pick(('him', 'her'))} and {verb.third} it"
    if one == two:
        return f"if {pool.pick(('it', 'he', 'she'))} {_told(pool)} then {two} {_told(pool)}"
    return f"if {one} {verb.third} {two} then {pool.pick(('it', 'he', 'she'))} {_told(pool)}"


def possessive(pool: Pool) -> str:
    owner, noun = _subject(pool), pool.noun()
    if pool.chance(0.3):
        return f"{_subject(pool)} {pool.transitive().third} {owner}'s {noun.singular}"
    if pool.chance(0.3):
        return f"{_subject(pool)} is {owner}'s {noun.singular}"
    whose = f"{owner}'s" if pool.chance(0.6) else pool.pick(("his", "her", "their", "my", "its"))
    return f"{whose} {noun.singular} {_told(pool)}"


def vague_quantity(pool: Pool) -> str:
    noun = pool.noun()
    many = pool.pick(_VAGUE)
    words = noun.plural if pool.chance(0.7) else f"{pool.adjective()} {pool.pick(('things', 'people'))}"
    return f"{many} {words} {phrases.phrase(pool, True).text}"


def modal(pool: Pool) -> str:
    word = pool.pick(
        ("can", "may", "must", "should", "will", "would", "might", "could", "cannot", "will not", "must not")
    )
    predicate = pool.predicate()
    rest = f"be {predicate.singular}" if predicate.copular else predicate.plural
    subject = _subject(pool) if pool.chance(0.6) else phrases.kind_of(pool).text
    if pool.chance(0.2):
        return f"if {_clause(pool)} then {_subject(pool)} {word} {rest}"
    return f"{subject} {word} {rest}"


def comparative(pool: Pool) -> str:
    one, two, adjective = _subject(pool), _subject(pool), pool.adjective()
    longer = adjective + "er" if pool.chance(0.5) else f"more {adjective}"
    kind = pool.rng.random()
    if kind < 0.5:
        return f"{one} is {pool.pick(('', 'not '))}{longer} than {two}"
    if kind < 0.6:
        return f"{one} is as {adjective} as {two}"
    if kind < 0.8:
        return f"{one} is the {pool.pick((adjective + 'est', 'most ' + adjective))} {pool.noun().singular}"
    return f"if someone is {longer} than {two} then they {phrases.single(pool, True).text}"


def number(pool: Pool) -> str:
    some = pool.pick(("two", "three", "4", "17", "100", "five"))
    verb = "has" if pool.chance(0.6) else pool.transitive().third
    return f"{_subject(pool)} {verb} {some} {pool.noun().plural}"


def reason(pool: Pool) -> str:
    word = pool.pick(
        ("because", "unless", "although", "since", "so", "until", "before", "after", "if and only if", "only if")
    )
    one, two = _clause(pool), _clause(pool)
    if pool.chance(0.3) and word in ("because", "unless", "although", "since"):
        return f"{word} {one}, {two}"
    return f"{one} {word} {two}"


def asking(pool: Pool) -> str:
    subject, verb = _subject(pool), pool.transitive()
    return pool.pick(
        (
            f"who {_told(pool)}?",
            f"what does {subject} {verb.base}?",
            f"which {pool.noun().singular} {_told(pool)}?",
            f"how many {pool.noun().plural} are {pool.adjective()}?",
            f"where is {subject}?",
            f"why is {subject} {pool.adjective()}?",
            f"is {subject} {pool.adjective()} or {pool.adjective()}?",
            f"does {subject} {verb.base} {_subject(pool)} or {_subject(pool)}?",
            f"can {subject} {verb.base} {_subject(pool)}?",
            f"was {subject} {pool.adjective()}?",
            f"did {subject} {verb.base} {_subject(pool)}?",
            f"is it {pool.adjective()}?",
            f"are they {pool.adjective()}?",
            f"is this {pool.adjective()}?",
            f"is it false that {subject} is {pool.adjective()}?",
            f"is it not true that {_clause(pool)}?",
        )
    )


def past(pool: Pool) -> str:
    subject, verb = _subject(pool), pool.transitive().base
    past_form = verb + ("d" if verb.endswith("e") else "ed")
    adjective = pool.adjective()
    return pool.pick(
        (
            f"{subject} was {adjective}",
            f"{subject} was not {pool.noun().indefinite}",
            f"{subject} {past_form} {_subject(pool)}",
            f"{subject} did not {verb} {_subject(pool)}",
            f"{subject} had {pool.noun().indefinite}",
            f"{subject} has {past_form} {_subject(pool)}",
            f"{subject} has been {adjective}",
            f"all {pool.noun().plural} were {adjective}",
            f"someone {past_form} {_subject(pool)}",
            f"if {subject} was {adjective} then {_clause(pool)}",
            f"{subject} is {verb}ing {_subject(pool)}",
            f"{subject} is {past_form} by {_subject(pool)}",
            f"everyone who is {past_form} by {subject} is {adjective}",
        )
    )


def adverb(pool: Pool) -> str:
    subject, verb, object_ = _subject(pool), pool.transitive(), _subject(pool)
    adjective = pool.adjective()
    how = pool.pick(
        (adjective + "ly", "quickly", "really", "secretly", "always", "often", "usually", "never", "sometimes")
    )
    return pool.pick(
        (
            f"{subject} {how} {verb.third} {object_}",
            f"{subject} {verb.third} {object_} {adjective}ly",
            f"{subject} is {adjective}ly {pool.adjective()}",
            f"{subject} is very {adjective}",
            f"{subject} is {pool.pick(('always', 'often', 'usually', 'sometimes', 'never'))} {adjective}",
            f"{pool.noun().plural} {pool.pick(('often', 'usually', 'sometimes'))} {pool.intransitive().base}",
        )
    )


def equality(pool: Pool) -> str:
    one, two = pool.two_individuals()
    nots = "not " if pool.chance(0.2) else ""
    if one.text.startswith("the ") == two.text.startswith("the ") == False and nots:  # noqa: E712
        nots = ""
    if two.text.startswith("the ") or two.text[0].isupper():
        return f"{one.text} is {nots}{two.text}"
    return f"{one.text} is the same as {two.text}"


def two_ways(pool: Pool) -> str:
    """ "is not red and cold", "is either red or cold", "likes Bob and is red or cold"."""
    one, two, three = pool.adjective(), pool.adjective(), pool.adjective()
    subject = _subject(pool) if pool.chance(0.6) else pool.pick(("every", "each")) + " " + pool.noun().singular
    verb, first, second = pool.transitive(), _subject(pool), _subject(pool)
    return pool.pick(
        (
            f"{subject} is not {one} and {two}",
            f"{subject} is not {one} or {two}",
            f"{subject} is not both {one} and {two}",
            f"{subject} is either {one} or {two}",
            f"either {first} is {one} or {second} is {two}",
            f"{subject} is {one} and {two} or {three}",
            f"{subject} is {one} or {two} and {three}",
            f"{subject} does not {verb.base} {first} and {second}",
            f"{subject} does not {verb.base} {first} or {second}",
            f"{subject} is {pool.noun().indefinite} or {one} and {two}",
            f"if someone is {one} and {two} or {three} then they are {pool.adjective()}",
            f"if someone is not {one} and {two} then they are {three}",
            f"if someone is not {one} or {two} then they are {three}",
            f"everyone {pool.pick(('is not', 'does not ' + verb.base + ' ' + first + ' and is'))} {one}",
            f"{pool.pick(('everything', 'everybody', 'everyone'))} is not {one}",
            f"someone who is {one} is {two}",
            f"something that {verb.third} {first} is {two}",
            f"{first} and {second} or the {pool.noun().singular} are {one}",
        )
    )


def weather(pool: Pool) -> str:
    verb = pool.intransitive().base
    plain = pool.pick((f"it is {verb}ing", f"it {pool.intransitive().third}", f"it is {pool.adjective()}"))
    if pool.chance(0.4):
        return f"if {plain} then {_clause(pool)}"
    return plain


def indefinite_object(pool: Pool) -> str:
    verb, noun, subject = pool.transitive(), pool.noun(), _subject(pool)
    words = pool.pick((noun.indefinite, noun.plural, f"some {noun.plural}", f"some {noun.singular}", f"{noun.plural}"))
    if pool.chance(0.2):
        words = f"{with_article(pool.adjective())} {noun.singular}"
    kind = pool.rng.random()
    if kind < 0.35:
        return f"{subject} {verb.third} {words}"
    if kind < 0.5:
        return f"{subject} does not {verb.base} {words}"
    if kind < 0.65:
        return f"every {pool.noun().singular} {verb.third} {words}"
    if kind < 0.8:
        return f"{pool.pick(('', 'all '))}{pool.noun().plural} {verb.base} {words}"
    if kind < 0.9:
        return f"if someone {_told(pool)} then they {verb.base} {words}"
    return f"everyone {verb.third} {pool.pick(('someone', 'something', words))}"


def belief(pool: Pool) -> str:
    verb = pool.pick((pool.transitive().third, "thinks", "believes", "says", "knows", "hopes"))
    that = "that " if pool.chance(0.6) else ""
    return f"{_subject(pool)} {verb} {that}{_clause(pool)}"


def nested(pool: Pool) -> str:
    one, two, three = _clause(pool), _clause(pool), _clause(pool)
    return pool.pick(
        (
            f"if {one} then if {two} then {three}",
            f"if {one} then {two} if {three}",
            f"it is not the case that if {one} then {two}",
            f"if {one} and {two} or {three} then {_clause(pool)}",
            f"if {one} then {two} or {three} and {_clause(pool)}",
            f"if {one} then {two}, otherwise {three}",
            f"neither {one} nor {two} and {three}",
            f"{one} or {two} and {three}",
            f"either {one}, or {two}",
        )
    )


def exclusive(pool: Pool) -> str:
    subject, other = pool.two_individuals()
    verb, noun = pool.transitive(), pool.noun()
    return pool.pick(
        (
            f"only {subject.text} {_told(pool)}",
            f"{subject.text} {verb.third} only {other.text}",
            f"{subject.text} only {verb.third} {other.text}",
            f"{subject.text} is only {pool.adjective()}",
            f"{subject.text} is the only {noun.singular}",
            f"all {noun.plural} except {subject.text} {phrases.single(pool, True).text}",
            f"everyone but {subject.text} {_told(pool)}",
            f"not only {noun.plural} {phrases.single(pool, True).text}",
            f"nothing but {noun.plural} {phrases.single(pool, True).text}",
            f"the only {noun.plural} are {pool.adjective()}",
            f"{subject.text} and {other.text} {verb.base} each other",
            f"another {noun.singular} {_told(pool)}",
            f"{subject.text} is just {pool.adjective()}",
            f"everyone else {_told(pool)}",
        )
    )


def three_arguments(pool: Pool) -> str:
    one, two, three = _subject(pool), _subject(pool), _subject(pool)
    verb = pool.transitive()
    return pool.pick(
        (
            f"{one} {verb.third} {two} {pool.pick(('to', 'for', 'with', 'in', 'from', 'on', 'at', 'near'))} {three}",
            f"{one} {verb.third} {two} the {pool.noun().singular}",
            f"{one} {verb.third} {pool.noun().indefinite} to {three}",
            f"{one} is {pool.adjective()} {pool.pick(('in', 'at', 'for', 'with'))} {pool.pick(('it', 'this', 'that'))}",
            f"{one} is between {two} and {three}",
        )
    )


def fragment(pool: Pool) -> str:
    noun, subject = pool.noun(), _subject(pool)
    predicate = pool.predicate()
    return pool.pick(
        (
            noun.plural,
            f"{noun.indefinite}",
            f"if {subject} {_told(pool)}",
            f"then {_clause(pool)}",
            f"and {subject}",
            f"{subject} is",
            f"{subject} is not",
            f"every {noun.singular}",
            f"all {noun.plural} that {phrases.single(pool, True).text}",
            f"is {subject}",
            f"{predicate.singular}",
            f"{subject}, {noun.singular}, {pool.adjective()}",
            f"{subject}",
            f"{pool.transitive().base} the {noun.singular}",
            f"{noun.singular} {pool.adjective()} {pool.intransitive().base} {pool.adjective()} {subject}",
            f"based on this, is it {pool.adjective()}",
            f"consider the following {noun.plural}:",
            f"in this {noun.singular}, {_clause(pool)}",
            f"suppose that {_clause(pool)}",
            f"{subject}: {pool.adjective()}",
            f'"{_clause(pool)}"',
            f"{_clause(pool)} ({pool.adjective()})",
        )
    )


def two_rules(pool: Pool) -> str:
    """ "dogs are mammals and mammals are animals": each of the two would be a rule of its own."""
    first, second = phrases.kind_of(pool), phrases.kind_of(pool)
    one = f"{first.text} {phrases.single(pool, first.plural).text}"
    other = f"{second.text} {phrases.single(pool, second.plural).text}" if pool.chance(0.6) else _clause(pool)
    join = pool.pick((" and ", ", and ", ", but ", "; ", ", while "))
    return f"{one}{join}{other}" if pool.chance(0.7) else f"{_clause(pool)}{join}{one}"


UNSAYABLE: tuple[Callable[[Pool], str], ...] = (
    *(pronoun,) * 3,
    *(pronoun_object,) * 2,
    *(pronoun_in_rule,) * 3,
    *(possessive,) * 3,
    *(vague_quantity,) * 4,
    *(modal,) * 4,
    *(comparative,) * 4,
    *(number,) * 2,
    *(reason,) * 3,
    *(asking,) * 4,
    *(past,) * 3,
    *(adverb,) * 3,
    *(equality,) * 1,
    *(two_ways,) * 5,
    *(weather,) * 2,
    *(indefinite_object,) * 4,
    *(belief,) * 2,
    *(nested,) * 2,
    *(exclusive,) * 3,
    *(three_arguments,) * 3,
    *(fragment,) * 4,
    *(two_rules,) * 2,
)
"""Each as often as it should be tried."""
