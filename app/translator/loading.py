"""Reads a translator from its folder, of one or several networks.

A network is a folder with `config.json`, `model.safetensors`, `tokenizer.json` and `translator.json`; the last one says
which forms it reads, and how sure it has to be of each. A translator is such a folder, or a folder of such folders.
Nothing is downloaded. What does not belong together is refused with the file that is at fault.
"""

import gc
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from app.errors import LmSpecError
from app.translator.confidence import Thresholds, thresholds_from_json, thresholds_to_json
from app.translator.forms import Form
from app.translator.vocabulary import Vocabulary, VocabularyError, load_vocabulary

if TYPE_CHECKING:
    from app.translator.model import TranslatorModel

EMBEDDED = Path(__file__).parent / "weights"
"""The translator that ships."""
WEIGHTS, CONFIG, DECISIONS = "model.safetensors", "config.json", "translator.json"

Decisions = Mapping[Form, Thresholds]
"""The forms that a network reads: from which confidence on each is translated, and from which on without a doubt.

Arithmetic: of the share of the candidates' probability that gives the answer. A clause, a sentence of a puzzle: of the
probability of the best reading of the least sure sentence.
"""
UNMEASURED: Decisions = MappingProxyType(
    {
        Form.ARITHMETIC: Thresholds(answer=0.5, sure=0.9),
        Form.CLAUSE: Thresholds(answer=0.6, sure=0.9),
        Form.ORDERING: Thresholds(answer=0.6, sure=0.9),
    }
)
"""All forms that are translated at run time, with what is taken where nothing was measured; for sentences the least.

An answer has to have more of the candidates' probability than all others together, and nine tenths of it to be without
a doubt. What a sentence says is written in one way only, so a reading that is right has nearly all the probability; at
less than 0.6 there is another one nearly as likely, and a deduction needs all its sentences.
"""
_KEYS = {form.name.lower(): form for form in UNMEASURED}
"""Of `translator.json`."""


def decisions_to_json(decisions: Decisions) -> str:
    return (
        json.dumps({form.name.lower(): thresholds_to_json(needed) for form, needed in decisions.items()}, indent=1)
        + "\n"
    )


def decisions_from_json(text: bytes) -> Decisions:
    """What `decisions_to_json` wrote.

    Raises:
        ValueError, TypeError: it is something else.
    """
    body = json.loads(text)
    if not isinstance(body, dict) or not body:
        raise ValueError("it names no form that the network reads")
    if unknown := sorted(set(body) - set(_KEYS)):
        raise ValueError(f"{', '.join(unknown)}: there is no such form, only {', '.join(_KEYS)}")
    decisions = {_KEYS[key]: thresholds_from_json(needed) for key, needed in body.items()}
    if wrong := [form for form, needed in decisions.items() if needed.regression and form is not Form.ARITHMETIC]:
        raise ValueError(
            f"{wrong[0].name.lower()}: a regression is for answers to word problems, and these are sentences"
        )
    return decisions


@dataclass(frozen=True, slots=True)
class Described:
    """A network without its weights."""

    folder: Path
    vocabulary: Vocabulary
    decisions: Decisions


@dataclass(frozen=True, slots=True)
class Network:
    """What reads one form, and how sure it has to be of it."""

    model: "TranslatorModel"
    vocabulary: Vocabulary
    needed: Thresholds


def networks_in(folder: Path) -> tuple[Path, ...]:
    """The folders of a translator's networks: the folder itself, or its sub-folders that hold one, by name.

    Raises:
        LmSpecError: there is none, or both.
    """
    try:
        within = sorted(folder.iterdir()) if folder.is_dir() else []
        inside = [each for each in within if not each.name.startswith(".") and _holds_a_part(each)]
        is_one = _holds_a_part(folder)
    except OSError as error:
        raise LmSpecError(f"{folder} cannot be read: {error.strerror or error}") from error
    if is_one and inside:
        raise LmSpecError(
            f"{folder} holds a network, and {inside[0]} another one: a translator is one network, or a folder of "
            "networks. Move one of them away"
        )
    if not is_one and not inside:
        raise LmSpecError(_holds_none(folder))
    return (folder,) if is_one else tuple(inside)


def _holds_a_part(folder: Path) -> bool:
    return any((folder / name).is_file() for name in (CONFIG, WEIGHTS))


def _holds_none(folder: Path) -> str:
    return f"{folder} holds no translator: {CONFIG} and {WEIGHTS} are needed. `quod train embedded` makes one"


def read_folder(folder: Path) -> tuple[Described, ...]:
    """All networks of a translator but for their weights, without torch. No two of them read the same form.

    Raises:
        LmSpecError: a file is missing or damaged, or belongs to another translator; or two networks read one form.
    """
    networks = tuple(_describe(each) for each in networks_in(folder))
    reading: dict[Form, Path] = {}
    for network in networks:
        for form in network.decisions:
            if (other := reading.setdefault(form, network.folder)) != network.folder:
                raise LmSpecError(
                    f"{other} and {network.folder} both read {form.name.lower()}: a form is read by one network. Move "
                    f"one of the two away, or take the form out of its {DECISIONS}"
                )
    return networks


def _describe(folder: Path) -> Described:
    """
    Raises:
        LmSpecError: as `read_folder`.
    """
    if not ((folder / CONFIG).is_file() and (folder / WEIGHTS).is_file()):
        raise LmSpecError(_holds_none(folder))
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
        decisions = decisions_from_json((folder / DECISIONS).read_bytes())
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise LmSpecError(f"{folder / DECISIONS} cannot be used: {error}") from error
    return Described(folder, vocabulary, decisions)


def load(folder: Path, threads: int | None = None) -> Mapping[Form, Network]:
    """The translator, by the forms that it reads; takes seconds, since torch and transformers are imported.

    Raises:
        LmSpecError: as `read_folder`, or the weights of a network are damaged.
    """
    described = read_folder(folder)
    with _without_collection():
        import torch

        from app.translator.model import TranslatorModel

    if threads is not None:
        torch.set_num_threads(threads)
    loaded: dict[Form, Network] = {}
    for each in described:
        model = _read_weights(each.folder, TranslatorModel)
        loaded |= {form: Network(model, each.vocabulary, needed) for form, needed in each.decisions.items()}
    return loaded


def _read_weights(folder: Path, kind: "type[TranslatorModel]") -> "TranslatorModel":
    """
    Raises:
        LmSpecError: they are damaged, or of another translator.
    """
    import torch
    import transformers

    # Neither remarks nor a progress bar: what is wrong is told below, and it takes no second.
    remarks = transformers.utils.logging
    verbosity, shows_progress = remarks.get_verbosity(), remarks.is_progress_bar_enabled()
    remarks.set_verbosity_error()
    remarks.disable_progress_bar()
    try:
        model, report = kind.from_pretrained(
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
    evaluating: TranslatorModel = model.eval()
    return evaluating


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
