"""Makes problem details (RFC 9457) of everything that goes wrong, and documents them.

A verdict and a faulty program are results, never one of these. `type` is stable: clients may branch on it. Nothing of
a traceback reaches a client, and no text of an exception that was not written for one.
"""

import http
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from app.api.limits import AboveMaximumError, TooLongError
from app.api.problem_types import (
    BODY_TOO_LARGE,
    INTERNAL,
    INVALID_JSON,
    INVALID_REQUEST,
    LIMIT_ABOVE_MAXIMUM,
    LM_MISSING,
    LM_UNAVAILABLE,
    METHOD_NOT_ALLOWED,
    NOT_FOUND,
    NOT_JSON,
    STORE_UNAVAILABLE,
    TOO_BUSY,
    ProblemType,
    problem_of,
)
from app.api.text import clean
from app.errors import LmError, QuodError
from solvers.errors import SolverError

MEDIA_TYPE = "application/problem+json"

log = structlog.get_logger("quod.http")


BY_STATUS: Mapping[int, ProblemType] = {
    400: INVALID_JSON,
    404: NOT_FOUND,
    405: METHOD_NOT_ALLOWED,
    413: BODY_TOO_LARGE,
    415: NOT_JSON,
    422: INVALID_REQUEST,
    500: INTERNAL,
}


class Fault(BaseModel):
    """Where in the request something is wrong, and what."""

    model_config = ConfigDict(extra="forbid")

    pointer: str = Field(
        description="JSON pointer into the body (RFC 6901), or `query/NAME`, `path/NAME`, `header/NAME`; of a dataset "
        "`line/NUMBER`."
    )
    detail: str


class ProblemDetails(BaseModel):
    """RFC 9457. `type` is stable; `detail` is for people and may change."""

    model_config = ConfigDict(extra="forbid")

    type: str = Field(description="Stable name of this kind of error.", examples=[LIMIT_ABOVE_MAXIMUM.uri])
    title: str
    status: int
    detail: str = Field(description="What happened and what to do.")
    instance: str = Field(description="Path of the request.")
    request_id: str = Field(description="Also in the header X-Request-ID and in the service's log.")
    errors: list[Fault] = Field(default_factory=list, description="Each place in the request that is at fault.")
    trace_id: str | None = Field(default=None, description="The trace that has what was done until then.")


class ClientGoneError(Exception):
    """The client closed its connection before the work ended. The work has been cancelled."""


class ApiError(HTTPException):
    """A request that cannot be met, with the problem type that says why."""

    def __init__(
        self,
        problem: ProblemType,
        detail: str,
        *,
        errors: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(problem.status, detail, dict(headers) if headers else None)
        self.problem = problem
        self.errors = list(errors)


def problem_response(
    request: Request,
    problem: ProblemType,
    detail: str,
    *,
    errors: Sequence[Fault] = (),
    headers: Mapping[str, str] | None = None,
    trace_id: str | None = None,
) -> JSONResponse:
    details = ProblemDetails(
        type=problem.uri,
        title=problem.title,
        status=problem.status,
        detail=clean(detail),
        instance=clean(request.url.path),
        request_id=getattr(request.state, "request_id", ""),
        errors=list(errors),
        trace_id=trace_id,
    )
    request.state.problem = problem.name
    return JSONResponse(details.model_dump(), problem.status, headers=headers, media_type=MEDIA_TYPE)


async def on_http_exception(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    if isinstance(error, ApiError):
        return problem_response(request, error.problem, error.detail, errors=error.errors, headers=error.headers)
    problem = BY_STATUS.get(error.status_code)
    if problem is None:
        phrase = http.HTTPStatus(error.status_code).phrase
        problem = ProblemType(phrase.lower().replace(" ", "-"), error.status_code, phrase)
    if problem is NOT_FOUND:
        detail = f"There is nothing at {request.url.path}. /docs shows what there is, /openapi.json lists it."
    elif problem is METHOD_NOT_ALLOWED:
        allowed = (error.headers or {}).get("Allow", "")
        detail = f"{request.url.path} does not take {request.method}." + (f" It takes {allowed}." if allowed else "")
    else:
        detail = str(error.detail)
    return problem_response(request, problem, detail, headers=error.headers)


async def on_invalid_request(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    faults = [_fault(details) for details in error.errors()]
    shown = "; ".join(f"{fault.pointer or 'the body'}: {fault.detail}" for fault in faults[:3])
    more = f" (and {len(faults) - 3} more)" if len(faults) > 3 else ""
    return problem_response(request, INVALID_REQUEST, shown + more, errors=faults[:100])


def _fault(details: Mapping[str, Any]) -> Fault:
    # A step such as "one()" names a member of a union, not a place in the body.
    place, *steps = [str(step) for step in details["loc"] if not str(step).endswith("()")]
    escaped = [step.replace("~", "~0").replace("/", "~1") for step in steps]
    pointer = "".join(f"/{step}" for step in escaped) if place == "body" else "/".join([place, *steps])
    return Fault(pointer=clean(pointer)[:200], detail=clean(str(details["msg"]).removeprefix("Value error, "))[:500])


async def on_known_error(request: Request, error: Exception) -> JSONResponse:
    problem, detail = problem_of(error)
    if problem.status >= 500:
        # What a recording lacks is the problem's text, and that belongs into the trace, not into a log.
        said = {} if problem is LM_MISSING else {"detail": detail}
        log.error("request failed", problem=problem.name, error=type(error).__name__, **said)
    headers = {"Retry-After": "30"} if problem in (LM_UNAVAILABLE, STORE_UNAVAILABLE, TOO_BUSY) else None
    places = error.places if isinstance(error, AboveMaximumError | TooLongError) else ()
    faults = [Fault(pointer=pointer, detail=sentence) for pointer, sentence in places]
    trace_id = error.trace_id if isinstance(error, LmError) else None
    return problem_response(request, problem, detail, errors=faults, headers=headers, trace_id=trace_id)


def unforeseen_response(request: Request, error: Exception) -> JSONResponse:
    """The 500 of an exception that no handler knows; whoever calls has logged it."""
    problem, detail = problem_of(error)
    return problem_response(request, problem, detail)


async def on_client_gone(request: Request, error: Exception) -> Response:
    """Nobody reads this; the log shows 499, as nginx has it."""
    return Response(status_code=499)


def install_error_handlers(app: FastAPI) -> None:
    app.add_exception_handler(HTTPException, on_http_exception)
    app.add_exception_handler(RequestValidationError, on_invalid_request)
    app.add_exception_handler(QuodError, on_known_error)
    app.add_exception_handler(SolverError, on_known_error)
    app.add_exception_handler(ClientGoneError, on_client_gone)


def documented(*problems: ProblemType) -> dict[int | str, dict[str, Any]]:
    """The `responses` of an operation: each status with the problem types behind it. 405, of the other methods of its
    path, and 500 are always there."""
    by_status: dict[int, list[ProblemType]] = {}
    for problem in (*problems, METHOD_NOT_ALLOWED, INTERNAL):
        by_status.setdefault(problem.status, []).append(problem)
    return {
        status: {
            "description": "; ".join(f"{problem.title} (`{problem.uri}`)" for problem in kinds),
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}},
        }
        for status, kinds in sorted(by_status.items())
    }
