"""Writes candidates: beam search by transformers, each token held to the grammar of its form by llguidance.

A grammar is a Lark file in `grammars/`, over the tokens of the notation, each with one blank behind it. What the
grammar does not know (how many quantities there are) the network does: a place-holder that is not in the text cannot be
written.
"""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import torch
from llguidance import LLMatcher, LLTokenizer, TokenizerWrapper
from llguidance.numpy import allocate_token_bitmask, fill_next_token_bitmask
from torch import Tensor
from transformers import GenerationConfig, LogitsProcessor, LogitsProcessorList

from app.translator.candidates import Candidate
from app.translator.clauses import PREDICATE_WORDS
from app.translator.forms import Form
from app.translator.model import TranslatorModel
from app.translator.order_words import ORDER_WORDS
from app.translator.vocabulary import Vocabulary

GRAMMARS = {
    Form.ARITHMETIC: "expression",
    Form.RULE: "expression",
    Form.CLAUSE: "clauses",
    Form.ORDERING: "ordering",
    Form.ALIGN: "alignment",
}
_WORDS = {"PREDICATE_WORDS": PREDICATE_WORDS, "ORDER_WORDS": ORDER_WORDS}
_NO_FORCING = '%llguidance {"no_forcing": true}\n'
"""Where all that may follow begins with one letter, llguidance would force the letter, which is no token of ours, and
allow nothing."""
LONGEST = 62
_IMPOSSIBLE = -1e8
"""What beam search fills up with where there are fewer candidates than beams begins at -1e9."""


def candidates(
    model: TranslatorModel, vocabulary: Vocabulary, form: Form, sources: Sequence[Sequence[str]], beams: int
) -> list[list[Candidate]]:
    """For each masked source its `beams` likeliest translations, the likeliest first; fewer if there are fewer.

    All of `sources` go through the network together.
    """
    rows = [vocabulary.read(form, source) for source in sources]
    ids = padded(rows, 0, model.device)  # (batch, source)
    with torch.inference_mode():
        found = model.generate(
            ids,
            attention_mask=ids.ne(0).long(),
            source_ids=ids,
            generation_config=GenerationConfig(
                num_beams=max(2, beams),
                num_return_sequences=max(2, beams),
                max_new_tokens=LONGEST,
                length_penalty=0.0,
                # Not before nothing likelier can come: what is short comes to its end first, likely or not.
                early_stopping=False,
                use_cache=False,
                do_sample=False,
                pad_token_id=0,
                bos_token_id=1,
                decoder_start_token_id=1,
                eos_token_id=2,
                return_dict_in_generate=True,
                output_scores=True,
            ),
            logits_processor=LogitsProcessorList([_Grammar(form, vocabulary)]),
        )
    written, scores = found.sequences.tolist(), found.sequences_scores.tolist()
    each = len(written) // len(rows)
    return [
        [
            Candidate(vocabulary.spell(written[place][1:]), scores[place])
            for place in range(row * each, (row + 1) * each)
            if scores[place] > _IMPOSSIBLE and 2 in written[place]
        ][:beams]
        for row in range(len(rows))
    ]


def padded(rows: Sequence[Sequence[int]], pad: int, device: torch.device) -> Tensor:
    """`rows` side by side, each filled up behind: (rows, length of the longest), int64."""
    longest = max(map(len, rows))
    return torch.tensor([[*row, *[pad] * (longest - len(row))] for row in rows], device=device)


class _Grammar(LogitsProcessor):
    """Leaves the tokens that the grammar allows behind what is written so far."""

    def __init__(self, form: Form, vocabulary: Vocabulary) -> None:
        self._matcher = _matcher(form, vocabulary)
        self._size = vocabulary.target_size
        self._allowed: dict[tuple[int, ...], Any] = {}

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        allowed = np.stack([self._after(tuple(row[1:])) for row in input_ids.tolist()])
        return scores.masked_fill(~torch.from_numpy(allowed).to(scores.device), float("-inf"))

    def _after(self, written: tuple[int, ...]) -> Any:
        """Booleans by token."""
        if written not in self._allowed:
            mask: Any = np.zeros(self._size, dtype=bool)
            if written and written[-1] in (0, 2):
                mask[0] = True
            else:
                matcher = self._matcher.deep_copy()
                if not written or matcher.consume_tokens(list(written)):
                    bits = allocate_token_bitmask(1, self._size)
                    fill_next_token_bitmask(matcher, bits)
                    mask = np.unpackbits(bits.view(np.uint8), bitorder="little")[: self._size].astype(bool)
            self._allowed[written] = mask
        return self._allowed[written]


@cache
def _matcher(form: Form, vocabulary: Vocabulary) -> LLMatcher:
    text = (files(__package__) / "grammars" / f"{GRAMMARS[form]}.lark").read_text("utf-8")
    for name, words in _WORDS.items():
        text = text.replace(f"%{name}%", "|".join(sorted(words)))
    matcher = LLMatcher(_tokenizer(vocabulary), LLMatcher.grammar_from_lark(_NO_FORCING + text))
    if error := matcher.get_error():
        raise ValueError(f"{GRAMMARS[form]}.lark: {error}")
    return matcher


@cache
def _tokenizer(vocabulary: Vocabulary) -> LLTokenizer:
    """The tokens that can be written, each with a blank behind it, so that `n1` is no beginning of `n10`."""

    class Writable:
        eos_token_id = 2
        bos_token_id = 1
        tokens = (b"<pad>", b"<s>", b"</s>", *(f"{t} ".encode() for t in vocabulary.tokens[3 : vocabulary.target_size]))
        special_token_ids = (0, 1, 2)

        def __call__(self, text: str | bytes) -> list[int]:
            words = (text.decode() if isinstance(text, bytes) else text).split()
            return [vocabulary.ids[word] for word in words]

    return LLTokenizer(TokenizerWrapper(Writable()))
