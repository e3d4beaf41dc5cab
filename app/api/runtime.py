"""How the health of the engines reads."""

from collections.abc import Mapping
from dataclasses import asdict

from app.api.bodies import EngineRead
from solvers.runtime import EngineHealth
from solvers.types import Engine


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
