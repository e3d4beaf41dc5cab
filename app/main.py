"""The HTTP service: `create_app(settings)` puts the parts together, `serve` runs it until it is told to stop."""

import logging
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import Any

import structlog
import uvicorn
from fastapi import FastAPI
from fastapi.routing import APIRoute

from app.api import check, datasets, evaluation_results, evaluations, health, problems, programs, traces
from app.api.errors import Fault, ProblemDetails, install_error_handlers
from app.api.evaluating import open_evaluations
from app.api.logging import configure_logging
from app.api.meters import Meters
from app.api.middleware import RequestContext
from app.api.problem_types import PROBLEM_TYPES
from app.api.service import open_service
from app.errors import QuodError
from app.parts import quod_version
from app.settings import Settings, read_settings
from solvers.errors import SolverError

log = structlog.get_logger("quod.service")

DESCRIPTION = """Ask in plain language, get an answer with evidence that a machine has checked.

A language model writes a formal program, a solver decides it, and a trace keeps everything. A verdict and a faulty
program are results; errors are problem details (RFC 9457) whose `type` is stable:

| status | type | meaning |
| --- | --- | --- |
""" + "\n".join(f"| {problem.status} | `{problem.uri}` | {problem.title} |" for problem in PROBLEM_TYPES)


def create_app(settings: Settings | None = None) -> FastAPI:
    """The ASGI application. Its parts are opened when it starts and closed when it stops.

    Args:
        settings: None: those of the environment.

    Raises:
        SettingsError: the environment does not make valid settings.
    """
    settings = settings or read_settings()
    configure_logging(settings.log_format, settings.log_level)
    meters = Meters()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        log.info("starting", version=quod_version(), settings=settings.describe())
        async with AsyncExitStack() as stack:
            try:
                service = await stack.enter_async_context(open_service(settings, prepared=True, meters=meters))
            except (QuodError, SolverError) as error:
                app.state.start_fault = error
                raise
            app.state.service = service
            app.state.evaluations = await stack.enter_async_context(open_evaluations(settings, service, meters))
            log.info("ready", lm=service.lm.identity.name, concurrency=settings.concurrency)
            announce: Callable[[], None] | None = getattr(app.state, "announce", None)
            if announce is not None:
                announce()
            yield
            log.info("stopping")

    app = FastAPI(
        title="Quod",
        version=quod_version(),
        description=DESCRIPTION,
        lifespan=lifespan,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        generate_unique_id_function=_operation_id,
        # Exceptions carry what people wrote; our own log decides what is kept of them.
        telemetry={"logs": False},
        redirect_slashes=False,
    )
    app.state.settings = settings
    app.state.meters = meters
    app.add_middleware(RequestContext, meters=meters)
    install_error_handlers(app)
    app.include_router(problems.router)
    app.include_router(programs.router)
    app.include_router(traces.router)
    app.include_router(check.router)
    app.include_router(datasets.router)
    # Before the single ones: `/v1/evaluations/compare` is no id.
    app.include_router(evaluation_results.router)
    app.include_router(evaluations.router)
    app.include_router(evaluation_results.pages)
    app.include_router(health.router)
    _document_problems(app)
    return app


def serve(settings: Settings, host: str, port: int, announce: Callable[[str], None]) -> None:
    """Listen on `host`:`port` until SIGINT or SIGTERM; returns when every request, program and engine has ended.

    Args:
        announce: told the address once every part is open; connections are taken from then on.

    Raises:
        ServeError: the address cannot be used.
        QuodError, SolverError: a part cannot be opened.
    """
    app = create_app(settings)
    with _bound(host, port) as listener:
        shown = f"[{host}]" if ":" in host else host
        url = f"http://{shown}:{listener.getsockname()[1]}"
        log.info("listening", url=url)
        app.state.announce = lambda: announce(url)
        # The graceful time-out is uvicorn's, in whole seconds: requests under way are cancelled after it.
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="on",
            server_header=False,
            timeout_graceful_shutdown=max(1, round(settings.shutdown_seconds)),
        )
        server = uvicorn.Server(config)
        # A stream without an end would hold up the stop.
        app.state.stopping = lambda: server.should_exit
        quiet = _StartFaults(app)
        logging.getLogger("uvicorn.error").addFilter(quiet)
        try:
            server.run(sockets=[listener])
        except KeyboardInterrupt:
            # Ctrl-C is how a service on a terminal is ended; uvicorn raises it when all is done.
            return
        except SystemExit:
            fault: Exception | None = getattr(app.state, "start_fault", None)
            if fault is not None:
                raise fault from None
            raise
        finally:
            logging.getLogger("uvicorn.error").removeFilter(quiet)


class ServeError(QuodError):
    """The service cannot listen."""


BACKLOG = 2048
"""Connections that wait to be taken; uvicorn's own number."""


@contextmanager
def _bound(host: str, port: int) -> Iterator[socket.socket]:
    """A listening socket, so that a port in use is a sentence before anything is opened."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise ServeError(f"cannot listen on {host}: {error.strerror}") from error
    with listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(address)
            # From here on connections wait for the service, so that whoever is told the address can use it at once.
            listener.listen(BACKLOG)
        except OSError as error:
            raise ServeError(
                f"cannot listen on {host} port {port}: {error.strerror}. Choose another --port; 0 takes a free one."
            ) from error
        yield listener


class _StartFaults(logging.Filter):
    """Keeps uvicorn's traceback of a fault at start out of the log; whoever called `serve` gets the sentence."""

    def __init__(self, app: FastAPI) -> None:
        super().__init__()
        self._app = app

    def filter(self, record: logging.LogRecord) -> bool:
        return getattr(self._app.state, "start_fault", None) is None


def _operation_id(route: APIRoute) -> str:
    return route.name


def _document_problems(app: FastAPI) -> None:
    """Every operation refers to the schema of problem details, which no response model brings along by itself."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        document = generate()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        for model in (ProblemDetails, Fault):
            schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
            schema.pop("$defs", None)
            schemas[model.__name__] = schema
        return document

    app.openapi = openapi  # type: ignore[method-assign]
