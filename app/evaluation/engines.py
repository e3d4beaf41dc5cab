"""Opens the engine that somebody asks for: in this process, or on a Dask cluster."""

from typing import TYPE_CHECKING

from app.evaluation.engine import Engine
from app.lm.cache import CompletionCache
from app.settings import Settings

if TYPE_CHECKING:
    # A command line that works elsewhere starts sooner without it.
    from solvers.runtime import Runtime


def open_engine(
    settings: Settings, dask: str | None, cache: CompletionCache | None = None, runtime: "Runtime | None" = None
) -> Engine:
    """Whoever opens it closes it. Nothing is started or reached before the first sample.

    Args:
        dask: address of the scheduler, `tcp://HOST:PORT`; None: samples are solved in this process.
        cache: where completions are kept in this process. Workers keep none.
        runtime: one that outlives the engine, whose solvers are used in this process instead of others.
    """
    if dask is None:
        from app.evaluation.in_process import InProcessEngine
        from app.evaluation.station import Station

        return InProcessEngine(Station(settings, cache, runtime))
    from app.evaluation.cluster import ClusterEngine

    return ClusterEngine(dask)
