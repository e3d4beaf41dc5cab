"""Tells a tale: templates become sentences, in some order, with names, pronouns and numbers in their places.

A template is a clause without its full stop:

    [a|b|]      one of these
    <...>       only where the clause begins a sentence
    {p}         a person: the name first, later perhaps a pronoun; {p.his} and {p.him} the same in other cases,
                {p.own} always a pronoun, {p.name} and {p.whose} never; {p:have} is a verb that agrees
    {x} {xs}    a thing, and more of them; {an x} with its article
    {a}         a number of the tale; {a x} with the form of the noun that it needs, {a ~x} with the noun where it is
                needed, {a $} as money

Where a number stands in the text is known by a mark that is exchanged for it last, so that sentences can be moved.
"""

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache

from app.numerals import quantities
from app.training.generators import words
from app.training.generators.words import Noun, Pronouns
from app.training.rows import ArithmeticProblem
from app.translator.expression import CONSTANTS, Constant, Expression, Operation, Slot, evaluate

SOURCE = "generated/elementary"


class TaleError(ValueError):
    """A tale contradicts itself: a fault of whoever wrote it, never of the dice."""


@dataclass(frozen=True, slots=True)
class Person:
    """`full` at the first mention ("a baker"), `short` later ("the baker")."""

    full: str
    short: str
    pronouns: Pronouns


Member = Person | Noun | str


@dataclass(frozen=True, slots=True)
class Tale:
    """What happened, and what is asked.

    Args:
        values: all amounts of the story, those too that nobody is told.
        facts: templates; together they write the numbers that `formula` uses.
        ask: template of the question; with a full stop at its end it is a request.
        formula: infix, over the names of written numbers.
        answer: the name of the amount that is asked for.
        ordered: whether the facts lose their sense in another order.
        written: numbers that are written in a special way, such as "twice".
        noise: further facts, of which one may be told; it may not change the answer.
        avoid: sorts of general noise that would make the question ambiguous.
    """

    schema: str
    cast: Mapping[str, Member]
    values: Mapping[str, Fraction]
    facts: Sequence[str]
    ask: str
    formula: str
    answer: str
    ordered: bool = True
    written: Mapping[str, str] = field(default_factory=dict)
    noise: Sequence[str] = ()
    avoid: frozenset[str] = frozenset()


# Templates


@dataclass(frozen=True, slots=True)
class _Choice:
    options: "tuple[tuple[_Part, ...], ...]"


@dataclass(frozen=True, slots=True)
class _Opening:
    parts: "tuple[_Part, ...]"


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    detail: str
    kind: str
    """"." with a detail of a person, ":" with a verb, " " with a noun behind a number, "" alone."""


_Part = str | _Choice | _Opening | _Field
_SPECIAL = re.compile(r"[\[\]|<>]|\{[^}]*\}")


@cache
def _template(text: str) -> tuple[_Part, ...]:
    stack: list[tuple[str, list[list[_Part]]]] = [("", [[]])]
    position = 0
    for match in _SPECIAL.finditer(text):
        if match.start() > position:
            stack[-1][1][-1].append(text[position : match.start()])
        position = match.end()
        sign = match[0]
        if sign in "[<":
            stack.append((sign, [[]]))
        elif sign == "|":
            stack[-1][1].append([])
        elif sign in "]>":
            opened, options = stack.pop()
            if opened + sign not in ("[]", "<>"):
                raise TaleError(f"brackets of {text!r}")
            made = tuple(tuple(option) for option in options)
            stack[-1][1][-1].append(_Choice(made) if sign == "]" else _Opening(made[0]))
        else:
            stack[-1][1][-1].append(_field(sign[1:-1]))
    if len(stack) != 1 or len(stack[0][1]) != 1:
        raise TaleError(f"brackets of {text!r}")
    return (*stack[0][1][0], text[position:])


def _field(inner: str) -> _Field:
    for kind in ". :":
        name, found, detail = inner.partition(kind)
        if found:
            return _Field(name, detail, kind)
    return _Field(inner, "", "")


_MARK = 0xE000
"""The first of the private characters that stand for numbers until the text is whole."""
_MARKED = re.compile("[\ue000-\ue0ff]")
_FIRST_LETTER = re.compile(r"(?:^|(?<=[.?!] ))[a-z]")
_BACK = re.compile(
    r"\b(?:them|rest|these|those|it|its|others|there|more|they|other|same|another|that|left|such|this)\b"
)
"""A clause with such a word wants the clause before it where it is."""
_HARMLESS = frozenset({"first", "ones"})
"""Read as quantities, yet no numbers of the story: "at first", "old ones". A translator has to learn to leave them."""
_TOTAL = re.compile("how many ([a-z -]+) are there(?: in all| altogether| in total)")
_WHOLE = re.compile(r"\. |\.$|\b(?:if|after|then)\b")
"""A question with such a mark or word takes no further condition."""
_MOVABLE = (" in all", " altogether", " in total")
_MOVED = 0.15
"""The share of questions that end so and are turned round: "In all, how many ..."."""
_ADDS = re.compile(r"\b(?:too|also|well|such|another|different|them|it|to do|those|the (?:\{|others))|\{v\} ")
"""A fact with such a word is added to something: it comes first nowhere."""
_REFERS = re.compile(r"\b(?:them|rest|these|those|others)\b")
"""A clause with such a word begins no story."""
_AUXILIARIES = {"be": ("is", "are"), "was": ("was", "were")}


class _Teller:
    def __init__(self, rng: random.Random, tale: Tale) -> None:
        self.rng, self.tale = rng, tale
        self.names = list(tale.values)
        self.mentioned: list[Person] = []
        self.told: set[str] = set()
        """The nouns that the text has had."""
        self.dollars = rng.random() < 0.55
        self.of_cents = any(value.denominator > 1 for value in tale.values.values())

    def clause(self, template: str, *, opens: bool) -> str:
        out: list[str] = []
        self._write(_template(template), out, opens)
        return "".join(out)

    def _write(self, parts: Sequence[_Part], out: list[str], opens: bool) -> None:
        for part in parts:
            if isinstance(part, str):
                out.append(part)
            elif isinstance(part, _Choice):
                self._write(self.rng.choice(part.options), out, opens)
            elif isinstance(part, _Field):
                out.append(self._member(part))
            elif opens:
                self._write(part.parts, out, opens)

    def _member(self, part: _Field) -> str:
        tale, name = self.tale, part.name
        if name == "an":
            return _with_article(_as_noun(tale.cast[part.detail]).one)
        if name in tale.values:
            return self._number(name, part.detail)
        member = tale.cast.get(name)
        if member is None and name[-1:] == "s":
            self.told.add(name[:-1])
            return _as_noun(tale.cast[name[:-1]]).many
        if isinstance(member, Person):
            return self._person(member, part)
        if member is None:
            raise TaleError(f"nobody is called {name!r} in {tale.schema}")
        return member.one if isinstance(member, Noun) else member

    def _number(self, name: str, noun: str) -> str:
        mark = chr(_MARK + self.names.index(name))
        if not noun:
            return mark
        if noun.startswith("~"):
            noun = noun[1:]
            if noun in self.told and self.rng.random() < 0.5:
                return mark
        if noun == "$":
            return f"${mark}" if self.dollars or self.of_cents else f"{mark} dollars"
        self.told.add(noun)
        return f"{mark} {_as_noun(self.tale.cast[noun]).count(self.tale.values[name])}"

    def _person(self, person: Person, part: _Field) -> str:
        detail, pronouns = part.detail, person.pronouns
        if part.kind == ":":
            if detail == "be" and pronouns.subject == "I":
                return "am"
            one, many = _AUXILIARIES.get(detail) or (words.third(detail), detail)
            return many if pronouns.plural else one
        if detail == "own":
            return pronouns.possessive
        if detail == "self":
            return pronouns.subject
        name = self._name(person, always=detail in ("name", "whose"))
        if name is None:
            return {"his": pronouns.possessive, "him": pronouns.object}.get(detail, pronouns.subject)
        return _possessive(name) if detail in ("his", "whose") else name

    def _name(self, person: Person, always: bool) -> str | None:
        """None: a pronoun says it."""
        if not person.full:
            return None
        if person not in self.mentioned:
            self.mentioned.append(person)
            return person.full
        rivals = sum(other.pronouns.subject == person.pronouns.subject for other in self.mentioned)
        if always or rivals > 1 or self.rng.random() < 0.35:
            return person.short
        return None


def _as_noun(member: Member) -> Noun:
    if not isinstance(member, Noun):
        raise TaleError(f"{member!r} is no noun")
    return member


def _possessive(name: str) -> str:
    return name + "'s"


def _with_article(word: str) -> str:
    return ("an " if word[0] in "aeiou" and not word.startswith(("uk", "uni", "use", "eu")) else "a ") + word


# Discourse


def tell(rng: random.Random, tale: Tale, number: int) -> ArithmeticProblem | None:
    """The problem; None where the text happens to hold a quantity that nobody wrote there.

    Raises:
        TaleError: the formula does not give the amount that the story keeps, or uses a number that is not told.
    """
    text = _discourse(rng, _Teller(rng, tale), tale)
    text, places = _with_numbers(rng, text, tale)
    found = quantities(text)
    meant = [(position, item) for position, item in enumerate(found) if item.text.lower() not in _HARMLESS]
    if len(meant) != len(places):
        return None
    index: dict[str, int] = {}
    values = list(tale.values.items())
    for (position, quantity), (place, which) in zip(meant, places, strict=True):
        name, value = values[which]
        if not quantity.start <= place < quantity.end or quantity.value != value:
            return None
        index.setdefault(name, position)
    expression = _expression(tale.formula, index, tale)
    answer = tale.values[tale.answer]
    if evaluate(expression, [quantity.value for quantity in found]) != answer:
        raise TaleError(f"{tale.schema}: {tale.formula} is not {tale.answer} = {answer} in {text!r}")
    return ArithmeticProblem(text, expression, answer, SOURCE, f"{tale.schema}-{number:08x}")


def _discourse(rng: random.Random, teller: _Teller, tale: Tale) -> str:
    facts = list(tale.facts)
    if not tale.ordered and len(facts) > 1:
        rng.shuffle(facts)
        facts.sort(key=lambda fact: _REFERS.search(fact) is not None)
    if tale.noise and rng.random() < 0.45:
        _insert(rng, facts, tale.ask, rng.choice(list(tale.noise)))
    form = rng.random()
    if form < 0.6 or _WHOLE.search(tale.ask):
        sentences = _sentences(rng, teller, facts)
        return f"{sentences} {_ask(teller, tale.ask, opens=True)}"
    if form < 0.80:  # The last fact is a condition.
        sentences = _sentences(rng, teller, facts[:-1])
        condition = teller.clause(facts[-1], opens=False)
        return f"{sentences} if {condition}, {_ask(teller, tale.ask, opens=False)}"
    if form < 0.88:
        sentences = _sentences(rng, teller, facts[:-1])
        ask = _ask(teller, tale.ask, opens=True, ends=False)
        return f"{sentences} {ask} if {teller.clause(facts[-1], opens=False)}?"
    clauses = facts if len(facts) < 4 else facts[-2:]
    before = facts[: len(facts) - len(clauses)]
    sentences = _sentences(rng, teller, before)
    if form < 0.96:
        joined = _listed(rng, [teller.clause(fact, opens=False) for fact in clauses])
        if rng.random() < 0.3:
            return f"{sentences} suppose {joined}. {_ask(teller, tale.ask, opens=True)}"
        return f"{sentences} if {joined}, {_ask(teller, tale.ask, opens=False)}"
    ask = _ask(teller, tale.ask, opens=True, ends=False)
    return f"{sentences} {ask} if {_listed(rng, [teller.clause(fact, opens=False) for fact in clauses])}?"


def _ask(teller: _Teller, template: str, *, opens: bool, ends: bool = True) -> str:
    """The question; `opens` and `ends` say whether it begins and ends its sentence."""
    ask = teller.clause(template, opens=opens).strip()
    if not ends or ask.endswith("."):
        return ask
    if (total := _TOTAL.fullmatch(ask)) and teller.rng.random() < _MOVED:
        number = f"the total number of {total[1]}"
        return f"what is {number}?" if not opens else teller.rng.choice([f"what is {number}?", f"find {number}."])
    for last in _MOVABLE:
        if opens and ask.endswith(last) and ask.startswith("how") and teller.rng.random() < _MOVED:
            ask = f"{last.strip()}, {ask.removesuffix(last)}"
    return ask + "?"


def _listed(rng: random.Random, clauses: list[str]) -> str:
    return clauses[0] if len(clauses) == 1 else f"{', '.join(clauses[:-1])}{rng.choice([',', ''])} and {clauses[-1]}"


def _sentences(rng: random.Random, teller: _Teller, facts: Sequence[str]) -> str:
    """Each fact a sentence, or two of them joined to one."""
    text = ""
    joined = True
    for fact in facts:
        joined = not joined and ". " not in fact and rng.random() < 0.16
        if joined:
            joint = rng.choice([" and ", ", and ", "; ", ", and "])
            text = text.removesuffix(".") + joint + teller.clause(fact, opens=False) + "."
        else:
            text += f" {teller.clause(fact, opens=True)}."
    return text


def _insert(rng: random.Random, facts: list[str], ask: str, noise: str) -> None:
    """Put `noise` somewhere where it tears nothing apart."""
    first = 1 if facts and _ADDS.search(noise) else 0
    places = [
        place
        for place in range(first, len(facts) + 1)
        if place == first or not _BACK.search(facts[place] if place < len(facts) else ask)
    ]
    facts.insert(rng.choice(places), noise)


# Numbers

_ONES = words.table("""zero, one, two, three, four, five, six, seven, eight, nine, ten, eleven, twelve, thirteen,
    fourteen, fifteen, sixteen, seventeen, eighteen, nineteen""")
_TENS = words.table("twenty, thirty, forty, fifty, sixty, seventy, eighty, ninety")


def _with_numbers(rng: random.Random, text: str, tale: Tale) -> tuple[str, list[tuple[int, int]]]:
    """`text` with its numbers, and where each begins: (offset, index in the values of the tale)."""
    text = " ".join(text.split()).replace(" ,", ",").replace(" .", ".").replace(" ?", "?")
    text = _FIRST_LETTER.sub(lambda match: match[0].upper(), text)
    values = list(tale.values.items())
    in_words = rng.random()
    out: list[str] = []
    places: list[tuple[int, int]] = []
    length = position = 0
    for match in _MARKED.finditer(text):
        name, value = values[ord(match[0]) - _MARK]
        before = text[position : match.start()]
        plain = not before.endswith("$")
        word = in_words < 0.12 or (in_words < 0.24 and rng.random() < 0.4)
        figure = tale.written.get(name) or (
            in_word(value) if word and plain and value.denominator == 1 and 1 < value <= 60 else in_digits(rng, value)
        )
        if not plain and "." in figure:
            figure = f"{float(value):.2f}"
        if match.start() == 0 or text[max(0, match.start() - 2) : match.start()] in (". ", "? "):
            figure = figure[0].upper() + figure[1:]
        out += (before, figure)
        length += len(before)
        places.append((length, ord(match[0]) - _MARK))
        length += len(figure)
        position = match.end()
    out.append(text[position:])
    return "".join(out), places


def in_word(value: Fraction) -> str:
    """A whole number from 2 to 99 as people write it out."""
    if value < 20:
        return _ONES[int(value)]
    tens, ones = divmod(int(value), 10)
    return _TENS[tens - 2] + (f"-{_ONES[ones]}" if ones else "")


def in_digits(rng: random.Random, value: Fraction) -> str:
    """12, 1,200 or 1200, 0.75; of a value without a finite decimal the fraction."""
    if value.denominator == 1:
        return f"{int(value):,}" if value >= 1000 and rng.random() < 0.6 else str(int(value))
    decimal = f"{float(value):.4f}".rstrip("0")
    return decimal if Fraction(decimal) == value else f"{value.numerator}/{value.denominator}"


# Formulas


@cache
def _formula(text: str) -> tuple[str, ...]:
    """Postfix."""
    out: list[str] = []
    waiting: list[str] = []
    for symbol in re.findall(r"\w+|[-+*/()]", text):
        if symbol == "(":
            waiting.append(symbol)
        elif symbol == ")":
            while (last := waiting.pop()) != "(":
                out.append(last)
        elif symbol in "+-*/":
            while waiting and waiting[-1] != "(" and (waiting[-1] in "*/" or symbol in "+-"):
                out.append(waiting.pop())
            waiting.append(symbol)
        else:
            out.append(symbol)
    return (*out, *reversed(waiting))


def _expression(formula: str, index: Mapping[str, int], tale: Tale) -> Expression:
    stack: list[Expression] = []
    for token in _formula(formula):
        match token:
            case "+" | "-" | "*" | "/":
                right = stack.pop()
                stack.append(Operation(token, stack.pop(), right))
            case _ if token in CONSTANTS:
                stack.append(Constant(int(token)))
            case _ if token in index:
                stack.append(Slot(index[token]))
            case _:
                raise TaleError(f"{tale.schema}: {token!r} of {formula!r} is not told: {tale.facts}")
    (expression,) = stack
    return expression
