"""Sentences of ProofWriter's training set with what they say, for the translator; and how a document of it is read.

The labels are made by rules in their own direction: `deduction_program` says what that means, and what was measured.

A sentence is taken only if its form, the masked tokens, is one that our generator of sentences makes up with one
meaning; a document only if the program made of all its sentences, run by the real solver, gives the label that the
document has. The file is `logic/ProofWriter/train.json.gz`, as of Logic-LM (CC BY 4.0); see README of the data.
"""

import gzip
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random

from app.lm.types import Completion, FinishReason, LmIdentity
from app.problem import Kind, World
from app.reasoning.conclude import conclude
from app.reasoning.extract import extract
from app.reasoning.runs import Solver, entailment
from app.reasoning.types import Formalisation, RunName, VerdictKind
from app.training.generators.deduction import plain_sentence
from app.translator.clauses import mask
from app.translator.deduction import translate
from app.translator.deduction_text import read
from app.translator.forms import Example, Form
from app.translator.result import Translation
from solvers.types import Language, Limits, Run

SOURCE = "proofwriter"
_LABELS = {"A": VerdictKind.PROVED, "B": VerdictKind.REFUTED, "C": VerdictKind.UNDETERMINED}
FORMS = 250_000
"""Sentences that the generator makes up for `known_forms`."""
_IDENTITY = LmIdentity("embedded", "by form", "1")

Tokens = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A problem of the file.

    Args:
        label: `PROVED` where the statement is said to be true, `REFUTED` where false, `UNDETERMINED` where unknown.
    """

    id: str
    text: str
    label: VerdictKind


@dataclass(frozen=True, slots=True)
class Gathered:
    """
    Args:
        examples: every sentence of the documents that were kept, the same one as often as it stands there.
        dropped: of the others, how many for which reason.
    """

    examples: tuple[Example, ...]
    kept: int
    dropped: Counter[str]


def documents(path: Path) -> Iterator[Document]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for record in json.load(file):
            yield Document(record["id"], f"{record['context']} {record['question']}", _LABELS[record["answer"]])


def known_forms(seed: int, sentences: int) -> dict[Tokens, Tokens]:
    """What the generator makes up, with its target, if that is only one: of so many sentences without a word twice."""
    rng = Random(seed)
    found: dict[Tokens, Tokens | None] = {}
    for _ in range(sentences):
        example = plain_sentence(rng)
        if found.setdefault(example.source, example.target) != example.target:
            found[example.source] = None
    return {source: target for source, target in found.items() if target is not None}


def read_by_form(tokens: Tokens, forms: Mapping[Tokens, Tokens]) -> Tokens | None:
    """What a masked sentence says by its form alone; None where the form is not known.

    Two places with the same word say what they would say with different words, said of the same.
    """
    apart: list[str] = []
    words: dict[str, str] = {}
    for token in tokens:
        if token[0] == "w" and token[1:].isdigit():
            place_holder = f"w{len(words)}"
            words[place_holder] = token
            token = place_holder
        apart.append(token)
    target = forms.get(tuple(apart))
    return None if target is None else tuple(words.get(token, token) for token in target)


def examples(sentences: Sequence[str], forms: Mapping[Tokens, Tokens]) -> list[Example] | None:
    """Each sentence masked with what it says; None where the form of one is not known."""
    found: list[Example] = []
    for sentence in sentences:
        masked = mask(sentence)
        target = read_by_form(masked.tokens, forms)
        if target is None:
            return None
        found.append(Example(Form.CLAUSE, masked.tokens, target, SOURCE))
    return found


async def proofwriter_examples(
    path: Path, solver: Solver, *, forms: Mapping[Tokens, Tokens] | None = None, most: int | None = None
) -> Gathered:
    """The sentences of the file, read by their form, of the documents whose label the solver gives.

    Args:
        solver: a `solvers.Runtime`.
        forms: those of `known_forms`; None: of `FORMS` sentences, which takes a minute.
        most: documents, from the first on; None: all of them.
    """
    forms = known_forms(0, FORMS) if forms is None else forms
    found: list[Example] = []
    kept, dropped = 0, Counter[str]()
    for number, document in enumerate(documents(path)):
        if number == most:
            break
        asked = read(document.text)
        sentences = examples((*asked.premises, asked.conclusion), forms)
        if sentences is None:
            dropped["the form of a sentence is not known"] += 1
            continue
        reply = [(example.target, 0.0) for example in sentences]
        translation = translate(document.text, partial(_always, reply), Language.PROLOG, contrapositives=False)
        if not isinstance(translation, Translation):
            dropped["the sentences do not go together"] += 1
        elif await verdict_of(translation.completion, Language.PROLOG, World.OPEN, solver) is not document.label:
            dropped["the label is another"] += 1
        else:
            kept += 1
            found += sentences
    return Gathered(tuple(found), kept, dropped)


def _always(reply: Sequence[tuple[Tokens, float]], sentences: Sequence[Tokens]) -> Sequence[tuple[Tokens, float]]:
    """A reader of `sentences` that has read them before."""
    assert len(sentences) == len(reply)
    return reply


async def verdict_of(
    completion: str,
    language: Language,
    world: World,
    solver: Solver,
    limits: Limits = Limits(),  # noqa: B008  # frozen
) -> VerdictKind | None:
    """What the program of an entailment comes to; None: to nothing that can be concluded."""
    formalisation = extract(Completion(completion, _IDENTITY, FinishReason.STOP, 0.0), language, Kind.ENTAILMENT, world)
    if not isinstance(formalisation, Formalisation):
        return None
    runs: dict[RunName, Run] = {name: await solver.solve(job, limits) for name, job in entailment(formalisation)}
    verdict = conclude(Kind.ENTAILMENT, world, formalisation, runs).verdict
    return None if verdict is None else verdict.kind
