"""The tokens that the translator reads and writes, and their ids.

    0 1 2              padding, beginning, end
    ... slot_start     what can be written besides place-holders: operators, constants, notation
    ... target_size    place-holders that can be written: n0 ..., w0 ...
    ... the end        what is only read: forms, names p0 ..., words

Kept as a tokenizer of whole words that transformers loads, `tokenizer.json`.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from app.translator import clauses, ordering
from app.translator.expression import CONSTANTS, OPERATORS
from app.translator.forms import Form
from app.translator.masking import MAX_NAMES, MAX_NUMBERS, MAX_WORDS

PAD, BEGIN, END, UNKNOWN = "<pad>", "<s>", "</s>", "<unk>"
FILE = "tokenizer.json"
_SLOTS = (*(f"n{n}" for n in range(MAX_NUMBERS)), *(f"w{n}" for n in range(MAX_WORDS)))
_WRITABLE = tuple(
    dict.fromkeys(
        token
        for token in (*OPERATORS, *CONSTANTS, *clauses.TARGET_TOKENS, *ordering.TARGET_TOKENS, "yes", "no")
        if token not in _SLOTS
    )
)
_MARKS = ("$", "o'clock", "'s")
"""What masking writes beside a quantity or a name, and is no word."""
_READ = (UNKNOWN, *Form, "<program>", *(f"p{n}" for n in range(MAX_NAMES)))
_FIXED = (PAD, BEGIN, END, *_WRITABLE, *_SLOTS, *_READ, *clauses.SOURCE_TOKENS, *ordering.SOURCE_TOKENS)


class VocabularyError(ValueError):
    """The file is no vocabulary of a translator of ours."""


@dataclass(frozen=True)
class Vocabulary:
    """`tokens` by their ids. Where the place-holders begin belongs to it: a later version may know more notation."""

    tokens: tuple[str, ...]
    slot_start: int

    @property
    def target_size(self) -> int:
        """How many tokens can be written; those behind are only read."""
        return self.slot_start + len(_SLOTS)

    @cached_property
    def ids(self) -> dict[str, int]:
        return {token: index for index, token in enumerate(self.tokens)}

    @cached_property
    def known(self) -> frozenset[str]:
        """The words that a text may hold without being masked."""
        return frozenset(self.tokens)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over tokens and sizes: weights belong to one vocabulary."""
        content = json.dumps([self.tokens, self.slot_start, self.target_size])
        return hashlib.sha256(content.encode()).hexdigest()

    def read(self, form: Form, source: Sequence[str]) -> list[int]:
        """Ids of what the encoder is given."""
        unknown = self.ids[UNKNOWN]
        return [self.ids[form], *(self.ids.get(token, unknown) for token in source)]

    def written(self, target: Sequence[str]) -> list[int]:
        """Ids of what the decoder should write, the end included.

        Raises:
            VocabularyError: one of the tokens cannot be written.
        """
        ids = [self.ids.get(token, self.target_size) for token in target]
        if any(not 3 <= index < self.target_size for index in ids):
            raise VocabularyError(f"cannot be written: {' '.join(target)}")
        return [*ids, 2]

    def spell(self, ids: Sequence[int]) -> tuple[str, ...]:
        """What the decoder wrote, up to its end."""
        end = next((place for place, index in enumerate(ids) if index == 2), len(ids))
        return tuple(self.tokens[index] for index in ids[:end] if index > 2)

    def save(self, folder: Path) -> None:
        from tokenizers import Tokenizer, models, pre_tokenizers

        tokenizer = Tokenizer(models.WordLevel(self.ids, unk_token=UNKNOWN))
        tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
        tokenizer.save(str(folder / FILE))


def make_vocabulary(words: Iterable[str]) -> Vocabulary:
    """The fixed tokens, then the marks of quantities and `words` in alphabetical order."""
    fixed = tuple(dict.fromkeys(_FIXED))
    return Vocabulary((*fixed, *sorted({*words, *_MARKS} - set(fixed))), 3 + len(_WRITABLE))


def load_vocabulary(folder: Path) -> Vocabulary:
    """The vocabulary of `tokenizer.json`.

    Raises:
        VocabularyError: it is missing or damaged, or no translator's.
    """
    file = folder / FILE
    try:
        ids = json.loads(file.read_bytes())["model"]["vocab"]
        tokens = tuple(sorted(ids, key=ids.__getitem__))
        if sorted(ids.values()) != list(range(len(tokens))) or not all(isinstance(token, str) for token in tokens):
            raise ValueError("ids are missing")
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise VocabularyError(f"{file} is no tokenizer of a translator: {error}") from error
    start = ids.get(_SLOTS[0], 0)
    if (
        tokens[:3] != (PAD, BEGIN, END)
        or tokens[start : start + len(_SLOTS)] != _SLOTS
        or not set(_READ) <= set(tokens)
    ):
        raise VocabularyError(f"{file} is the tokenizer of another model")
    return Vocabulary(tokens, start)
