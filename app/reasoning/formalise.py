"""Renders the prompts of a problem. What it is given is all that a prompt can hold: a `Problem` has no answer."""

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import lru_cache

from app.errors import PromptError
from app.lm.types import Message, Role
from app.prompts import Prompt, PromptRef, load_prompt
from app.reasoning.types import Kind, Problem
from solvers.types import Language

_PROMPTS = {Language.PROLOG: ("formalise-prolog", 2), Language.SMT: ("formalise-smt", 2)}
_ONLY = re.compile(r"^<!-- only: ([a-z_, ]+) -->\n(.*?)^<!-- end -->\n?", re.MULTILINE | re.DOTALL)
_MARKER = re.compile(r"^<!--", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a language model is shown, and the prompt that it was made from."""

    prompt: PromptRef
    messages: tuple[Message, ...]


def formalise(problem: Problem, kind: Kind, language: Language) -> Rendered:
    """The prompt that asks for a formalisation in `language` of a problem of this kind.

    Raises:
        PromptError: the prompt is missing or damaged. Our fault.
    """
    name, version = _PROMPTS[language]
    prompt = select(load_prompt(name, version), {kind.value, problem.world.value})
    text = prompt.render(problem=problem.text.strip())
    return Rendered(prompt.ref, (Message(Role.SYSTEM, text.system), Message(Role.USER, text.user)))


def select(prompt: Prompt, facts: Collection[str]) -> Prompt:
    """The prompt with only those of its optional parts that apply.

    A part stands between `<!-- only: entailment, open -->` and `<!-- end -->`, each on a line of its own, and applies
    if `facts` has all of its words. Done before rendering: what stands in a problem is never read as a marker.

    Raises:
        PromptError: a part that is not closed, or stands in another.
    """
    return _selected(prompt, frozenset(facts))


@lru_cache(maxsize=64)
def _selected(prompt: Prompt, facts: frozenset[str]) -> Prompt:
    def keep(match: re.Match[str]) -> str:
        words = {word.strip() for word in match[1].split(",")}
        return match[2] if words <= facts else ""

    parts = {section: _ONLY.sub(keep, f"{getattr(prompt, section)}\n").strip() for section in ("system", "user")}
    for section, text in parts.items():
        if _MARKER.search(text):
            raise PromptError(
                f"prompt {prompt.ref.name!r} v{prompt.ref.version}: in `# {section}` a part `<!-- only -->` has no end"
            )
    squeezed = {section: re.sub(r"\n{3,}", "\n\n", text) for section, text in parts.items()}
    return replace(prompt, system=squeezed["system"], user=squeezed["user"])


def formalisation_prompts() -> tuple[PromptRef, ...]:
    """The prompts that the loop formalises with, one per language."""
    return tuple(load_prompt(name, version).ref for name, version in _PROMPTS.values())
