"""What a training is made of: a recipe, as it stands in a TOML file.

`kind = "embedded"` trains the embedded translator from nothing; `kind = "lora"` fine-tunes a language model with LoRA.
The classes below are the format: a field is a key, a field that is a class is a table, and what has a default may be
left out. Nothing is guessed: a key that is not known, a value of another type or out of its bounds is a `RecipeError`.
`write_recipe` writes a recipe with every default, so that a run's folder says what was done.
"""

import dataclasses
import difflib
import json
import math
import re
import tomllib
import types
import typing
from collections.abc import Iterable, Iterator
from dataclasses import MISSING, dataclass, field
from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from app.errors import QuodError
from app.training.rows import Task

_KEY = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"


_NAME = re.compile(r"[A-Za-z][\w.-]*", re.ASCII)


class RecipeError(QuodError):
    """A recipe that cannot be used: which file, which key, what is wrong with it."""

    def __init__(self, file: str, key: str, fault: str) -> None:
        super().__init__(f"{file}: {key}: {fault}" if key else f"{file}: {fault}")
        self.file, self.key, self.fault = file, key, fault


def _bounded(
    default: Any = MISSING, *, least: float | None = None, above: float | None = None, most: float | None = None
) -> Any:
    return field(default=default, metadata={"least": least, "above": above, "most": most})


# Where rows and problems come from


@dataclass(frozen=True, slots=True)
class FromFile:
    """A file of the data folder, or any file by its whole path.

    `rows` are JSON lines (`app.training.row_files`), an export of traces among them; the others are files as their
    publishers have them.

    Args:
        exclude: files of evaluated problems; a row that is nearly one of them is left out.
        rows: at most so many, chosen by the seed; none: all.
        licence: of `rows`; that of the others is known.
    """

    builder: Literal["rows", "mawps", "gsm8k", "mathqa", "proofwriter"]
    file: str
    exclude: tuple[str, ...] = ()
    rows: int | None = _bounded(None, least=1)
    licence: str = ""


@dataclass(frozen=True, slots=True)
class Generated:
    """Problems that a generator makes up, `rows` of them."""

    builder: Literal["elementary", "multistep", "deduction", "ordering"]
    rows: int = _bounded(least=1)


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The rules that ship with Quod, `app/training/knowledge`."""

    builder: Literal["kb"]


@dataclass(frozen=True, slots=True)
class Pairs:
    """True and false pairs of problem and program, made of the problems of other sources.

    Args:
        of: names of sources.
        rows: at most so many.
    """

    builder: Literal["align"]
    of: tuple[str, ...]
    rows: int = _bounded(least=2)


@dataclass(frozen=True, slots=True)
class FromTraces:
    """Verified traces of the database.

    Args:
        database: SQLAlchemy URL; empty: that of QUOD_DATABASE_URL.
        exclude: files of evaluated problems; a trace of one of them, or of one nearly alike, is left out.
    """

    builder: Literal["traces"]
    min_trust: Literal["certified", "corroborated"] = "certified"
    database: str = ""
    exclude: tuple[str, ...] = ()
    rows: int | None = _bounded(None, least=1)


Source = FromFile | Generated | Knowledge | Pairs | FromTraces


# How it is trained


class Precision(StrEnum):
    AUTO = "auto"
    """bfloat16 on a GPU that computes in it, else float32."""
    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"


class Schedule(StrEnum):
    """The learning rate after its warm-up."""

    CONSTANT = "constant"
    LINEAR = "linear"
    """Down to nothing in a straight line."""
    COSINE = "cosine"
    """Down to nothing along half a cosine."""


@dataclass(frozen=True, slots=True)
class Optimiser:
    """AdamW.

    Args:
        warmup: updates over which the learning rate rises, as a share of all.
        clip: longest gradient.
    """

    learning_rate: float = _bounded(above=0, most=1)
    schedule: Schedule = Schedule.COSINE
    warmup: float = _bounded(0.03, least=0, most=0.5)
    weight_decay: float = _bounded(0.0, least=0, most=1)
    clip: float = _bounded(1.0, above=0)


@dataclass(frozen=True, slots=True)
class Checkpoints:
    """One every `updates` updates, of which the newest `keep` stay."""

    updates: int = _bounded(200, least=1)
    keep: int = _bounded(2, least=1)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Every `updates` updates, on `rows` rows of the task SOLVE that are held out of training; 0: none."""

    rows: int = _bounded(200, least=0)
    updates: int = _bounded(200, least=1)


# Fine-tuning a language model


@dataclass(frozen=True, slots=True)
class BaseModel:
    """The language model that is fine-tuned.

    Args:
        path_or_id: a folder, or OWNER/NAME on the Hugging Face Hub; empty: `--model` says it.
        revision: commit, tag or branch on the Hub.
    """

    path_or_id: str = ""
    revision: str = ""
    precision: Precision = Precision.AUTO


@dataclass(frozen=True, slots=True)
class TaskRows:
    """Rows of each task in every update, so that the mix is exact.

    An update has the same SOLVE rows whatever the other two are: recipes that differ in them alone see the same SOLVE
    rows in the same updates.
    """

    solve: int = _bounded(least=1)
    kb: int = _bounded(0, least=0)
    align: int = _bounded(0, least=0)

    @property
    def total(self) -> int:
        return self.solve + self.kb + self.align

    def of(self, task: Task) -> int:
        return {Task.SOLVE: self.solve, Task.KB: self.kb, Task.ALIGN: self.align}[task]


@dataclass(frozen=True, slots=True)
class Lora:
    """Low-rank adapters (Hu et al. 2021).

    Args:
        targets: `all-linear`, or the names of layers, such as `["q_proj", "v_proj"]`.
    """

    rank: int = _bounded(32, least=1, most=1024)
    alpha: float = _bounded(64.0, above=0)
    dropout: float = _bounded(0.05, least=0, most=0.9)
    targets: Literal["all-linear"] | tuple[str, ...] = "all-linear"


@dataclass(frozen=True, slots=True)
class LoraTraining:
    """How long, and in what portions.

    Args:
        epochs: how often each SOLVE row is seen.
        updates: instead of `epochs`.
        rows_at_once: rows that a device computes at the same time; the result hardly depends on it, memory does.
        longest: tokens of a row, prompt and completion; a longer row is left out and counted.
        recompute: activations are computed again for the gradient: less memory, a third more time.
    """

    epochs: int | None = _bounded(None, least=1)
    updates: int | None = _bounded(None, least=1)
    rows_at_once: int = _bounded(1, least=1)
    longest: int = _bounded(4096, least=16)
    recompute: bool = False


@dataclass(frozen=True, slots=True)
class LoraOutput:
    """`merged`: a whole language model, which `--lm transformers:FOLDER` loads; `adapter`: the adapter alone."""

    form: Literal["merged", "adapter"] = "merged"


@dataclass(frozen=True, slots=True)
class LoraRecipe:
    kind: Literal["lora"]
    name: str
    sources: dict[str, Source]
    tasks: TaskRows
    training: LoraTraining
    optimiser: Optimiser
    seed: int = _bounded(1, least=0, most=2**32 - 1)
    model: BaseModel = BaseModel()
    lora: Lora = Lora()
    checkpoints: Checkpoints = Checkpoints()
    evaluation: Evaluation = Evaluation()
    output: LoraOutput = LoraOutput()


# The embedded translator


@dataclass(frozen=True, slots=True)
class Network:
    """Sizes of the embedded translator; `app.translator.model.TranslatorConfig` says what they mean."""

    encoder: Literal["lstm", "transformer"] = "lstm"
    encoder_layers: int = _bounded(2, least=1, most=48)
    decoder: Literal["lstm", "transformer"] = "lstm"
    decoder_layers: int = _bounded(2, least=1, most=48)
    width: int = _bounded(256, least=16, most=4096)
    heads: int = _bounded(4, least=1, most=64)
    dropout: float = _bounded(0.3, least=0, most=0.9)


@dataclass(frozen=True, slots=True)
class Phase:
    """A part of the training with a mix of its own.

    Args:
        mix: names of sources with their share of the examples, as weights.
        learning_rate: its highest in this phase, in place of the optimiser's.
        beside: names of sources of which examples are added to each update, so many for each one of the mix. The mix
            gives the same examples whatever is added, and its sources alone decide which words are known: recipes that
            differ in this alone see the same examples of the mix in the same updates.
    """

    mix: dict[str, float] = field(metadata={"above": 0})
    updates: int = _bounded(least=1)
    learning_rate: float | None = _bounded(None, above=0, most=1)
    beside: dict[str, float] = field(default_factory=dict, metadata={"above": 0, "most": 10})


@dataclass(frozen=True, slots=True)
class EmbeddedTraining:
    """An update takes as many examples as `batch_tokens` tokens hold, padding included.

    Args:
        word_seen: examples that must hold a word, of at most 20,000 of each source, before the vocabulary does.
        hidden_problems: share of the word problems in which words are hidden, so that it reads relations and not
            nouns: a text that nobody trained on has unknown words.
        hidden_words: the probability with which each word of such a problem is hidden.
    """

    batch_tokens: int = _bounded(4096, least=64)
    word_seen: int = _bounded(3, least=1)
    hidden_problems: float = _bounded(0.3, least=0, most=1)
    hidden_words: float = _bounded(0.15, least=0, most=1)
    precision: Precision = Precision.AUTO
    label_smoothing: float = _bounded(0.0, least=0, most=0.5)


@dataclass(frozen=True, slots=True)
class EmbeddedOutput:
    precision: Literal["float32", "bfloat16", "float16"] = "float32"


@dataclass(frozen=True, slots=True)
class EmbeddedRecipe:
    kind: Literal["embedded"]
    name: str
    sources: dict[str, Source]
    phases: tuple[Phase, ...]
    optimiser: Optimiser
    seed: int = _bounded(1, least=0, most=2**32 - 1)
    network: Network = Network()
    training: EmbeddedTraining = EmbeddedTraining()
    checkpoints: Checkpoints = Checkpoints()
    evaluation: Evaluation = Evaluation()
    output: EmbeddedOutput = EmbeddedOutput()


Recipe = EmbeddedRecipe | LoraRecipe


# Reading


def shipped_recipes() -> tuple[str, ...]:
    """Names of the recipes that ship."""
    folder = files(__package__) / "recipes"
    return tuple(sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml")))


def load_recipe(name_or_file: str) -> Recipe:
    """The recipe of a TOML file, or the one that ships under this name.

    Raises:
        RecipeError: there is none, or it cannot be used.
    """
    path = Path(name_or_file).expanduser()
    names = shipped_recipes()
    if name_or_file in names and not path.is_file():
        text = (files(__package__) / "recipes" / f"{name_or_file}.toml").read_text("utf-8")
        return read_recipe(text, f"{name_or_file}.toml")
    try:
        return read_recipe(path.read_bytes().decode("utf-8"), str(path))
    except FileNotFoundError:
        raise RecipeError(
            name_or_file,
            "",
            f"no such file, and no recipe of this name ships: there are {', '.join(names)}"
            f"{_near(path.name.removesuffix('.toml'), names)}",
        ) from None
    except UnicodeDecodeError as error:
        raise RecipeError(str(path), "", f"it is not UTF-8 text: byte {error.start}") from error
    except OSError as error:
        raise RecipeError(str(path), "", f"it cannot be read: {error.strerror or error}") from error


def read_recipe(text: str, file: str) -> Recipe:
    """The recipe that `text` says; `file` is what a fault is reported of.

    Raises:
        RecipeError: it is not TOML, or a key is unknown, missing, of the wrong type or out of bounds.
    """
    try:
        body = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise RecipeError(file, "", f"it is not TOML: {error}") from error
    recipe: Recipe = _Reader(file).read(Recipe, body, "")
    if not _NAME.fullmatch(recipe.name):
        raise RecipeError(
            file, "name", f"{recipe.name!r} is no name: letters, digits, '-', '_' and '.', a letter first"
        )
    if not recipe.sources:
        raise RecipeError(file, "sources", "there is none")
    for key, named in _named_sources(recipe):
        if named not in recipe.sources:
            raise RecipeError(file, key, f"there is no source {named!r}{_near(named, recipe.sources)}")
    for name, source in recipe.sources.items():
        if isinstance(source, Pairs):
            for each in source.of:
                if isinstance(recipe.sources[each], Pairs | Knowledge):
                    raise RecipeError(file, f"sources.{name}.of", f"{each!r} has no problems to make pairs of")
    if isinstance(recipe, LoraRecipe) and (recipe.training.epochs is None) == (recipe.training.updates is None):
        raise RecipeError(file, "training", "give either `epochs` or `updates`")
    if isinstance(recipe, EmbeddedRecipe):
        if not recipe.phases:
            raise RecipeError(file, "phases", "there is none")
        if recipe.network.width % (2 * recipe.network.heads):
            raise RecipeError(file, "network.width", "it must be a multiple of twice the heads")
    return recipe


def _named_sources(recipe: Recipe) -> Iterator[tuple[str, str]]:
    for name, source in recipe.sources.items():
        if isinstance(source, Pairs):
            yield from ((f"sources.{name}.of", each) for each in source.of)
    if isinstance(recipe, EmbeddedRecipe):
        for number, phase in enumerate(recipe.phases):
            yield from ((f"phases[{number}].mix", each) for each in phase.mix)
            yield from ((f"phases[{number}].beside", each) for each in phase.beside)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Makes values of the declared types of what TOML gave."""

    file: str

    def fault(self, key: str, fault: str) -> RecipeError:
        return RecipeError(self.file, key, fault)

    def read(self, wanted: Any, value: Any, key: str, bounds: Any = types.MappingProxyType({})) -> Any:
        origin, arguments = typing.get_origin(wanted), typing.get_args(wanted)
        if origin in (typing.Union, types.UnionType):
            return self._one_of(arguments, value, key, bounds)
        if origin is Literal:
            if value not in arguments or not isinstance(value, str):
                raise self.fault(key, f"one of {', '.join(arguments)}, not {_shown(value)}{_near(value, arguments)}")
            return value
        if origin is tuple:
            if not isinstance(value, list):
                raise self.fault(key, f"a list is wanted, not {_shown(value)}")
            return tuple(self.read(arguments[0], each, f"{key}[{index}]") for index, each in enumerate(value))
        if origin is dict:
            if not isinstance(value, dict):
                raise self.fault(key, f"a table is wanted, not {_shown(value)}")
            return {name: self.read(arguments[1], each, f"{key}.{name}", bounds) for name, each in value.items()}
        if dataclasses.is_dataclass(wanted):
            return self._table(wanted, value, key)
        if issubclass(wanted, StrEnum):
            return wanted(self.read(Literal.__getitem__(tuple(each.value for each in wanted)), value, key))
        return self._plain(wanted, value, key, bounds)

    def _one_of(self, alternatives: tuple[Any, ...], value: Any, key: str, bounds: Any) -> Any:
        """A union of tables is told apart by their first key, others by what TOML has for them."""
        if all(dataclasses.is_dataclass(each) for each in alternatives):
            if not isinstance(value, dict):
                raise self.fault(key, f"a table is wanted, not {_shown(value)}")
            first = dataclasses.fields(alternatives[0])[0].name
            names = {
                name: each for each in alternatives for name in typing.get_args(typing.get_type_hints(each)[first])
            }
            named = (
                self.read(Literal.__getitem__(tuple(names)), value[first], _inside(key, first))
                if first in value
                else None
            )
            if named is None:
                raise self.fault(_inside(key, first), f"it is missing; one of {', '.join(names)}")
            return self._table(names[named], value, key)
        for each in alternatives:
            if (typing.get_origin(each) is tuple) == isinstance(value, list) and each is not type(None):
                return self.read(each, value, key, bounds)
        raise self.fault(key, f"{_shown(value)} cannot stand here")

    def _table(self, wanted: Any, value: Any, key: str) -> Any:
        if not isinstance(value, dict):
            raise self.fault(key, f"a table is wanted, not {_shown(value)}")
        hints = typing.get_type_hints(wanted)
        known = {each.name: each for each in dataclasses.fields(wanted)}
        for name in value:
            if name not in known:
                raise self.fault(
                    _inside(key, name), f"there is no such key{_near(name, known) or '; there are ' + ', '.join(known)}"
                )
        made = {}
        for name, each in known.items():
            if name in value:
                made[name] = self.read(hints[name], value[name], _inside(key, name), each.metadata)
            elif each.default is MISSING and each.default_factory is MISSING:
                raise self.fault(_inside(key, name), "it is missing")
        return wanted(**made)

    def _plain(self, wanted: type, value: Any, key: str, bounds: Any) -> Any:
        names = {int: "a whole number", float: "a number", str: "a text", bool: "true or false"}
        fits = type(value) is wanted or (wanted is float and type(value) is int)
        if not fits:
            raise self.fault(key, f"{names[wanted]} is wanted, not {_shown(value)}")
        if wanted in (int, float):
            least, above, most = (bounds.get(bound) for bound in ("least", "above", "most"))
            if not math.isfinite(value):
                raise self.fault(key, f"{_shown(value)} is not finite")
            if least is not None and value < least:
                raise self.fault(key, f"{_shown(value)} is less than {least}")
            if above is not None and value <= above:
                raise self.fault(key, f"{_shown(value)} is not above {above}")
            if most is not None and value > most:
                raise self.fault(key, f"{_shown(value)} is more than {most}")
            return wanted(value)
        return value


def _inside(key: str, name: str) -> str:
    return f"{key}.{name}" if key else name


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "a list"
    return repr(value) if not isinstance(value, bool) else str(value).lower()


def _near(name: Any, names: Iterable[str]) -> str:
    near = difflib.get_close_matches(str(name), list(names), n=1, cutoff=0.6)
    return f"; did you mean {near[0]!r}?" if near else ""


# Writing


def write_recipe(recipe: Recipe) -> str:
    """TOML with every default; `read_recipe` makes an equal recipe of it. A key that has no value is a comment."""
    return "\n".join(_table_lines(recipe, "")) + "\n"


def differences(recipe: Recipe, other: Recipe) -> tuple[str, ...]:
    """Dotted keys in which two recipes differ."""
    one, two = dict(_leaves(recipe, "")), dict(_leaves(other, ""))
    return tuple(key for key in {**one, **two} if one.get(key, MISSING) != two.get(key, MISSING))


def _leaves(value: Any, key: str) -> Iterator[tuple[str, Any]]:
    parts: Iterable[tuple[str, Any]]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        parts = [(each.name, getattr(value, each.name)) for each in dataclasses.fields(value)]
    elif isinstance(value, dict):
        parts = list(value.items())
    else:
        yield key, value
        return
    for name, part in parts:
        yield from _leaves(part, _inside(key, name))


def _table_lines(table: Any, key: str) -> Iterator[str]:
    """Lines of a table: first its plain values, then the tables within."""
    items = (
        list(table.items())
        if isinstance(table, dict)
        else [(each.name, getattr(table, each.name)) for each in dataclasses.fields(table)]
    )
    inner = []
    for name, value in items:
        if isinstance(value, dict) or dataclasses.is_dataclass(value):
            inner.append((_joined(key, name), value, "[{}]"))
        elif isinstance(value, tuple) and value and dataclasses.is_dataclass(value[0]):
            inner.extend((_joined(key, name), each, "[[{}]]") for each in value)
        elif value is None:
            yield f"# {name}: none"
        else:
            yield f"{_quoted(name)} = {_value(value)}"
    for path, value, brackets in inner:
        yield ""
        yield brackets.format(path)
        yield from _table_lines(value, path)


def _joined(key: str, name: str) -> str:
    return f"{key}.{_quoted(name)}" if key else _quoted(name)


def _quoted(name: str) -> str:
    return name if name and all(letter in _KEY for letter in name) else _value(name)


def _value(value: Any) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(_value(each) for each in value) + "]"
    if isinstance(value, str):
        # JSON's escapes are TOML's; the one character that JSON leaves as it is and TOML does not is DEL.
        return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value)
