"""Makes up sentences of deductions with what they say, and whole problems with their verdict.

A sentence is put together from phrases, each of which knows what it says; the sentence is then masked as any other, so
that what is learnt from is what will be read. Words are real ones and made-up ones, since only the syntax is to be
learnt. Sentences that the notation cannot say, or that can be understood in two ways, are made on purpose as well:
their target is `abstain`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from app.reasoning.types import VerdictKind
from app.training.generators import deduction_phrases as phrases
from app.training.generators.deduction_unsayable import UNSAYABLE, hedged
from app.training.generators.deduction_verdict import closed_verdict, first_order_verdict
from app.training.generators.deduction_words import Pool
from app.translator.clauses import (
    PREDICATE_WORDS,
    Existence,
    Joint,
    Literal,
    MaskedSentence,
    Reading,
    Rule,
    Statement,
    Unsayable,
    literals_of,
    mask,
    rename,
    spell,
)
from app.translator.forms import Example, Form
from app.translator.masking import TooManyError

GROUP = "generated/deduction"
_Phrasing = Callable[[Pool], phrases.Told]
_UNSAYABLE_SHARE = 0.16
_HEDGED_SHARE = 0.06
_LEADS = ("therefore, ", "therefore ", "so ", "so, ", "thus ", "thus, ", "hence ", "hence, ", "also, ")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence and what it says, in words: a noun by its singular, a verb by its base, a name in small letters."""

    text: str
    reading: Reading


_SAYABLE: tuple[_Phrasing, ...] = (
    *(phrases.plain_fact,) * 12,
    *(phrases.fact,) * 10,
    *(phrases.fact_of_two,) * 3,
    *(phrases.fact_about_two,) * 1,
    *(phrases.two_facts,) * 2,
    *(phrases.fact_of_a_kind,) * 3,
    *(phrases.denial,) * 1,
    *(phrases.of_somebody,) * 1,
    *(phrases.universal,) * 22,
    *(phrases.none_of,) * 7,
    *(phrases.only,) * 2,
    *(phrases.about_all,) * 3,
    *(phrases.exists,) * 4,
    *(phrases.conditional,) * 24,
    *(phrases.definite_conditional,) * 10,
    *(phrases.of_two_kinds,) * 2,
)


def sentences(rng: Random) -> Example:
    """One sentence, masked, and what it says. About a fifth of them cannot be said."""
    while True:
        pool = _pool_of_a_sentence(rng)
        if pool.chance(_UNSAYABLE_SHARE):
            text = _written(pool, UNSAYABLE[int(rng.random() * len(UNSAYABLE))](pool))
            return _example(mask(text).tokens, Unsayable())
        if pool.chance(0.13):
            told, statement = phrases.question(pool)
            text = _written(pool, told, "?")
        else:
            told, statement = _SAYABLE[int(rng.random() * len(_SAYABLE))](pool)
            if pool.chance(0.03):
                told = pool.pick(_LEADS) + told
            text = _written(pool, told)
        if _says_twice(statement):
            continue
        try:
            masked = mask(text)
        except TooManyError:
            continue
        slots = slots_of(masked, pool.forms)
        if slots is None:
            continue
        if pool.chance(_HEDGED_SHARE):
            return _example(hedged(pool, masked.tokens), Unsayable())
        return _example(masked.tokens, rename(statement, slots))


def plain_sentence(rng: Random) -> Example:
    """One sentence about properties and relations alone, and no word of it twice."""
    while True:
        pool = Pool(rng, made_up=0.0, reuse=0.0, named=rng.choice((0.0, 0.0, 1.0)), simple=True, plain=True)
        told, statement = pool.pick(_PLAIN)(pool)
        masked = mask(_capital(told) + ".")
        slots = slots_of(masked, pool.forms)
        if slots is not None and len(slots) == sum(token[0] == "w" and token[1:].isdigit() for token in masked.tokens):
            return _example(masked.tokens, rename(statement, slots))


def _says_twice(statement: Statement) -> bool:
    """ "A cat that is a cat": chance put it so, and nobody would."""
    match statement:
        case Existence(literals):
            return len(set(literals)) < len(literals)
        case Rule(head, body):
            return any(len(set(joint.literals)) < len(joint.literals) for joint in (head, body) if joint is not None)


def _pool_of_a_sentence(rng: Random) -> Pool:
    return Pool(
        rng,
        made_up=rng.choice((0.0, 0.2, 0.9)),
        reuse=rng.choice((0.1, 0.25, 0.5)),
        named=rng.choice((0.0, 0.5, 1.0)),
        simple=rng.random() < 0.35,
    )


def _written(pool: Pool, told: str, mark: str = ".") -> str:
    """With a capital and a full stop; now and then without."""
    if not pool.chance(0.04):
        told = told[0].upper() + told[1:]
    return told if told.endswith("?") or pool.chance(0.03) else told + mark


def _example(tokens: tuple[str, ...], reading: Reading) -> Example:
    return Example(Form.CLAUSE, tokens, spell(reading), GROUP)


def slots_of(masked: MaskedSentence, forms: Mapping[str, str]) -> dict[str, str] | None:
    """The place-holder of each word; None where masking tells words apart, or not, otherwise than `forms` does."""
    found: dict[str, str] = {}
    for slot, surfaces in enumerate(masked.words):
        words = {forms.get(surface.lower()) for surface in surfaces}
        word = words.pop()
        if words or word is None or word in found:
            return None
        found[word] = f"w{slot}"
    return found


# Whole problems


class Style(StrEnum):
    """What a made-up problem is like."""

    RULES = "rules"
    """Facts about a few individuals, and conditionals over properties and relations."""
    ONTOLOGY = "ontology"
    """Kinds of things, one a part of the next, with properties; one individual or two."""
    EVERYDAY = "everyday"
    """All phrasings."""


@dataclass(frozen=True, slots=True)
class MadeUpProblem:
    """A deduction with what each of its sentences says and what comes out.

    Args:
        text: premises, and the question as it is asked.
        forms: each form of each word, in small letters, and the word that stands for it in what is said.
        open_world: the verdict by first-order logic: `PROVED`, `REFUTED` or `UNDETERMINED`.
        closed_world: the verdict where what cannot be derived is false; None where that says nothing definite.
    """

    text: str
    premises: tuple[Sentence, ...]
    conclusion: Sentence
    forms: Mapping[str, str]
    open_world: VerdictKind
    closed_world: VerdictKind | None


_PLAIN = (
    phrases.plain_fact,
    phrases.universal_of_things,
    *(phrases.conditional,) * 4,
    *(phrases.definite_conditional,) * 2,
)
_RULES_FACTS = (phrases.plain_fact,) * 4 + (phrases.fact,)
_RULES_RULES = (phrases.conditional,) * 4 + (phrases.universal,) * 2 + (phrases.definite_conditional,)
_EVERYDAY_FACTS = (phrases.plain_fact, phrases.fact, phrases.fact_of_two, phrases.fact_of_a_kind, phrases.two_facts)
_EVERYDAY_RULES = (
    *(phrases.universal,) * 4,
    *(phrases.none_of,) * 2,
    *(phrases.conditional,) * 3,
    phrases.definite_conditional,
    phrases.only,
    phrases.about_all,
    phrases.of_two_kinds,
)


def problem(rng: Random, style: Style) -> MadeUpProblem:
    """A problem whose premises can all hold."""
    while True:
        pool = _pool_of_a_problem(rng, style)
        facts, rules = _phrases_of(style)
        told = [pool.pick(facts)(pool) for _ in range(rng.randint(2, 7))]
        told += [pool.pick(rules)(pool) for _ in range(rng.randint(2, 6))]
        if pool.chance(0.5):
            rng.shuffle(told)
        told = list(dict.fromkeys(told))
        asks = pool.chance(0.3)
        concluded = (phrases.question if asks and style is Style.EVERYDAY else _concluding(pool))(pool)
        statements = [statement for _, statement in told]
        # "Is it true that ...?" is told apart from its statement with the text, not with the sentence.
        is_wrapped = concluded[0].startswith("is it ")
        if is_wrapped or any(_says_twice(statement) for statement in (*statements, concluded[1])):
            continue
        if any(isinstance(statement, Existence) for statement in (*statements, concluded[1])):
            continue
        if any(_is_noun_phrase(literal) for said in (*statements, concluded[1]) for literal in literals_of(said)):
            continue  # One predicate or several: that depends on the whole text.
        open_world = first_order_verdict(statements, concluded[1])
        # Half of what is undetermined is left out: there is more than enough of it.
        if open_world is None or (open_world is VerdictKind.UNDETERMINED and pool.chance(0.5)):
            continue
        premises = tuple(Sentence(_capital(text) + ".", statement) for text, statement in told)
        is_question = concluded[0].split()[0] in ("is", "are", "do", "does")
        conclusion = Sentence(_capital(concluded[0]) + ("?" if is_question else "."), concluded[1])
        text = " ".join(premise.text for premise in premises)
        lead = "" if is_question else pool.pick(_ASKING)
        asked = f"{text} {lead}{conclusion.text}"
        if lead.endswith("that "):
            asked = f"{text} {lead}{concluded[0]}?"
            conclusion = Sentence(concluded[0], concluded[1])
        if pool.chance(0.2):
            asked = "\n".join([*(premise.text for premise in premises), f"{lead}{asked[len(text) + 1 + len(lead) :]}"])
        return MadeUpProblem(
            asked, premises, conclusion, pool.forms, open_world, closed_verdict(statements, concluded[1])
        )


_ASKING = (
    "Based on the above information, is the following statement true, false, or unknown? ",
    "Is the following statement true or false? ",
    "Conclusion: ",
    "Does it follow that ",
    "Is it true that ",
    "True or false: ",
)


def _is_noun_phrase(literal: Literal) -> bool:
    return len(literal.predicate) > 1 and not any(word in PREDICATE_WORDS for word in literal.predicate)


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _pool_of_a_problem(rng: Random, style: Style) -> Pool:
    made_up = {Style.RULES: 0.1, Style.ONTOLOGY: 0.9, Style.EVERYDAY: 0.3}[style]
    return Pool(
        rng,
        made_up=made_up,
        reuse=0.55,
        named=rng.choice((0.0, 1.0)) if style is Style.RULES else 0.9,
        enough=3,
        simple=style is Style.RULES,
    )


def _phrases_of(style: Style) -> tuple[Sequence[_Phrasing], Sequence[_Phrasing]]:
    match style:
        case Style.RULES:
            return _RULES_FACTS, _RULES_RULES
        case Style.ONTOLOGY:
            return (_belonging,), (_kind_of_kind, _kind_of_kind, _property_of_kind, phrases.none_of)
        case Style.EVERYDAY:
            return _EVERYDAY_FACTS, _EVERYDAY_RULES


def _belonging(pool: Pool) -> phrases.Told:
    subject, predicate = pool.individual(), pool.nominal() if pool.chance(0.8) else pool.adjectival()
    return f"{subject.text} is {predicate.singular}", Rule(Joint((predicate.of(subject.term),)))


def _kind_of_kind(pool: Pool) -> phrases.Told:
    noun, predicate = pool.noun(), pool.nominal()
    if predicate.term == (noun.singular,):
        return _property_of_kind(pool)
    text = pool.pick((f"every {noun.singular} is {predicate.singular}", f"{noun.plural} are {predicate.plural}"))
    if pool.chance(0.3):
        text = f"each {noun.singular} is {predicate.singular}"
    return text, Rule(Joint((predicate.of(phrases.X),)), Joint((Literal((noun.singular,), (phrases.X,)),)))


def _property_of_kind(pool: Pool) -> phrases.Told:
    noun, predicate, negated = pool.noun(), pool.adjectival(), pool.chance(0.3)
    nots = "not " if negated else ""
    one, many = f"{noun.singular} is {nots}{predicate.singular}", f"{noun.plural} are {nots}{predicate.singular}"
    text = pool.pick((f"every {one}", f"each {one}", many, f"all {many}"))
    return text, Rule(Joint((predicate.of(phrases.X, negated),)), Joint((Literal((noun.singular,), (phrases.X,)),)))


def _concluding(pool: Pool) -> _Phrasing:
    """A conclusion about an individual, with a predicate of the text."""
    return phrases.plain_fact if pool.simple else _about_one


def _about_one(pool: Pool) -> phrases.Told:
    subject = pool.individual()
    predicate, negated = pool.adjectival() if pool.chance(0.6) else pool.nominal(), pool.chance(0.3)
    text = f"{subject.text} is {'not ' if negated else ''}{predicate.singular}"
    return text, Rule(Joint((predicate.of(subject.term, negated),)))
