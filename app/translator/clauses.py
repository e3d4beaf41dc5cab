"""One sentence of a deduction, as the translator reads it and as it writes what the sentence says.

What it reads is masked: `Jompuses are not shy.` is `w0 -s are not w1 .` All words but the `FUNCTION_WORDS` are
place-holders, numbered by their first appearance in the sentence, so that only the syntax is left to be learnt. Two
forms of one word that differ by an `-s` (a plural, a third person) share a place-holder; the marks `-s`, `-ed`, `-ing`
and `-ly` keep what the ending says, and `^` stands before a name within the sentence.

What it writes:

    w1 w0 .                         w0 is w1                     not w1 w0 .          it is not
    w1 w0 w2 .                      w0 likes w2                  w1 w0 + w2 .         the w0 w2 (one individual) is w1
    w1 w0 , w2 w0 .                 w0 is w1 and w2              w1 w0 | w2 w0 .      or;  ^^  either, and not both
    w2 X :- w0 X , not w1 X .       what is w0 and not w1 is w2  w2 X :- w0 X | w1 X .   of which one is enough
    some w0 X , w1 X .              some w0 is w1                w0 + w1 X            of a noun phrase: is a w0 w1
    abstain                         what this notation cannot say

A predicate stands first, its one or two arguments behind it. `X` and `Y` are variables, about everything.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from app.translator.masking import TooManyError

MAX_WORDS = 20
"""Place-holders of one sentence."""

FUNCTION_WORDS = frozenset(
    # Joining and conditions.
    "if then when whenever unless because since so therefore thus hence while although though but however"
    " and or not no nor neither either both only also too just except"
    # How many.
    " every each all any some someone somebody something anyone anybody anything everyone everybody everything"
    " nobody nothing none most many few several more less least much almost always usually often sometimes never"
    " one two three four five ones another other others else same very"
    # Of whom.
    " a an the this that these those which who whom whose whoever whatever it he she they him her them his its their"
    " i you we me us my your our itself himself herself themselves there what where how why"
    " things people thing person persons"
    # Verbs that only help.
    " is are was were am be been being does do did has have had can could may might must shall should will would"
    # Where, and with what.
    " of to in on at by for from with without near under over behind above below between into inside than as about like"
    # How sure.
    " true false probably perhaps maybe possibly necessarily likely".split()
) - {"like"}

VARIABLES = ("X", "Y")
ABSTAIN = "abstain"
MARKS = ("-s", "-ed", "-ing", "-ly", "^", "'s", "<number>", "<other>")
PUNCTUATION = tuple(".,?!;:\"()-'")
SOURCE_TOKENS = (*sorted(FUNCTION_WORDS), *MARKS, *PUNCTUATION, *(f"w{n}" for n in range(MAX_WORDS)))
"""All that a masked sentence may hold."""
PREDICATE_WORDS = tuple("person have in on at of to with from by for near under over behind".split())
"""Function words that may be part of a predicate: `w0 + in` lives in, `have + w1` has wings, `in` is in, `person`."""
TARGET_TOKENS = (
    *(ABSTAIN, "some", "not", ":-", ",", "|", "^^", "+", "."),
    *VARIABLES,
    *PREDICATE_WORDS,
    *(f"w{n}" for n in range(MAX_WORDS)),
)
"""All that the notation may hold."""


class NotationError(ValueError):
    """The tokens are no statement."""


# Reading


_WORD = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*|\d+(?:[.,]\d+)*|[^\w\s]|_")
_CONTRACTED = {
    "can't": ("can", "not"),
    "cannot": ("can", "not"),
    "won't": ("will", "not"),
    "shan't": ("shall", "not"),
}
_IRREGULAR = {
    "men": "man", "women": "woman", "children": "child", "mice": "mouse", "geese": "goose", "feet": "foot",
    "teeth": "tooth", "oxen": "ox", "wolves": "wolf", "calves": "calf", "halves": "half", "knives": "knife",
    "wives": "wife", "elves": "elf", "dwarves": "dwarf", "thieves": "thief", "shelves": "shelf", "loaves": "loaf",
    "hooves": "hoof", "scarves": "scarf", "leaves": "leaf", "foxes": "fox", "boxes": "box", "goes": "go",
}  # fmt: skip
_NO_PLURAL = frozenset(
    "news lens gas always perhaps series species means physics mathematics alas canvas atlas".split()
)


@dataclass(frozen=True, slots=True)
class MaskedSentence:
    """A masked sentence.

    Args:
        words: of w0, w1, ... each form in which it stands in the sentence, as it is written there.
        names: the place-holders that are names within the sentence: they have a `^`.
    """

    tokens: tuple[str, ...]
    words: tuple[tuple[str, ...], ...]
    names: frozenset[int] = frozenset()


@lru_cache(maxsize=65_536)
def bases(word: str) -> frozenset[str]:
    """What `word`, in lower case, may be a plural or third person of, itself included. Some of them are no words."""
    if word in _IRREGULAR:
        return frozenset((word, _IRREGULAR[word]))
    if not ends_in_s(word):
        return frozenset((word,))
    found = {word, word[:-1]}
    if word.endswith("ies"):
        found.add(word[:-3] + "y")
    elif word.endswith(("ses", "xes", "zes", "ches", "shes", "oes")):
        found.add(word[:-2])
        if word.endswith("zzes"):
            found.add(word[:-3])
    return frozenset(found)


def ends_in_s(word: str) -> bool:
    """Whether the ending of `word`, in lower case, says plural or third person."""
    if word in _IRREGULAR:
        return True
    return len(word) > 2 and word.endswith("s") and not word.endswith(("ss", "us", "is")) and word not in _NO_PLURAL


def are_forms(word: str, other: str) -> bool:
    """Whether they are the same word but for an `-s`. Both in lower case."""
    return word == other or not bases(word).isdisjoint(bases(other))


@lru_cache(maxsize=65_536)
def _mark(word: str) -> str | None:
    if ends_in_s(word):
        return "-s"
    for ending, letters in (("ing", 6), ("ed", 5), ("ly", 5)):
        if len(word) >= letters and word.endswith(ending):
            return f"-{ending}"
    return None


def mask(sentence: str) -> MaskedSentence:
    """Mask one sentence.

    Raises:
        TooManyError: it has more than `MAX_WORDS` different words that are no function words.
    """
    masker = _Masker()
    for match in _WORD.finditer(sentence):
        masker.read(match[0])
    return MaskedSentence(tuple(masker.tokens), tuple(tuple(forms) for forms in masker.words), frozenset(masker.names))


class _Masker:
    def __init__(self) -> None:
        self.tokens: list[str] = []
        self.words: list[dict[str, None]] = []
        self.names: set[int] = set()
        self._by_form: dict[str, int] = {}
        self._capital: str | None = None
        """The form of the last token, if it is a place-holder of a capitalised word: a name may go on."""

    def read(self, word: str) -> None:
        lower = word.lower().replace("\u2019", "'")
        capital, self._capital = self._capital, None
        if lower in FUNCTION_WORDS:
            self.tokens.append(lower)
        elif lower[0].isdigit():
            self.tokens.append("<number>")
        elif not lower[0].isalpha():
            self.tokens.append(lower if lower in PUNCTUATION else "<other>")
        elif "'" in lower:
            self._contracted(word, lower)
        else:
            self._word(word, lower, capital)

    def _contracted(self, word: str, lower: str) -> None:
        stem, _, ending = lower.rpartition("'")
        if lower in _CONTRACTED:
            self.tokens += _CONTRACTED[lower]
        elif ending == "t" and stem[:-1] in FUNCTION_WORDS:
            self.tokens += (stem[:-1], "not")
        elif ending == "s":
            self.read(word[: len(stem)])
            self._capital = None
            self.tokens.append("'s")
        else:
            self.tokens.append("<other>")

    def _word(self, word: str, lower: str, capital: str | None) -> None:
        is_capital = word[0].isupper()
        if is_capital and capital is not None:
            self._go_on(word, capital)
            return
        slot = self._slot(lower)
        self.words[slot][word] = None
        if is_capital:
            self._capital = word
            if self.tokens and self.tokens[-1] not in (":", '"', "."):
                self.tokens.append("^")
                self.names.add(slot)
        self.tokens.append(f"w{slot}")
        if not (is_capital and slot in self.names) and (mark := _mark(lower)):
            self.tokens.append(mark)

    def _go_on(self, word: str, capital: str) -> None:
        """The second word of a name: both are one place-holder."""
        whole = f"{capital} {word}"
        while not self.tokens[-1].startswith("w"):
            self.tokens.pop()  # the mark of its first word
        old = int(self.tokens.pop()[1:])
        if self.tokens.count(f"w{old}") == 0 and old == len(self.words) - 1:
            self.words.pop()
            self.names.discard(old)
            self._by_form = {form: slot for form, slot in self._by_form.items() if slot != old}
        slot = self._slot(whole.lower())
        self.words[slot][whole] = None
        if self.tokens and self.tokens[-1] == "^":
            self.names.add(slot)
        self.tokens.append(f"w{slot}")
        self._capital = whole

    def _slot(self, lower: str) -> int:
        if (slot := self._by_form.get(lower)) is not None:
            return slot
        forms = bases(lower)
        for form in forms:
            if (slot := self._by_form.get(form)) is not None:
                break
        else:
            slot = len(self.words)
            if slot >= MAX_WORDS:
                raise TooManyError(f"more than {MAX_WORDS} different words in one sentence")
            self.words.append({})
        for form in forms:
            self._by_form.setdefault(form, slot)
        return slot


# Writing


class Connective(StrEnum):
    AND = ","
    OR = "|"
    XOR = "^^"


Term = tuple[str, ...]
"""An individual, its words; or a variable, `("X",)`."""


@dataclass(frozen=True, slots=True)
class Literal:
    """`predicate` holds of `arguments`, one or two; or does not, where `negated`."""

    predicate: Term
    arguments: tuple[Term, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Joint:
    """Several literals, or a single one, whose connective is `AND`."""

    literals: tuple[Literal, ...]
    connective: Connective = Connective.AND


@dataclass(frozen=True, slots=True)
class Rule:
    """`head` holds wherever `body` does; without a body, always. Its variables are about everything."""

    head: Joint
    body: Joint | None = None


@dataclass(frozen=True, slots=True)
class Existence:
    """There is something of which all of `literals` hold."""

    literals: tuple[Literal, ...]


@dataclass(frozen=True, slots=True)
class Unsayable:
    """What the sentence says cannot be said here."""


Statement = Rule | Existence
Reading = Statement | Unsayable


def literals_of(statement: Statement) -> Iterator[Literal]:
    match statement:
        case Existence(literals):
            yield from literals
        case Rule(head, body):
            yield from head.literals
            if body is not None:
                yield from body.literals


def variables_of(statement: Statement) -> tuple[str, ...]:
    """Its variables, in the order of `VARIABLES`."""
    found = {argument for literal in literals_of(statement) for argument in literal.arguments}
    return tuple(variable for variable in VARIABLES if (variable,) in found)


def is_variable(term: Term) -> bool:
    return len(term) == 1 and term[0] in VARIABLES


def spell(reading: Reading) -> tuple[str, ...]:
    """The tokens of `reading`, which `parse` reads."""
    tokens: list[str] = []
    match reading:
        case Unsayable():
            return (ABSTAIN,)
        case Existence(literals):
            tokens.append("some")
            _spell_joint(Joint(literals), tokens)
        case Rule(head, body):
            _spell_joint(head, tokens)
            if body is not None:
                tokens.append(":-")
                _spell_joint(body, tokens)
    tokens.append(".")
    return tuple(tokens)


def _spell_joint(joint: Joint, tokens: list[str]) -> None:
    for number, literal in enumerate(joint.literals):
        if number:
            tokens.append(joint.connective.value)
        if literal.negated:
            tokens.append("not")
        for term in (literal.predicate, *literal.arguments):
            tokens.append(term[0])
            for part in term[1:]:
                tokens += ("+", part)


def parse(tokens: Sequence[str], words: int = MAX_WORDS) -> Reading:
    """What `tokens` say of a sentence with so many place-holders.

    Raises:
        NotationError: they say nothing that this notation knows, or name a place-holder that the sentence lacks.
    """
    if tuple(tokens) == (ABSTAIN,):
        return Unsayable()
    if not tokens or tokens[-1] != ".":
        raise NotationError("it does not end in a full stop")
    inner = list(tokens[:-1])
    known = {f"w{n}" for n in range(words)}
    if inner[:1] == ["some"]:
        joint = _parse_joint(inner[1:], known)
        if joint.connective is not Connective.AND:
            raise NotationError("what exists is told by a conjunction")
        existence = Existence(joint.literals)
        if variables_of(existence) != ("X",):
            raise NotationError("what exists is called X")
        return existence
    if ":-" in inner:
        place = inner.index(":-")
        head, body = _parse_joint(inner[:place], known), _parse_joint(inner[place + 1 :], known)
        if body.connective is Connective.XOR:
            raise NotationError("a condition with ^^ is not known")
        rule = Rule(head, body)
    else:
        rule = Rule(_parse_joint(inner, known))
    if "Y" in (found := variables_of(rule)) and "X" not in found:
        raise NotationError("the first variable is X")
    return rule


def _parse_joint(tokens: Sequence[str], words: Collection[str]) -> Joint:
    connectives = {token for token in tokens if token in (",", "|", "^^")}
    if len(connectives) > 1:
        raise NotationError("two connectives in one place")
    connective = Connective(connectives.pop()) if connectives else Connective.AND
    pieces: list[list[str]] = [[]]
    for token in tokens:
        if token == connective.value:
            pieces.append([])
        else:
            pieces[-1].append(token)
    literals = tuple(_parse_literal(piece, words) for piece in pieces)
    if len(set(literals)) < len(literals):
        raise NotationError("the same twice")
    if connective is Connective.XOR and len(literals) != 2:
        raise NotationError("^^ is said of two")
    return Joint(literals, connective)


def _parse_literal(tokens: Sequence[str], words: Collection[str]) -> Literal:
    negated = tokens[:1] == ["not"]
    stream = list(tokens[negated:])
    terms: list[Term] = []
    glued = False
    for part in stream:
        if part == "+":
            if not terms or glued:
                raise NotationError("a + joins two words")
            glued = True
            continue
        if part not in words and part not in VARIABLES and part not in PREDICATE_WORDS:
            raise NotationError(f"{part!r} has no place in a literal")
        if glued:
            terms[-1] = (*terms[-1], part)
        else:
            terms.append((part,))
        glued = False
    if glued or not 2 <= len(terms) <= 3:
        raise NotationError("a literal is a predicate with one or two arguments")
    predicate, *arguments = terms
    if any(part in VARIABLES for part in predicate) or any(
        part not in words and not is_variable(term) for term in arguments for part in term
    ):
        raise NotationError("a variable is an argument, and a function word is part of a predicate")
    return Literal(predicate, tuple(arguments), negated)


def rename(statement: Statement, words: Mapping[str, str]) -> Statement:
    """`statement` with some words exchanged, place-holders for words or back."""

    def term(old: Term) -> Term:
        return tuple(words.get(part, part) for part in old)

    return with_literals(
        statement,
        lambda literal: (
            Literal(term(literal.predicate), tuple(term(old) for old in literal.arguments), literal.negated),
        ),
    )


def with_literals(statement: Statement, change: Callable[[Literal], tuple[Literal, ...]]) -> Statement:
    """`statement` with each literal exchanged for what `change` gives, joined as it stood."""

    def joint(old: Joint) -> Joint:
        return Joint(tuple(new for literal in old.literals for new in change(literal)), old.connective)

    match statement:
        case Existence(literals):
            return Existence(joint(Joint(literals)).literals)
        case Rule(head, body):
            return Rule(joint(head), None if body is None else joint(body))
