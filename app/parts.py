"""What the service, the command line and a worker each open by the settings: solvers and a language model."""

import functools
import importlib.metadata
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Protocol

from app.errors import LmError
from app.lm.cache import CachedLM, CompletionCache
from app.lm.options import LmOptions
from app.lm.spec import open_language_model
from app.lm.types import LanguageModel
from app.settings import Settings
from solvers.runtime import Runtime, RuntimeConfig
from solvers.types import Engine


@asynccontextmanager
async def open_runtime(settings: Settings) -> AsyncIterator[Runtime]:
    """Engines start with the first program of their language; none is left when this ends."""
    async with Runtime(runtime_config(settings)) as runtime:
        yield runtime


def runtime_config(settings: Settings) -> RuntimeConfig:
    return RuntimeConfig(concurrency=settings.concurrency, allow_open=settings.allow_open_sandbox)


def open_lm(
    settings: Settings,
    spec: str | None = None,
    cache: CompletionCache | None = None,
    on_trouble: Callable[[LmError], None] = lambda _: None,
) -> LanguageModel:
    """The language model `spec`, or that of the settings; whoever opens it closes it.

    Args:
        cache: where its completions are kept, unless the settings say no or it makes them anew as fast.
        on_trouble: hears of every failed try at a server, as `LmOptions` says.

    Raises:
        LmSpecError: `spec` names no language model.
    """
    options = replace(_lm_options(settings), on_trouble=on_trouble)
    lm = open_language_model(settings.lm if spec is None else spec, options)
    if cache is None or not settings.lm_cache or lm.identity.backend in ("recorded", "embedded"):
        return lm
    return CachedLM(lm, cache)


def _lm_options(settings: Settings) -> LmOptions:
    samples = Path(str(files("app") / "samples" / "completions.jsonl"))
    return LmOptions(
        api_key=settings.lm_api_key.get_secret_value() if settings.lm_api_key else None,
        connect_seconds=settings.lm_connect_seconds,
        total_seconds=settings.lm_seconds,
        retries=settings.lm_retries,
        max_in_flight=settings.lm_concurrency,
        answers=settings.embedded_answers,
        default_recording=samples if samples.is_file() else None,
    )


@functools.cache
def quod_version() -> str:
    """Version of the installed package; of a bare checkout, "0+unknown". Looked up once: that takes a millisecond."""
    try:
        return importlib.metadata.version("quod")
    except importlib.metadata.PackageNotFoundError:
        return "0+unknown"


class _Answered(Protocol):
    @property
    def version(self) -> str | None: ...


def versions_of_engines(engines: Mapping[Engine, _Answered]) -> dict[str, str]:
    """By engine, of those whose version is known, as a trace has them."""
    return {name.value: engine.version for name, engine in engines.items() if engine.version}
