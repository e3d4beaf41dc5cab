"""One way of logging for the service: structlog, as lines for people or as JSON, on standard error.

What a problem or a program says is not logged at any level but debug; a trace keeps it, under its id.
"""

import logging
import sys
from typing import Any

import stamina.instrumentation
import structlog

from app.settings import LogFormat, LogLevel


class _StandardError(logging.StreamHandler[Any]):
    """Writes to what standard error is at the time."""

    @property
    def stream(self) -> Any:
        return sys.stderr

    @stream.setter
    def stream(self, value: Any) -> None: ...


def _say_retry(details: stamina.instrumentation.RetryDetails) -> None:
    """Stamina's own line shows the arguments and name of a callable that nobody outside has heard of."""
    log = structlog.get_logger("quod.retry")
    log.warning(f"trying again in {details.wait_for:.1f} s", tried=details.retry_num, error=str(details.caused_by))


def configure_logging(log_format: LogFormat, level: LogLevel) -> None:
    """Send everything, uvicorn's and the libraries' lines included, through one handler. Repeating it replaces it."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if log_format is LogFormat.JSON:
        render: list[Any] = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    else:
        # Plain: the pretty one shows the values of variables, and some of them are keys.
        render = [
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)
        ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    stamina.instrumentation.set_on_retry_hooks([_say_retry])
    handler = _StandardError()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *render],
        )
    )
    root = logging.getLogger()
    root.handlers = [other for other in root.handlers if not isinstance(other, _StandardError)] + [handler]
    root.setLevel(level.value.upper())
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers = []
        logger.propagate = True
    # Each request has one line of ours; httpx would add one per call with the address in it, key and all.
    for name in ("uvicorn.access", "httpx", "httpcore", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
