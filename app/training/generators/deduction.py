"""Makes up sentences of deductions with what they say, and whole problems with their verdict.

A sentence is put together from phrases, each of which knows what it says; the sentence is then masked as any other, so
that what is learnt from is what will be read. Words are real ones and made-up ones, since only the syntax is to be
learnt. Sentences that the notation cannot say, or that can be understood in two ways, are made on purpose as well:
their target is `abstain`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random

from app.training.generators import deduction_phrases as phrases
from app.training.generators.deduction_unsayable import UNSAYABLE, hedged
from app.training.generators.deduction_words import Pool
from app.translator.clauses import MaskedSentence, Reading, Unsayable, mask, rename, spell
from app.translator.forms import Example, Form
from app.translator.masking import TooManyError

GROUP = "generated/deduction"
_UNSAYABLE_SHARE = 0.16
_HEDGED_SHARE = 0.06
_LEADS = ("therefore, ", "therefore ", "so ", "so, ", "thus ", "thus, ", "hence ", "hence, ", "also, ")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence and what it says, in words: a noun by its singular, a verb by its base, a name in small letters."""

    text: str
    reading: Reading


_SAYABLE: tuple[Callable[[Pool], phrases.Told], ...] = (
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
