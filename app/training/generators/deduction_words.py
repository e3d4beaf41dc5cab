"""The words of a made-up deduction: names, nouns, adjectives, verbs, and what is said with them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeVar

from app.translator.clauses import FUNCTION_WORDS, Connective, Joint, Literal, Term, bases

Item = TypeVar("Item")

_NAMES = (
    "Bob Anne Milo Alex Max Rex Tia Ida Jon Kim Lea Polly Sam Stella Wren Fay Sally Dave Erin Fiona Gary Harry"
    " Charlie Socrates Plato Nora Otto Petra Quentin Rosa Silas Tara Ugo Vera Wilma Yusuf Zoe Chris James Alice Carlos"
    " Priya Dmitri Hana Ivan Julia Kofi Luis Mona Niels Olga Paris Berlin Rome London Norway Texas Jupiter Felix Tom"
    " Lucas Thomas Agnes Boris Iris Doris Moses Hans Mary-Jane Fido Whiskers Daisy"
).split()
_DOUBLE_NAMES = "Mary Ann,New York,San Marco,Old Tom,Van Dyke,Anna Maria,Lake Como,Mount Etna".split(",")
_NOUNS = (
    "cat dog cow bear lion tiger mouse rabbit squirrel otter wolf fox goose sheep fish deer bird whale mammal reptile"
    " animal insect plant tree flower oak metal stone toy book barn house boat car bus glass bench box knife leaf city"
    " country river lake mountain island planet star moon doctor teacher nurse pilot baker farmer student painter"
    " singer dancer child man woman boy girl king queen knight witch poet thief hero judge lawyer player parent friend"
    " vegetable fruit apple cherry potato spice drink coin key lamp clock machine robot vehicle tool weapon circle"
    " square triangle shape number integer prime polygon crystal liquid gas mineral feather dragon ghost elf dwarf"
    " octopus cactus virus walrus fungus actress princess chess-set butterfly spider fly bee wasp snake lizard frog"
).split()
_IRREGULAR = {
    "mouse": "mice", "wolf": "wolves", "goose": "geese", "sheep": "sheep", "fish": "fish", "deer": "deer",
    "knife": "knives", "leaf": "leaves", "child": "children", "man": "men", "woman": "women", "thief": "thieves",
    "elf": "elves", "dwarf": "dwarves", "fungus": "fungi", "cactus": "cacti",
}  # fmt: skip
_ADJECTIVES = (
    "red blue green white black yellow cold warm hot round square big small large tiny young old new rough smooth kind"
    " nice quiet loud furry smart clever wet dry dusty clean dirty shy bold brave happy sad angry calm hungry rich poor"
    " sweet sour bitter salty spicy fruity wooden metallic earthy floral liquid opaque transparent bright dull strong"
    " weak tall short heavy light fast slow hard soft sharp blunt mean aggressive feisty nervous anxious careless"
    " harmless dangerous precious famous tired bored painted broken wicked naked aged frozen charming boring shining"
    " friendly lonely lovely ugly edible mortal alive warm-blooded cold-blooded well-read honest rare common even odd"
    " prime visible hollow fresh ripe rotten available open closed empty full royal loyal guilty innocent"
).split()
_TRANSITIVE = (
    "like see chase eat visit need love hate admire know help follow fear trust teach watch carry push pull kiss hug"
    " pass miss catch own want meet hear envy marry bury study praise thank respect avoid greet call paint own drive"
    " attack defend support contain border orbit dislike bite tease cross touch"
).split()
_INTRANSITIVE = (
    "swim bark fly sing dance sleep run jump walk laugh cry shout smile work cook read float sink shine glow melt burn"
    " grow hunt howl purr hop crawl snore whistle fish study wash dig march travel bloom rust"
).split()
_PLACED = (
    "live in,work for,work with,talk to,listen to,look at,run from,belong to,depend on,sit on,sit near,play with"
    ",sleep under,hide behind,come from,travel to,live near,care for,wait for,fly over,arrive at"
).split(",")
_PLACES = "in on near under behind at with over from".split()
_WHERE = "in on near under behind at over".split()
_RELATED = (  # an adjective or a noun with its preposition
    "afraid of,similar to,close to,fond of,proud of,angry with,kind to,responsible for,married to,loyal to,full of"
    ",made of,made from,located in,interested in,opposed to,known for"
).split(",")
_ROLES = (
    "father of,mother of,friend of,part of,member of,owner of,capital of,sister of,neighbour of,teacher of,city in"
    ",son of"
).split(",")
_HAD = (
    "wings,fur,feathers,scales,gills,a tail,a beak,a shell,horns,claws,money,teeth,a key,a licence,hair"
    ",courage,talent,roots,leaves,a garden,a car,branches,seeds,stripes,whiskers,an engine,wheels"
).split(",")
_ONSETS = "b br bl d dr f fl g gl gr h j k kl l m n p pl pr r s sk sl sn st t tr v w y z sh ch th".split()
_VOWELS = "a e i o u a e i o u oo ee ai ou".split()
_CODAS = "b d f g k l m n p r t mp nt rp lk sk st x sh ch ck n m l r zz".split()


@dataclass(frozen=True, slots=True)
class Noun:
    singular: str
    plural: str

    @property
    def indefinite(self) -> str:
        return with_article(self.singular)


@dataclass(frozen=True, slots=True)
class Verb:
    base: str
    third: str


@dataclass(frozen=True, slots=True)
class Individual:
    text: str
    term: Term


@dataclass(frozen=True, slots=True)
class Predicate:
    """What can be said of a subject: `is red`, `is a cat`, `likes Bob`; `extra` are the arguments behind the subject.

    Args:
        copular: it stands behind a form of "be".
    """

    copular: bool
    singular: str
    plural: str
    term: Term
    extra: tuple[Term, ...] = ()

    def of(self, subject: Term, negated: bool = False) -> Literal:
        return Literal(self.term, (subject, *self.extra), negated)


@dataclass(frozen=True, slots=True)
class Phrase:
    """A verb phrase: its text, and what it says of a subject."""

    text: str
    parts: tuple[tuple[Predicate, bool], ...]
    connective: Connective = Connective.AND

    def of(self, subject: Term) -> Joint:
        return Joint(tuple(predicate.of(subject, negated) for predicate, negated in self.parts), self.connective)


def with_article(word: str) -> str:
    return f"{'an' if word[0] in 'aeio' else 'a'} {word}"


def plural_of(word: str) -> str:
    return _IRREGULAR[word] if word in _IRREGULAR else third_of(word)


def third_of(word: str) -> str:
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return word + "es"
    if word.endswith("y") and word[-2] not in "aeiou":
        return word[:-1] + "ies"
    return word + ("es" if word in ("hero", "potato") else "s")


class Pool:
    """The words of one sentence or of one document, taken from the lists or made up when they are wanted.

    Args:
        made_up: the share of the words that are made up, 0 to 1.
        reuse: how often a word that is there already is taken again.
        named: the share of the individuals that have a name; the others are "the cat".
        enough: as many words of one sort are the most.
        simple: adjectives and relations alone, without nouns, prepositions and things had.
        plain: one phrasing of each form, where there are several.
    """

    def __init__(
        self,
        rng: Random,
        *,
        made_up: float,
        reuse: float,
        named: float,
        enough: int = 1_000,
        simple: bool = False,
        plain: bool = False,
    ) -> None:
        self.rng, self.made_up, self.reuse, self.named = rng, made_up, reuse, named
        self.enough, self.simple, self.plain = enough, simple, plain
        self.forms: dict[str, str] = {}
        """Each form of each word taken, in small letters, and what stands for it in a statement."""
        self._taken: set[str] = set()
        self._adjectives: list[str] = []
        self._nouns: list[Noun] = []
        self._transitive: list[Verb] = []
        self._intransitive: list[Verb] = []
        self._individuals: list[Individual] = []

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def pick(self, items: Sequence[Item]) -> Item:
        return items[int(self.rng.random() * len(items))]

    # Words

    def adjective(self) -> str:
        return self._from(self._adjectives, self._new_adjective)

    def noun(self) -> Noun:
        return self._from(self._nouns, self._new_noun)

    def transitive(self) -> Verb:
        return self._from(self._transitive, lambda: self._new_verb(_TRANSITIVE))

    def intransitive(self) -> Verb:
        return self._from(self._intransitive, lambda: self._new_verb(_INTRANSITIVE))

    def individual(self) -> Individual:
        return self._from(self._individuals, self._new_individual)

    def two_individuals(self) -> tuple[Individual, Individual]:
        first = second = self.individual()
        for _ in range(8):
            if second != first:
                return first, second
            second = self.individual()
        second = self._new_individual()
        self._individuals.append(second)
        return first, second

    def known(self, term: Term) -> Individual:
        """The individual of this document that `term` stands for."""
        return next(individual for individual in self._individuals if individual.term == term)

    def _from(self, items: list[Item], new: Callable[[], Item]) -> Item:
        if items and (len(items) >= self.enough or self.rng.random() < self.reuse):
            return self.pick(items)
        items.append(new())
        return items[-1]

    def _free(self, choose: Callable[[], str], *others: Callable[[str], str]) -> str:
        """A word of which no form is taken yet."""
        while True:
            word = choose()
            forms = [word.lower(), *(other(word) for other in others)]
            found = {base for form in forms for part in form.split() for base in bases(part)}
            if found.isdisjoint(self._taken) and FUNCTION_WORDS.isdisjoint(forms):
                self._taken |= found
                for form in forms:
                    self.forms[form] = word.lower()
                return word

    def _word(self, items: Sequence[str], ending: str = "") -> str:
        if self.rng.random() >= self.made_up:
            return self.pick(items)
        syllables = 1 + int(self.rng.random() * 2.4)
        word = "".join(self.pick(_ONSETS) + self.pick(_VOWELS) for _ in range(syllables)) + self.pick(_CODAS)
        return word + ending

    def _new_adjective(self) -> str:
        ending = self.pick(("", "", "", "y", "ish", "ed", "ous", "ic", "ing", "less", "ful"))
        return self._free(lambda: self._word(_ADJECTIVES, ending))

    def _new_noun(self) -> Noun:
        ending = self.pick(("", "us", "us", "er", "oid", "y", "ing"))
        singular = self._free(lambda: self._word(_NOUNS, ending), plural_of)
        return Noun(singular, plural_of(singular))

    def _new_verb(self, items: Sequence[str]) -> Verb:
        base = self._free(lambda: self._word(items), third_of)
        return Verb(base, third_of(base))

    def _new_individual(self) -> Individual:
        if self.chance(self.named):
            items = _DOUBLE_NAMES if self.chance(0.04) and not self.simple else _NAMES
            name = self._free(lambda: self._name(items))
            return Individual(name, (name.lower(),))
        noun = self._free(lambda: self._word(_NOUNS))
        if not self.chance(0.25):
            return Individual(f"the {noun}", (noun.lower(),))
        adjective = self._free(lambda: self._word(_ADJECTIVES))
        return Individual(f"the {adjective} {noun}", (adjective.lower(), noun.lower()))

    def _name(self, items: Sequence[str]) -> str:
        word = self._word(items)
        return word[0].upper() + word[1:]

    def fixed(self, words: str) -> tuple[str, ...]:
        """What stands for words of a fixed phrase, such as "afraid of", in a statement."""
        parts = [part for part in words.split() if part not in ("a", "an", "the")]
        for part in parts:
            if part not in FUNCTION_WORDS:
                self.forms.setdefault(part, part)
        return tuple(parts)

    # What is said with them

    def predicate(self) -> Predicate:
        if self.simple:
            return self.adjectival() if self.chance(0.6) else self.relation()
        return self.pick(_SORTS)(self)

    def adjectival(self) -> Predicate:
        adjective = self.adjective()
        return Predicate(True, adjective, adjective, (adjective.lower(),))

    def nominal(self) -> Predicate:
        noun = self.noun()
        return Predicate(True, noun.indefinite, noun.plural, (noun.singular,))

    def compound(self) -> Predicate:
        noun, adjective = self.noun(), self.adjective()
        if self.chance(0.12):
            adjective = f"{self.adjective()} {adjective}"
            if len(set(adjective.split())) == 1:
                return self.nominal()
        parts = tuple(part.lower() for part in (*adjective.split(), noun.singular))
        return Predicate(True, with_article(f"{adjective} {noun.singular}"), f"{adjective} {noun.plural}", parts)

    def action(self) -> Predicate:
        verb = self.intransitive()
        return Predicate(False, verb.third, verb.base, (verb.base,))

    def relation(self, object_: Individual | None = None) -> Predicate:
        verb, object_ = self.transitive(), object_ or self.individual()
        return Predicate(
            False, f"{verb.third} {object_.text}", f"{verb.base} {object_.text}", (verb.base,), (object_.term,)
        )

    def placed(self) -> Predicate:
        base, preposition = self._verb_and_preposition()
        object_ = self.individual()
        return Predicate(
            False,
            f"{third_of(base)} {preposition} {object_.text}",
            f"{base} {preposition} {object_.text}",
            (base, preposition),
            (object_.term,),
        )

    def _verb_and_preposition(self) -> tuple[str, str]:
        if self.chance(0.5):
            return self.intransitive().base, self.pick(_PLACES)
        base, preposition = self.pick(_PLACED).split()
        if not {base, third_of(base)}.isdisjoint(self.forms):
            return self.intransitive().base, preposition
        self.forms[base] = self.forms[third_of(base)] = base
        self._taken |= bases(base) | bases(third_of(base))
        return base, preposition

    def located(self) -> Predicate:
        preposition, object_ = self.pick(_WHERE), self.individual()
        text = f"{preposition} {object_.text}"
        return Predicate(True, text, text, (preposition,), (object_.term,))

    def related(self) -> Predicate:
        object_ = self.individual()
        if self.chance(0.5):
            words = self.pick(_RELATED) if self.chance(0.6) else f"{self.adjective()} {self.pick(('of', 'to', 'with'))}"
            return Predicate(
                True, f"{words} {object_.text}", f"{words} {object_.text}", self.fixed(words), (object_.term,)
            )
        noun = self.pick(_ROLES) if self.chance(0.6) else f"{self.noun().singular} of"
        many = f"{plural_of(noun.split()[0])} {noun.split()[1]}"
        self.forms.setdefault(many.split()[0], noun.split()[0])
        one = f"the {noun}" if self.chance(0.5) else with_article(noun)
        return Predicate(True, f"{one} {object_.text}", f"{many} {object_.text}", self.fixed(noun), (object_.term,))

    def possession(self) -> Predicate:
        words = self.pick(_HAD)
        if self.chance(0.4):
            noun = self.noun()
            words = noun.plural if self.chance(0.5) else noun.indefinite
            return Predicate(False, f"has {words}", f"have {words}", ("have", noun.singular))
        return Predicate(False, f"has {words}", f"have {words}", ("have", *self.fixed(words)))


_SORTS: tuple[Callable[[Pool], Predicate], ...] = (
    *(Pool.adjectival,) * 14,
    *(Pool.nominal,) * 8,
    *(Pool.relation,) * 10,
    *(Pool.action,) * 5,
    *(Pool.compound,) * 3,
    *(Pool.placed,) * 2,
    *(Pool.related,) * 2,
    *(Pool.possession,) * 2,
    Pool.located,
)
