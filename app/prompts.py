"""Loads, renders and hashes the prompts of `prompts/<name>/v<N>.md`.

A prompt is Markdown with two sections, `# system` and `# user`, in this order; each holds text with `{{ name }}`s:

    # system
    You write Prolog programs.

    # user
    {{ problem }}

Rendering is strict and goes over the text once: every place-holder needs its value, every value its place-holder, and a
value is inserted as it is. A problem that contains `{{ x }}` or a line `# system` stays the problem's text.
"""

import functools
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from app.errors import PromptError

_NAME = re.compile(r"[a-z0-9]+(?:[_-][a-z0-9]+)*")
_FILE = re.compile(r"v([1-9][0-9]*)\.md")
_SECTION = re.compile(r"^# (system|user)[ \t]*$", re.MULTILINE)
_PLACEHOLDER = re.compile(r"\{\{[ \t]*([a-z][a-z0-9_]*)[ \t]*\}\}")


@dataclass(frozen=True, slots=True)
class PromptRef:
    """Which prompt it was: `name` is its folder, `sha256` that of its file."""

    name: str
    version: int
    sha256: str


@dataclass(frozen=True, slots=True)
class RenderedPrompt:
    """What the language model reads: the texts of its system message and of its user message."""

    system: str
    user: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """One version of a prompt. `system` and `user` are its sections with their place-holders, stripped."""

    ref: PromptRef
    system: str
    user: str

    @property
    def placeholders(self) -> frozenset[str]:
        """Names that `render` must be given, neither fewer nor more."""
        return frozenset(_PLACEHOLDER.findall(self.system) + _PLACEHOLDER.findall(self.user))

    def render(self, **values: str) -> RenderedPrompt:
        """Both sections with each place-holder replaced by its value, which is not read again.

        Raises:
            PromptError: a value is missing, has no place-holder, or is not text.
        """
        wanted = self.placeholders
        if missing := sorted(wanted - values.keys()):
            raise PromptError(f"{_title(self.ref)} needs a value for {', '.join(missing)}: give it to render()")
        if unknown := sorted(values.keys() - wanted):
            there = ", ".join(sorted(wanted)) or "none"
            raise PromptError(f"{_title(self.ref)} has no place-holder {', '.join(unknown)}: it has {there}")
        for name, value in values.items():
            if not isinstance(value, str):
                raise PromptError(f"{_title(self.ref)}: the value of {name} is {type(value).__name__}, not text")

        def fill(text: str) -> str:
            return _PLACEHOLDER.sub(lambda match: values[match[1]], text)

        return RenderedPrompt(system=fill(self.system), user=fill(self.user))


def prompts_folder() -> Traversable:
    """`app/_data/prompts` of an installed wheel, or `prompts/` of the repository."""
    installed = files("app") / "_data" / "prompts"
    if installed.is_dir():
        return installed
    repository = Path(__file__).resolve().parent.parent / "prompts"
    if repository.is_dir():
        return repository
    raise PromptError(f"no prompts: neither {installed} nor {repository} is a folder; install Quod again")


def load_prompt(name: str, version: int | None = None, *, folder: Traversable | None = None) -> Prompt:
    """The prompt `name`, its newest version unless `version` says which.

    Args:
        folder: where the prompts are, `prompts_folder()` if not given; those are read once in a process.

    Raises:
        PromptError: there is no such prompt or version, or its file is not a prompt.
    """
    return _ours(name, version) if folder is None else _load(name, version, folder)


@functools.cache
def _ours(name: str, version: int | None) -> Prompt:
    return _load(name, version, prompts_folder())


def _load(name: str, version: int | None, folder: Traversable) -> Prompt:
    place = folder.joinpath(_checked_name(name))
    versions = _versions(place)
    if not versions:
        raise PromptError(f"there is no prompt {name!r}: {place} holds no v<N>.md")
    wanted = max(versions) if version is None else version
    if wanted not in versions:
        there = ", ".join(f"v{number}" for number in sorted(versions))
        raise PromptError(f"prompt {name!r} has no version {wanted}: there are {there}")
    return _read(name, wanted, versions[wanted])


def all_prompts(*, folder: Traversable | None = None) -> tuple[Prompt, ...]:
    """Every version of every prompt, by name and then by version.

    Raises:
        PromptError: one of them is not a prompt.
    """
    root = prompts_folder() if folder is None else folder
    return tuple(_every(root))


def _every(root: Traversable) -> Iterator[Prompt]:
    for place in sorted(root.iterdir(), key=lambda entry: entry.name):
        if not place.is_dir() or place.name.startswith((".", "_")):
            continue
        name = _checked_name(place.name)
        for version, file in sorted(_versions(place).items()):
            yield _read(name, version, file)


def _checked_name(name: str) -> str:
    # A name becomes part of a path.
    if not _NAME.fullmatch(name):
        raise PromptError(f"{name!r} is not the name of a prompt: small letters, digits, '-' and '_'")
    return name


def _versions(place: Traversable) -> dict[int, Traversable]:
    if not place.is_dir():
        return {}
    named = ((_FILE.fullmatch(entry.name), entry) for entry in place.iterdir())
    return {int(match[1]): entry for match, entry in named if match}


def _read(name: str, version: int, file: Traversable) -> Prompt:
    try:
        data = file.read_bytes()
        text = data.decode("utf-8")
    except OSError as error:
        raise PromptError(f"{file} cannot be read: {error}") from error
    except UnicodeDecodeError as error:
        raise PromptError(f"{file} is not UTF-8: {error}") from error
    ref = PromptRef(name=name, version=version, sha256=hashlib.sha256(data).hexdigest())
    return _parse(ref, text.replace("\r\n", "\n"))


def _parse(ref: PromptRef, text: str) -> Prompt:
    before, *rest = _SECTION.split(text)
    headings, bodies = rest[0::2], [body.strip() for body in rest[1::2]]
    if before.strip():
        raise PromptError(f"{_title(ref)} has text before its first section: it begins with `# system`")
    if headings != ["system", "user"]:
        found = ", ".join(f"# {heading}" for heading in headings) or "none"
        raise PromptError(
            f"{_title(ref)} needs the sections `# system` and `# user`, once each and in this order: it has {found}"
        )
    for heading, body in zip(headings, bodies, strict=True):
        if not body:
            raise PromptError(f"{_title(ref)}: its section `# {heading}` is empty")
        if "{{" in (rest_of := _PLACEHOLDER.sub("", body)):
            start = rest_of.index("{{")
            raise PromptError(
                f"{_title(ref)}: {rest_of[start : start + 30]!r} is not a place-holder, which looks like {{{{ name }}}}"
            )
    system, user = bodies
    return Prompt(ref=ref, system=system, user=user)


def _title(ref: PromptRef) -> str:
    return f"prompt {ref.name!r} v{ref.version}"
