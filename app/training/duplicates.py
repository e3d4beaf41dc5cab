"""Finds training texts that are an evaluated problem, or nearly: what was measured on those says nothing.

Two texts are compared without case, punctuation, numbers and names, by the share of their runs of three words that
both have (Jaccard). What a similarity means, in made-up examples:

    1.0   the same problem with other numbers and names: "Ida picked 4 figs, Bo picked 9 figs. ..."
    0.9   one ending exchanged: "How many figs were picked in all?" and "... in total?"
    0.75  a sentence shortened or a person more, the rest word for word
    0.6   another noun throughout: "7 boys in the class and 56 figs", "9 boys in the class and 81 nuts"
    0.4   the same turns in another story: "starts with 6 caps. ... How many caps does he end with?"

From `NEAR` on, a reader would say that the one was made from the other, although the calculation may differ. Below it
lie turns that every set of such problems shares.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from math import ceil
from typing import NamedTuple

NEAR = 0.6
"""Texts that share so much are near-duplicates."""


class Duplicate(NamedTuple):
    """A training text that is an evaluated one, or nearly; both by their place. `similarity` from `NEAR` to 1."""

    evaluated: int
    training: int
    similarity: float


_Gram = tuple[str, ...]

_TOKEN = re.compile(r"[$€£]?\d[\d,./:]*(?:st|nd|rd|th)?%?|\.\d+|[^\W\d_]+(?:['\u2019][^\W\d_]+)?")
_WORD = re.compile(r"[^\W\d_]+")
_WITHIN_A_SENTENCE = re.compile(r"(?<=[^\W_][ ,;])[ ]?([A-Z][^\W\d_]+)")
_NUMBER_WORDS = frozenset(
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million percent half"
    " third fourth fifth quarter quarters thirds twice double thrice triple dozen".split()
)
_NUMBER, _NAME = "#", "@"
_MOST_KNOWN = 1_000_000
_ORDER = 3


def find_duplicates(
    training: Sequence[str], evaluated: Sequence[str], *, threshold: float = NEAR
) -> tuple[Duplicate, ...]:
    """All pairs at least as similar as `threshold`, in the order of the evaluated texts.

    Takes half a minute for 200,000 texts against 4,000: a pair is compared only if it shares one of its rarest runs.

    Raises:
        ValueError: `threshold` is not above 0 and at most 1.
    """
    if not 0 < threshold <= 1:
        raise ValueError(f"a threshold lies above 0 and is at most 1, not {threshold}")
    names = _names(chain(training, evaluated))
    normalising = _Normalising(names)
    wanted = [_grams(normalising.words(text)) for text in evaluated]
    frequency = Counter(chain.from_iterable(wanted))
    index: defaultdict[_Gram, list[int]] = defaultdict(list)
    for place, grams in enumerate(wanted):
        for gram in _rarest(grams, frequency, threshold):
            index[gram].append(place)
    found: list[Duplicate] = []
    for number, text in enumerate(training):
        grams = _grams(normalising.words(text))
        candidates = {place for gram in _rarest(grams, frequency, threshold) for place in index.get(gram, ())}
        for place in candidates:
            shared = len(grams & wanted[place])
            similarity = shared / (len(grams) + len(wanted[place]) - shared)
            if similarity >= threshold:
                found.append(Duplicate(place, number, similarity))
    return tuple(sorted(found))


def normalised(text: str, names: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """The words of `text` in lower case, numbers and `names` masked, without punctuation. Two numbers or names in a row
    are one: "twenty-five" and 25 look the same.
    """
    return _Normalising(names).words(text)


class _Normalising:
    """Normalises many texts: what becomes of a word is found out once."""

    def __init__(self, names: frozenset[str]) -> None:
        self._names = names
        self._known: dict[str, str] = {}

    def words(self, text: str) -> tuple[str, ...]:
        words: list[str] = []
        last = ""
        for token in _TOKEN.findall(text):
            word = self._known.get(token) or self._masked(token)
            if word != last or word not in (_NUMBER, _NAME):
                words.append(word)
            last = word
        return tuple(words)

    def _masked(self, token: str) -> str:
        word = token.lower().replace("\u2019", "'")
        if not word[0].isalpha() or word in _NUMBER_WORDS:
            word = _NUMBER
        elif word.removesuffix("'s") in self._names:
            word = _NAME
        if len(self._known) < _MOST_KNOWN:
            self._known[token] = word
        return word


def _names(texts: Iterable[str]) -> frozenset[str]:
    """Words, in lower case, that stand within sentences with a capital at least as often as without one.

    A sentence may begin with any word, so its first one says nothing, unless it never comes without a capital.
    """
    words: Counter[str] = Counter()
    within: Counter[str] = Counter()
    for text in texts:
        words.update(_WORD.findall(text))
        within.update(_WITHIN_A_SENTENCE.findall(text))
    return frozenset(
        lower for word in words if len(word) > 1 and word[0].isupper() and within[word] >= words[lower := word.lower()]
    )


def _grams(words: Sequence[str]) -> frozenset[_Gram]:
    if len(words) < _ORDER:
        return frozenset([tuple(words)])
    return frozenset(zip(words, words[1:], words[2:], strict=False))


def _rarest(grams: frozenset[_Gram], frequency: Mapping[_Gram, int], threshold: float) -> list[_Gram]:
    """So many of the rarest runs that a text with none of them cannot be similar enough; those that no evaluated text
    has are the rarest, and left out, since nothing is found by them.

    Source: prefix filtering, as in Bayardo, Ma and Srikant, Scaling up all pairs similarity search (2007).
    """
    known = [gram for gram in grams if gram in frequency]
    # A hair below: 0.6 * 5 is 3.0000000000000004 somewhere.
    most = len(known) - ceil(threshold * len(grams) - 1e-9) + 1
    return sorted(known, key=lambda gram: (frequency[gram], gram))[:most] if most > 0 else []
