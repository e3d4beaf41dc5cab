"""Examples for the embedded translator, drawn from the sources of a recipe.

A source is a `Pool`: it holds problems, or makes up examples number by number. The batch of an update depends on the
seed and the number of the update alone, so that a training that goes on from a checkpoint sees what it would have seen.
"""

import random
from collections import Counter
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate, chain, pairwise
from typing import Protocol

from app.training.job import TrainingError
from app.training.rows import ArithmeticProblem
from app.translator.expression import spell
from app.translator.forms import Example, Form
from app.translator.masking import EVERY_WORD, TooManyError, hide, mask, singular
from app.translator.vocabulary import Vocabulary, VocabularyError

LONGEST_SOURCE = 160
LONGEST_TARGET = 60
"""Tokens; longer examples are left out."""
_WORD_PROBLEMS = (Form.ARITHMETIC, Form.RULE, Form.ALIGN)
_TRIES = 100
"""Draws for each example that is wanted, before a source is said to give none."""
_IN_VAIN = 2_000
"""Draws after each other, until it is said that the mix gives none."""
_Ids = tuple[tuple[int, ...], tuple[int, ...]]
"""Of a source and its target."""
_WORDS_THAT_STAY = frozenset(
    "a an and are as at be been by each every for from had has have he her his how if in into is it many more much of"
    " on one or out she some than that the their them there they this to was were what when which who will with left"
    " less fewer total all altogether remaining times per twice half percent part cost costs same other did do".split()
)


class Pool(Protocol):
    """`size` examples, numbered from 0. `rng` varies one, `known` are the words of the vocabulary."""

    @property
    def name(self) -> str: ...

    @property
    def size(self) -> int: ...

    def example(self, number: int, rng: random.Random, known: Container[str]) -> Example | None:
        """None: this number has none that the translator can hold."""
        ...


@dataclass(frozen=True)
class Problems:
    """Problems that are there, varied by `vary` where it is given and gives something."""

    name: str
    problems: Sequence[ArithmeticProblem]
    vary: Callable[[ArithmeticProblem, random.Random], ArithmeticProblem | None] | None = None
    _masked: dict[int, Example | None] = field(default_factory=dict, repr=False)

    @property
    def size(self) -> int:
        return len(self.problems)

    def example(self, number: int, rng: random.Random, known: Container[str]) -> Example | None:
        problem = self.problems[number]
        if self.vary is not None and (varied := self.vary(problem, rng)):
            return arithmetic_example(varied, self.name, known)
        if number not in self._masked:
            self._masked[number] = arithmetic_example(problem, self.name, known)
        return self._masked[number]


@dataclass(frozen=True)
class Made:
    """Examples made up by a generator, number by number."""

    name: str
    make: Callable[[random.Random], Example]
    size: int
    seed: int

    def example(self, number: int, rng: random.Random, known: Container[str]) -> Example | None:
        return replace(self.make(random.Random(f"{self.seed}/{self.name}/{number}")), group=self.name)


@dataclass(frozen=True)
class PairPool:
    """Problems with a right expression and with a wrong one, as often."""

    name: str
    problems: Sequence[ArithmeticProblem]
    pair: Callable[[ArithmeticProblem, random.Random, Container[str]], tuple[Example, Example] | None]
    size: int

    def example(self, number: int, rng: random.Random, known: Container[str]) -> Example | None:
        pair = self.pair(self.problems[number % len(self.problems)], rng, known)
        return replace(rng.choice(pair), group=self.name) if pair else None


@dataclass(frozen=True)
class Examples:
    """Examples that are there already."""

    name: str
    examples: Sequence[Example]

    @property
    def size(self) -> int:
        return len(self.examples)

    def example(self, number: int, rng: random.Random, known: Container[str]) -> Example | None:
        return self.examples[number]


def arithmetic_example(problem: ArithmeticProblem, group: str, known: Container[str]) -> Example | None:
    """The masked text and the expression's tokens; None if there are more place-holders than the translator knows."""
    try:
        masked = mask(problem.text, known)
    except TooManyError:
        return None
    return Example(Form.ARITHMETIC, masked.tokens, spell(problem.expression), group)


def words_of(pools: Iterable[Pool], draws: int, least: int, seed: int) -> list[str]:
    """Words that at least `least` of the examples hold, of at most `draws` examples of each pool."""
    counts: Counter[str] = Counter()
    for pool in pools:
        rng = random.Random(f"{seed}/words/{pool.name}")
        numbers = range(pool.size) if pool.size <= draws else [rng.randrange(pool.size) for _ in range(draws)]
        seen: Counter[str] = Counter()
        for number in numbers:
            if example := pool.example(number, rng, EVERY_WORD):
                seen.update({token for token in example.source if token.isalpha()})
        counts.update(seen)
    return [word for word, count in counts.items() if count >= least]


@dataclass(frozen=True, slots=True)
class Hiding:
    """Of a share `problems` of the word problems, each word is hidden with the probability `words`."""

    problems: float = 0.0
    words: float = 0.0

    def draw(self, example: Example, rng: random.Random) -> frozenset[str]:
        """The words of `example` to hide, in the singular."""
        if example.form not in _WORD_PROBLEMS or rng.random() >= self.problems:
            return frozenset()
        words = dict.fromkeys(
            singular(token) for token in example.source if token.isalpha() and token not in _WORDS_THAT_STAY
        )
        return frozenset(word for word in words if rng.random() < self.words)


@dataclass(frozen=True, slots=True)
class Batch:
    """Ids of one update, each row as long as it is."""

    sources: tuple[tuple[int, ...], ...]
    targets: tuple[tuple[int, ...], ...]


class Batches:
    """The batches of a training, by the number of the update: a sequence, which a data loader can share out.

    Args:
        mix: pools with their shares of the examples.
        tokens: in a batch, padding included.
        beside: pools of which examples are added to each batch, so many for each one of the mix. They stand behind
            those, which are the same whatever is added.
        hiding: of words of the problems, anew each time.
        window: batches that are made together and sorted by length, so that little is padded.

    Raises:
        TrainingError: a pool of `beside`, or all of the mix, gives nothing that the translator can hold.
    """

    def __init__(
        self,
        mix: Sequence[tuple[Pool, float]],
        vocabulary: Vocabulary,
        *,
        updates: int,
        tokens: int,
        seed: int,
        beside: Sequence[tuple[Pool, float]] = (),
        hiding: Hiding = Hiding(),
        window: int = 16,
    ) -> None:
        self._beside, self._hiding = beside, hiding
        self._pools = [pool for pool, _ in mix]
        self._weights = [weight for _, weight in mix]
        self._vocabulary = vocabulary
        self._updates, self._tokens, self._seed, self._window = updates, tokens, seed, window
        self._made: tuple[int, list[Batch]] = (-1, [])

    def __len__(self) -> int:
        return self._updates

    def __getitem__(self, update: int) -> Batch:
        if not 0 <= update < self._updates:
            raise IndexError(update)
        window, place = divmod(update, self._window)
        if self._made[0] != window:
            self._made = (window, self._make(window))
        return self._made[1][place]

    def _make(self, window: int) -> list[Batch]:
        """`window` batches of about `tokens` tokens, each of examples that are about as long."""
        rng = random.Random(f"{self._seed}/batches/{window}")
        pairs: list[_Ids] = []
        room, in_vain = self._window * self._tokens, 0
        while room > 0:
            if in_vain == _IN_VAIN:
                names = ", ".join(pool.name for pool in self._pools)
                raise TrainingError(f"of {names} the translator can hold no example: they are too long")
            pool = rng.choices(self._pools, self._weights)[0]
            example = pool.example(rng.randrange(pool.size), rng, self._vocabulary.known)
            if example and (pair := self._encoded(example, rng)):
                pairs.append(pair)
                room, in_vain = room - len(pair[0]), 0
            else:
                in_vain += 1
        pairs.sort(key=lambda pair: len(pair[0]))
        total = sum(len(pair[0]) for pair in pairs)
        parts: list[list[_Ids]] = [[] for _ in range(self._window)]
        seen = 0
        for pair in pairs:
            parts[min(self._window - 1, seen * self._window // total)].append(pair)
            seen += len(pair[0])
        added = [self._drawn(pool, share, [len(part) for part in parts], window) for pool, share in self._beside]
        for part, *more in zip(parts, *added, strict=True):
            part.extend(chain.from_iterable(more))
        batches = [Batch(tuple(p[0] for p in part), tuple(p[1] for p in part)) for part in parts if part]
        rng.shuffle(batches)
        # A window of very long examples can leave a part empty.
        return (batches * self._window)[: self._window]

    def _drawn(self, pool: Pool, share: float, sizes: Sequence[int], window: int) -> list[list[_Ids]]:
        """Examples to stand beside parts of these sizes, the longest ones beside the last part."""
        # A generator of its own: what is drawn here must not change what is drawn of the mix.
        rng = random.Random(f"{self._seed}/beside/{pool.name}/{window}")
        ends = [round(share * end) for end in accumulate(sizes)]
        pairs: list[_Ids] = []
        for _ in range(_TRIES * ends[-1]):
            if len(pairs) == ends[-1]:
                break
            example = pool.example(rng.randrange(pool.size), rng, self._vocabulary.known)
            if example and (pair := self._encoded(example, rng)):
                pairs.append(pair)
        if len(pairs) < ends[-1]:
            raise TrainingError(f"the source {pool.name} gives hardly an example that the translator can hold")
        pairs.sort(key=lambda pair: len(pair[0]))
        return [pairs[start:end] for start, end in pairwise([0, *ends])]

    def _encoded(self, example: Example, rng: random.Random) -> _Ids | None:
        hidden = self._hiding.draw(example, rng)
        return encode(example, self._vocabulary, hidden) or (encode(example, self._vocabulary) if hidden else None)


def encode(example: Example, vocabulary: Vocabulary, hidden: frozenset[str] = frozenset()) -> _Ids | None:
    """Ids of both sides; None if the example is too long, or uses what it does not hold.

    Args:
        hidden: words of a word problem, in the singular, that are hidden like those that are unknown.
    """
    tokens = example.source
    known = vocabulary.known
    if example.form in _WORD_PROBLEMS:
        try:
            tokens, _ = hide(tokens, _Without(known, hidden))
        except TooManyError:
            return None
    if len(tokens) >= LONGEST_SOURCE or len(example.target) > LONGEST_TARGET:
        return None
    source = vocabulary.read(example.form, tokens)
    try:
        target = vocabulary.written(example.target)
    except VocabularyError:
        return None
    present = set(source)
    if any(vocabulary.slot_start <= token < vocabulary.target_size and token not in present for token in target):
        return None
    return tuple(source), tuple(target)


@dataclass(frozen=True, slots=True)
class _Without:
    known: frozenset[str]
    hidden: frozenset[str]

    def __contains__(self, word: object) -> bool:
        return word in self.known and singular(str(word)) not in self.hidden
