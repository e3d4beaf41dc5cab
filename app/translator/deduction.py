"""Translates a whole deduction: its sentences are read one by one, and code makes one program of what they say.

A small model reads a sentence at a time, masked, and knows nothing of the others. What makes a text of sentences is
done here, by rules: which words are the same, what is a predicate and what an individual, whether a noun phrase is one
predicate or several, who "people" are. Whatever does not fit, a sentence that cannot be read or two that do not go
together, makes the whole translation an `Abstention` that names the sentence. Nothing is left out.
"""

from collections.abc import Callable, Mapping, Sequence

from app.problem import World
from app.translator.clauses import (
    PREDICATE_WORDS,
    Connective,
    Existence,
    Joint,
    Literal,
    MaskedSentence,
    NotationError,
    Rule,
    Statement,
    Term,
    Unsayable,
    bases,
    is_variable,
    literals_of,
    mask,
    parse,
    rename,
    variables_of,
)
from app.translator.deduction_program import Deduction, NotSayableError, Said, write
from app.translator.deduction_text import UnclearError, read
from app.translator.masking import TooManyError
from app.translator.result import Abstention, Translation
from solvers.types import Language

Read = Callable[[Sequence[tuple[str, ...]]], Sequence[tuple[tuple[str, ...], float]]]
"""What a model does: of each masked sentence the tokens that say what it says, and their log-probability."""

_DENYING = frozenset("not no nor neither nobody nothing none never false".split())
_CONDITIONAL = frozenset("if when whenever".split())
_OF_ALL = frozenset(
    "every each all any everyone everybody everything anyone anybody anything no nobody nothing none".split()
)
_OF_SOME = frozenset("some someone somebody something there any anyone anybody anything".split())
_BEYOND = frozenset(
    # How many, how often, how sure, when, and what might be: no statement here says that.
    "most many few several more less much almost always usually often sometimes never two three four five very too"
    " just same other others another else except probably perhaps maybe possibly necessarily likely can could may might"
    " must shall should will would be been being was were did had than as because since unless although though however"
    # Who is meant is said in another sentence, or nowhere.
    " i you we me us my your our his her its their him them himself herself itself themselves this these"
    " what where why how whose whom 's <number> <other>".split()
)
"""Words of which the notation has no form: whatever a model makes of a sentence with one, it is not what it says."""
_PERSON: Term = ("person",)
_DECEIVING = frozenset(
    "fake former toy alleged false artificial pretend imaginary fictional counterfeit would-be apparent supposed ex"
    " mock future past potential possible so-called presumed stone plastic rubber paper model near half".split()
)
"""Adjectives by which a thing need not be what the noun says: a toy gun is no gun."""


class NotUnderstoodError(ValueError):
    """A sentence cannot be read, or does not fit the others; the message names it, for people."""


def translate(
    text: str,
    read_sentences: Read,
    language: Language,
    world: World = World.OPEN,
    *,
    contrapositives: bool = True,
) -> Translation | Abstention:
    """The program of a deduction, or why there is none.

    Args:
        language: of the program; the service asks for SMT-LIB in an open world and for Prolog in a closed one.
        contrapositives: see `deduction_program`; of open-world Prolog alone.
    """
    try:
        asked = read(text)
        sentences = (*asked.premises, asked.conclusion)
        masked = [_masked(sentence) for sentence in sentences]
        replies = read_sentences([one.tokens for one in masked])
        if len(replies) != len(sentences):
            raise NotUnderstoodError(f"{len(sentences)} sentences were asked about, and {len(replies)} came back")
        statements = [
            understood(sentence, one, tokens)
            for sentence, one, (tokens, _) in zip(sentences, masked, replies, strict=True)
        ]
        whole = deduction(sentences, masked, statements)
        completion = write(whole, language, world, contrapositives=contrapositives)
    except (UnclearError, NotUnderstoodError, NotSayableError) as reason:
        return Abstention(str(reason))
    return Translation(completion, min(0.0, sum(log_probability for _, log_probability in replies)))


def _masked(sentence: str) -> MaskedSentence:
    try:
        return mask(sentence)
    except TooManyError as error:
        raise NotUnderstoodError(f'{error}: "{sentence}"') from error


def understood(sentence: str, masked: MaskedSentence, tokens: Sequence[str]) -> Statement:
    """What `tokens` say of a sentence, if it can be what the sentence says.

    Every word of the sentence has to come up in it, a denial in the one is a denial in the other, an "if" has a
    condition, and no word stands in the sentence that nothing is ever made of, such as "most" or "might".

    Raises:
        NotUnderstoodError: it cannot be.
    """
    try:
        reading = parse(tokens, len(masked.words))
    except NotationError as error:
        raise NotUnderstoodError(f'"{sentence}" was not understood: {error}') from error
    beyond = next((token for token in masked.tokens if token in _BEYOND), None)
    if isinstance(reading, Unsayable) or beyond is not None:
        raise NotUnderstoodError(f'"{sentence}" says something that the translator has no form for')
    literals = list(literals_of(reading))
    used = {part for literal in literals for term in (literal.predicate, *literal.arguments) for part in term}
    for slot, forms in enumerate(masked.words):
        if f"w{slot}" not in used:
            raise NotUnderstoodError(f'"{sentence}" was not understood: nothing is said of "{forms[0]}"')
    denials = [token for token in masked.tokens if token in _DENYING]
    denies = any(literal.negated for literal in literals)
    only_not_both = len(denials) == 1 and isinstance(reading, Rule) and reading.head.connective is Connective.XOR
    if (denies and not denials) or (len(denials) == 1 and not denies and not only_not_both):
        raise NotUnderstoodError(f'"{sentence}" was not understood: what it denies was lost')
    if not _CONDITIONAL.isdisjoint(masked.tokens) and not (isinstance(reading, Rule) and reading.body is not None):
        raise NotUnderstoodError(f'"{sentence}" was not understood: its condition was lost')
    is_of_some = isinstance(reading, Existence)
    is_of_all = isinstance(reading, Rule) and reading.body is None and bool(variables_of(reading))
    is_denial_of_all = "not" in masked.tokens and not _OF_ALL.isdisjoint(masked.tokens)
    if (
        is_of_some and _OF_SOME.isdisjoint(masked.tokens) and not is_denial_of_all and "least" not in masked.tokens
    ) or (is_of_all and _OF_ALL.isdisjoint(masked.tokens)):
        raise NotUnderstoodError(
            f'"{sentence}" was not understood: it says nothing about {"some" if is_of_some else "all"}'
        )
    return reading


def deduction(sentences: Sequence[str], masked: Sequence[MaskedSentence], statements: Sequence[Statement]) -> Deduction:
    """One whole of what the sentences say, the last of them the conclusion: the same word is the same everywhere.

    Raises:
        NotUnderstoodError: they do not go together.
    """
    words = _Words(masked)
    said = [
        Said(sentence, rename(statement, words.of(one)))
        for sentence, one, statement in zip(sentences, masked, statements, strict=True)
    ]
    said = _people(said)
    _check_roles(said, words.shown)
    said = _taken_apart(said)
    _check_arities(said, words.shown)
    words.check_names(said)
    return Deduction(tuple(said[:-1]), said[-1], words.shown)


# Words


class _Words:
    """Which words of the sentences are the same: those that differ by an `-s`.

    Each is called by the shortest of its forms, which `shown` gives as it is written in the text.
    """

    def __init__(self, masked: Sequence[MaskedSentence]) -> None:
        parent: dict[str, str] = {}

        def root(form: str) -> str:
            while parent.setdefault(form, form) != form:
                form = parent[form]
            return form

        forms: dict[str, str] = {}
        self._names: dict[str, bool] = {}
        """Whether a word is written with a capital within a sentence, where it stands there at all."""
        self._mixed: set[str] = set()
        for one in masked:
            for slot, written in enumerate(one.words):
                first = written[0].lower()
                for surface in written:
                    lower = surface.lower()
                    if slot in one.names or lower not in forms:
                        forms[lower] = surface if slot in one.names else lower
                    for other in (first, *bases(lower)):
                        parent[root(other)] = root(lower)
                self._note_capital(one, slot, first)
        shortest: dict[str, str] = {}
        for form in sorted(forms, key=lambda form: (len(form), form)):
            shortest.setdefault(root(form), form)
        self._word = {form: shortest[root(form)] for form in forms}
        self.shown: dict[str, str] = {word: forms[word] for word in shortest.values()}
        self._mixed = {self._word[form] for form in self._mixed}

    def _note_capital(self, one: MaskedSentence, slot: int, form: str) -> None:
        begins = one.tokens.index(f"w{slot}") == 0 and one.tokens.count(f"w{slot}") == 1
        if not begins:
            is_name = slot in one.names
            if self._names.setdefault(form, is_name) != is_name:
                self._mixed.add(form)

    def of(self, masked: MaskedSentence) -> dict[str, str]:
        """The word of each place-holder of a sentence."""
        return {f"w{slot}": self._word[written[0].lower()] for slot, written in enumerate(masked.words)}

    def check_names(self, said: Sequence[Said]) -> None:
        """ "Rose" and "the rose" are not the same.

        Raises:
            NotUnderstoodError: an individual is written both ways.
        """
        for one in said:
            for term in _individuals(one.statement):
                if not self._mixed.isdisjoint(term):
                    raise NotUnderstoodError(
                        f'"{" ".join(term)}" is written as a name and as no name; one place is "{one.text}"'
                    )


def _individuals(statement: Statement) -> list[Term]:
    return [
        argument for literal in literals_of(statement) for argument in literal.arguments if not is_variable(argument)
    ]


# Who "people" are


def _people(said: Sequence[Said]) -> list[Said]:
    """Where the text says of somebody that he is a person, "person" is a predicate; else "red people" are all that are
    red.

    Raises:
        NotUnderstoodError: something is said of all people, and of nobody that he is one.
    """
    told = any(
        literal.predicate == _PERSON and not literal.negated
        for one in said[:-1]
        for literal in (one.statement.head.literals if isinstance(one.statement, Rule) else one.statement.literals)
    )
    if told:
        return list(said)
    return [Said(one.text, _without_person(one)) for one in said]


def _without_person(one: Said) -> Statement:
    def kept(joint: Joint) -> Joint:
        literals = tuple(literal for literal in joint.literals if literal.predicate != _PERSON)
        if not literals or (len(literals) < len(joint.literals) and joint.connective is not Connective.AND):
            raise NotUnderstoodError(f'"{one.text}" speaks of people, and no sentence says who is one')
        return Joint(literals, joint.connective)

    match one.statement:
        case Existence(literals):
            return Existence(kept(Joint(literals)).literals)
        case Rule(head, body):
            return Rule(kept(head), None if body is None else kept(body))


# What does not go together


def _content(predicate: Term) -> Term:
    return tuple(word for word in predicate if word not in PREDICATE_WORDS)


def _check_roles(said: Sequence[Said], shown: Mapping[str, str]) -> None:
    """A word is said of somebody, or is somebody, not both: "the cat" and "is a cat" may mean one or two.

    Raises:
        NotUnderstoodError: one is both, or "the eagle" stands beside "the bald eagle".
    """
    individuals: dict[Term, str] = {}
    first: dict[str, str] = {}
    for one in said:
        for term in _individuals(one.statement):
            individuals.setdefault(term, one.text)
            for word in term:
                first.setdefault(word, one.text)
    for one in said:
        for literal in literals_of(one.statement):
            for word in _content(literal.predicate):
                if word in first:
                    raise NotUnderstoodError(
                        f'"{shown[word]}" is somebody in "{first[word]}" and is said of somebody in "{one.text}"'
                    )
    for term, sentence in individuals.items():
        for other in individuals:
            if len(term) < len(other) and set(term) <= set(other):
                raise NotUnderstoodError(
                    f'"{" ".join(other)}" may be "{" ".join(term)}" of "{sentence}", or somebody else'
                )


def _check_arities(said: Sequence[Said], shown: Mapping[str, str]) -> None:
    """A word is used in one way: "eats" or "eats Bob", "is afraid" or "is afraid of Bob".

    Raises:
        NotUnderstoodError: one is used in two.
    """
    seen: dict[str, tuple[tuple[bool, Term, int], str]] = {}
    for one in said:
        for literal in literals_of(one.statement):
            is_plain = len(_content(literal.predicate)) == len(literal.predicate)
            use = (is_plain, literal.predicate if is_plain else (), len(literal.arguments))
            for word in _content(literal.predicate):
                before, sentence = seen.setdefault(word, (use, one.text))
                if before != use:
                    raise NotUnderstoodError(f'"{shown[word]}" is used in two ways: "{sentence}" and "{one.text}"')


# Noun phrases


def _taken_apart(said: Sequence[Said]) -> list[Said]:
    """ "old barn" is one predicate, unless something is said to be old, or a barn, elsewhere: then it is two.

    Raises:
        NotUnderstoodError: it is two where "not both" would have to be said, or a toy gun would be a gun.
    """
    uses: dict[str, set[Term]] = {}
    for one in said:
        for literal in literals_of(one.statement):
            for word in _content(literal.predicate):
                uses.setdefault(word, set()).add(literal.predicate)
    return [Said(one.text, _apart(one, uses)) for one in said]


def _apart(one: Said, uses: Mapping[str, set[Term]]) -> Statement:
    def split(literal: Literal) -> tuple[Literal, ...]:
        words = literal.predicate
        if len(words) < 2 or len(_content(words)) < len(words) or all(len(uses[word]) < 2 for word in words):
            return (literal,)
        if not _DECEIVING.isdisjoint(words):
            raise NotUnderstoodError(f'what is said of "{" ".join(words)}" in "{one.text}" need not hold of its parts')
        if literal.negated:
            raise NotUnderstoodError(f'"{one.text}" denies "{" ".join(words)}", of which others say only a part')
        return tuple(Literal((word,), literal.arguments) for word in words)

    def joint(old: Joint) -> Joint:
        literals = tuple(dict.fromkeys(new for literal in old.literals for new in split(literal)))
        if len(literals) > len(old.literals) and len(old.literals) > 1 and old.connective is not Connective.AND:
            raise NotUnderstoodError(f'"{one.text}" leaves a choice of which others say only a part')
        connective = old.connective if len(old.literals) > 1 else Connective.AND
        return Joint(literals, connective)

    match one.statement:
        case Existence(literals):
            return Existence(joint(Joint(literals)).literals)
        case Rule(head, body):
            return Rule(joint(head), None if body is None else joint(body))
