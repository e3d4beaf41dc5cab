"""Small values as columns and as JSON, both ways. Read again, they are what was written, type for type."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, is_dataclass
from typing import Any

from app.lm.types import LmIdentity, TokenUsage
from app.prompts import PromptRef
from app.reasoning.types import Gloss
from app.store.rows import AttemptRow, CompletionRow, VersionsRow
from solvers.types import Diagnostic, ErrorClass, Layers, Limits, Part

Json = dict[str, Any]


def plain(value: object) -> Any:
    """`value` as JSON data: mappings and dataclasses become objects, tuples become lists.

    Raises:
        TypeError: something in it is not JSON. A fault of who made it; nothing is stored in its place.
    """
    match value:
        case None | bool() | int():
            return value
        case str():
            return str(value)
        case float() if math.isfinite(value):
            return value
        case Mapping():
            return {_key(key): plain(part) for key, part in value.items()}
        case list() | tuple():
            return [plain(part) for part in value]
        case _ if is_dataclass(value) and not isinstance(value, type):
            return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
        case _:
            raise TypeError(f"{value!r} of type {type(value).__name__} cannot be stored as JSON")


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise TypeError(f"a key of a JSON object is a string, not {key!r}")
    return str(key)


def diagnostics_to_json(diagnostics: Sequence[Diagnostic]) -> list[Json]:
    return [asdict(diagnostic) for diagnostic in diagnostics]


def diagnostics_from_json(body: Sequence[Json]) -> tuple[Diagnostic, ...]:
    return tuple(
        Diagnostic(**{**item, "error_class": ErrorClass(item["error_class"]), "part": Part(item["part"])})
        for item in body
    )


def gloss_to_json(gloss: Sequence[Gloss]) -> list[Json]:
    return [plain(entry) for entry in gloss]


def gloss_from_json(body: Sequence[Json]) -> tuple[Gloss, ...]:
    return tuple(Gloss(**item) for item in body)


def prompts_to_json(prompts: Sequence[PromptRef]) -> list[Json]:
    return [plain(prompt) for prompt in prompts]


def prompts_from_json(body: Sequence[Json]) -> tuple[PromptRef, ...]:
    return tuple(PromptRef(**item) for item in body)


def limits_from_json(body: Json) -> Limits:
    return Limits(**body)


def layers_from_json(body: Json) -> Layers:
    """A layer that the row does not know, because it is older, was not there: a default of True would claim it."""
    return Layers(**{field.name: body.get(field.name, False) for field in fields(Layers)})


def lm_columns(lm: LmIdentity) -> Json:
    return {"lm_backend": lm.backend, "lm_name": lm.name, "lm_revision": lm.revision, "lm_base_url": lm.base_url}


def lm_identity(row: VersionsRow | AttemptRow | CompletionRow) -> LmIdentity:
    return LmIdentity(row.lm_backend, row.lm_name, row.lm_revision, row.lm_base_url)


def token_columns(usage: TokenUsage | None) -> Json:
    if usage is None:
        return {"prompt_tokens": None, "completion_tokens": None}
    return {"prompt_tokens": usage.prompt_tokens, "completion_tokens": usage.completion_tokens}


def token_usage(row: AttemptRow | CompletionRow) -> TokenUsage | None:
    """None where the backend of the language model did not count."""
    if row.prompt_tokens is None or row.completion_tokens is None:
        return None
    return TokenUsage(row.prompt_tokens, row.completion_tokens)
