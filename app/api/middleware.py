"""Gives every request an id and one line in the log, counts it, and turns what nobody foresaw into a problem."""

import asyncio
import re
import time

import structlog
from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from ulid import ULID

from app.api.errors import problem_response, unforeseen_response
from app.api.meters import Meters
from app.api.problem_types import SHUTTING_DOWN

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

log = structlog.get_logger("quod.http")


class RequestContext:
    """ASGI middleware, the outermost of ours. A client's `X-Request-ID` is kept where it is short and plain."""

    def __init__(self, app: ASGIApp, meters: Meters) -> None:
        self.app = app
        self._meters = meters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        given = request.headers.get("x-request-id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else f"req_{ULID()}"
        request.state.request_id = request_id
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        started = time.perf_counter()
        status = 0
        self._meters.request_begun()

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", []), (b"x-request-id", request_id.encode("ascii"))]
            await send(message)

        try:
            await self.app(scope, receive, send_with_id)
        except asyncio.CancelledError:
            # Only the server cancels a request, when it shuts down and has waited long enough.
            if status:
                raise
            response = problem_response(request, SHUTTING_DOWN, "The service was stopped before this ended. Try again.")
            await response(scope, receive, send_with_id)
        except Exception as error:
            log.exception("unforeseen error", error=type(error).__name__)
            if status:  # the response has begun; only the server can break it off
                raise
            await unforeseen_response(request, error)(scope, receive, send_with_id)
        finally:
            seconds = time.perf_counter() - started
            self._meters.request_ended(scope["method"], getattr(scope.get("route"), "path", None), status, seconds)
            line = {
                "method": scope["method"],
                "path": scope["path"],
                "status": status or None,
                "milliseconds": round(seconds * 1000, 1),
            }
            problem = getattr(request.state, "problem", None)
            if problem:
                line["problem"] = problem
            quiet = scope["path"] in ("/livez", "/readyz", "/metrics") and status == 200
            (log.debug if quiet else log.info)("request", **line)
