"""The solver runtime as the settings want it, and how its health reads."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict

from app.api.bodies import EngineRead
from app.settings import Settings
from solvers.runtime import EngineHealth, Runtime, RuntimeConfig
from solvers.types import Engine


@asynccontextmanager
async def open_runtime(settings: Settings) -> AsyncIterator[Runtime]:
    """Engines start with the first program of their language; none is left when this ends."""
    config = RuntimeConfig(concurrency=settings.concurrency, allow_open=settings.allow_open_sandbox)
    async with Runtime(config) as runtime:
        yield runtime


def engines_read(health: Mapping[Engine, EngineHealth]) -> dict[Engine, EngineRead]:
    return {
        name: EngineRead(
            version=engine.version,
            sandbox=asdict(engine.layers) if engine.layers else None,
            seconds=engine.seconds,
            error=engine.error,
        )
        for name, engine in health.items()
    }
