"""Reads a translator from its folder: `config.json`, `model.safetensors`, `tokenizer.json`, `translator.json`.

Nothing is downloaded. What does not belong together is refused with the file that is at fault.
"""

import gc
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.errors import LmSpecError
from app.translator.confidence import Thresholds
from app.translator.forms import Form
from app.translator.vocabulary import Vocabulary, VocabularyError, load_vocabulary

if TYPE_CHECKING:
    from app.translator.model import TranslatorModel

EMBEDDED = Path(__file__).parent / "weights"
"""The translator that ships."""
WEIGHTS, CONFIG, DECISIONS = "model.safetensors", "config.json", "translator.json"


@dataclass(frozen=True, slots=True)
class Decisions:
    """From which confidence on each form is translated, and from which on without a doubt.

    The defaults are for what was not measured. An answer has to have more of the candidates' probability than all
    others together, and nine tenths of it to be without a doubt. What a sentence says is written in one way only, so a
    reading that is right has nearly all the probability; at less than 0.6 there is another one nearly as likely, and a
    deduction needs all its sentences.

    Args:
        arithmetic: of the share of the candidates' probability that gives the answer.
        clause, ordering: of the probability of the best reading of the least sure sentence.
    """

    arithmetic: Thresholds = Thresholds(answer=0.5, sure=0.9)  # noqa: RUF009  # frozen
    clause: Thresholds = Thresholds(answer=0.6, sure=0.9)  # noqa: RUF009  # frozen
    ordering: Thresholds = Thresholds(answer=0.6, sure=0.9)  # noqa: RUF009  # frozen

    def of(self, form: Form) -> Thresholds:
        """Those of a form that is translated at run time."""
        return {Form.ARITHMETIC: self.arithmetic, Form.CLAUSE: self.clause, Form.ORDERING: self.ordering}[form]


def decisions_from_json(body: Mapping[str, Any]) -> Decisions:
    """What `asdict` made of decisions.

    Raises:
        ValueError, TypeError: it is something else.
    """
    if missing := {field.name for field in fields(Decisions)} - set(body):
        raise ValueError(f"nothing is said of {', '.join(sorted(missing))}")
    return Decisions(**{form: Thresholds(**thresholds) for form, thresholds in body.items()})


@dataclass(frozen=True, slots=True)
class Loaded:
    model: "TranslatorModel"
    vocabulary: Vocabulary
    decisions: Decisions


def read_folder(folder: Path) -> tuple[Vocabulary, Decisions, dict[str, Any]]:
    """All but the weights, without torch.

    Raises:
        LmSpecError: a file is missing or damaged, or belongs to another translator.
    """
    try:
        is_there = (folder / CONFIG).is_file() and (folder / WEIGHTS).is_file()
    except OSError as error:
        raise LmSpecError(f"{folder} cannot be read: {error.strerror or error}") from error
    if not is_there:
        raise LmSpecError(
            f"{folder} holds no translator: {CONFIG} and {WEIGHTS} are needed. `quod train embedded` makes one"
        )
    try:
        config = json.loads((folder / CONFIG).read_bytes())
        if config["model_type"] != "quod-translator":
            raise ValueError(f"model_type is {config['model_type']!r}")
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise LmSpecError(f"{folder / CONFIG} is not the configuration of a translator: {error}") from error
    try:
        vocabulary = load_vocabulary(folder)
    except VocabularyError as error:
        raise LmSpecError(str(error)) from error
    if config.get("vocabulary") != vocabulary.fingerprint:
        raise LmSpecError(f"{folder / 'tokenizer.json'} is the tokenizer of another translator than {folder / WEIGHTS}")
    sizes = {
        "vocab_size": len(vocabulary.tokens),
        "target_size": vocabulary.target_size,
        "slot_start": vocabulary.slot_start,
    }
    if wrong := [name for name, size in sizes.items() if config.get(name) != size]:
        raise LmSpecError(f"{folder / CONFIG} does not fit {folder / 'tokenizer.json'}: {', '.join(wrong)}")
    try:
        decisions = decisions_from_json(json.loads((folder / DECISIONS).read_bytes()))
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise LmSpecError(f"{folder / DECISIONS} cannot be used: {error}") from error
    return vocabulary, decisions, config


def load(folder: Path, threads: int | None = None) -> Loaded:
    """Read the translator; takes seconds, since torch and transformers are imported.

    Raises:
        LmSpecError: as `read_folder`, or the weights are damaged.
    """
    vocabulary, decisions, _ = read_folder(folder)
    with _without_collection():
        import torch
        import transformers

        from app.translator.model import TranslatorModel

    if threads is not None:
        torch.set_num_threads(threads)
    # Neither remarks nor a progress bar: what is wrong is told below, and it takes no second.
    remarks = transformers.utils.logging
    verbosity, shows_progress = remarks.get_verbosity(), remarks.is_progress_bar_enabled()
    remarks.set_verbosity_error()
    remarks.disable_progress_bar()
    try:
        model, report = TranslatorModel.from_pretrained(
            folder, dtype=torch.float32, local_files_only=True, output_loading_info=True
        )
    except Exception as error:
        detail = re.sub(r"\s+", " ", str(error))[:300]
        raise LmSpecError(
            f"{folder / WEIGHTS} cannot be read, so it is damaged or not of this translator: {detail}"
        ) from error
    finally:
        remarks.set_verbosity(verbosity)
        if shows_progress:
            remarks.enable_progress_bar()
    wrong = {
        name: list(keys)
        for name, keys in report.items()
        if keys and name in ("missing_keys", "unexpected_keys", "mismatched_keys")
    }
    if wrong or any(not bool(weight.isfinite().all()) for weight in model.parameters()):
        raise LmSpecError(
            f"{folder / WEIGHTS} does not fit {folder / CONFIG}: {wrong or 'it holds numbers that are none'}"
        )
    return Loaded(model.eval(), vocabulary, decisions)


@contextmanager
def _without_collection() -> Iterator[None]:
    """Nothing that an import makes is garbage; to look for it among so many objects takes a quarter of the time. Nor is
    it looked at later, when every full collection would hold up the whole process.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if enabled:
            gc.enable()
