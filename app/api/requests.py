"""Reads a request's body: within its size, as JSON in the strict sense, with a clear problem for anything else."""

import difflib
import json
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, NoReturn

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect

from app.api.errors import ApiError, Fault
from app.api.problem_types import BODY_TOO_LARGE, INVALID_JSON, INVALID_REQUEST, NOT_JSON
from app.api.text import clean, fault_of_text

MAX_DEPTH = 64
"""Nesting of a body; what we document nests four deep."""

DRAIN_FACTOR = 4
"""A body this many times too large is still read, so that its sender sees the 413 and no reset connection."""


class StrictRequest(Request):
    """A request whose `body()` keeps to the configured size and whose `json()` takes JSON as RFC 8259 means it."""

    async def body(self) -> bytes:
        if not hasattr(self, "_body"):
            advice = "Send a shorter one, or several requests; QUOD_MAX_BODY_BYTES sets the maximum."
            self._body = await limited_body(self, self.app.state.settings.max_body_bytes, advice)
        return self._body

    async def json(self) -> Any:
        if not hasattr(self, "_json"):
            self._json = strict_json(await self.body())
        return self._json


async def limited_body(request: Request, maximum: int, advice: str) -> bytes:
    """The body of a request, as it comes.

    Args:
        advice: what to do about one that has more than `maximum` bytes.

    Raises:
        ApiError: 413.
        ClientDisconnect: its sender left.
    """
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= maximum:
            chunks.append(chunk)
        elif size > DRAIN_FACTOR * maximum:
            break
    if size > maximum:
        raise ApiError(BODY_TOO_LARGE, f"The body has more than {maximum} bytes. {advice}")
    return b"".join(chunks)


class StrictRoute(APIRoute):
    """A route that reads its body through `StrictRequest`, refuses one that is not declared as JSON, and knows all of
    its query: a misspelt filter must not silently be no filter."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        takes_body = self.body_field is not None
        parameters = [field.alias for field in self.dependant.query_params]

        async def strict(request: Request) -> Response:
            _require_known(request, parameters)
            strict_request = StrictRequest(request.scope, request.receive)
            if takes_body:
                try:
                    body = await strict_request.body()
                except ClientDisconnect:
                    return Response(status_code=400)  # nobody is left to read it
                if body:
                    _require_json(request)
                else:
                    raise ApiError(INVALID_JSON, "The body is empty. Send a JSON object.")
            return await handle(strict_request)

        return strict


def _require_known(request: Request, parameters: Sequence[str]) -> None:
    faults = []
    for name in dict.fromkeys(request.query_params):
        if name not in parameters:
            near = difflib.get_close_matches(name, parameters, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(parameters) or 'none'}."
            faults.append(
                Fault(pointer=f"query/{clean(name)}"[:200], detail=f"is not a parameter of this path: {hint}")
            )
        elif len(request.query_params.getlist(name)) > 1:
            faults.append(Fault(pointer=f"query/{name}", detail="is given more than once."))
    if faults:
        said = " ".join(f"{fault.pointer} {fault.detail}" for fault in faults[:3])
        raise ApiError(INVALID_REQUEST, said, errors=faults[:100])


def _require_json(request: Request) -> None:
    declared = request.headers.get("content-type", "")
    kind, _, parameters = declared.partition(";")
    kind = kind.strip().lower()
    if not (kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))):
        shown = f"is {kind!r}" if kind else "is missing"
        raise ApiError(NOT_JSON, f"The header Content-Type {shown}; send Content-Type: application/json.")
    charset = parameters.strip().lower().removeprefix("charset=").strip('"')
    if charset not in ("", "utf-8", "utf8"):
        raise ApiError(NOT_JSON, f"JSON is sent as UTF-8, not as {charset!r}.")


def strict_json(body: bytes) -> Any:
    """The value of a JSON text.

    Raises:
        ApiError: 400 for what is not JSON: not UTF-8, NaN, a name twice in one object, nested too deep, a number with
            thousands of digits; 422 for a string with a lone surrogate, which is JSON but no text.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ApiError(
            INVALID_JSON, f"The body is not UTF-8: byte 0x{body[error.start]:02x} at offset {error.start}."
        ) from error
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise ApiError(
            INVALID_JSON, f"The body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}."
        ) from error
    except RecursionError as error:
        raise ApiError(INVALID_JSON, f"The body nests deeper than {MAX_DEPTH} levels.") from error
    except ValueError as error:  # int() refuses numerals of more than 4300 digits
        raise ApiError(
            INVALID_JSON, "The body holds a number with thousands of digits; send it as a string."
        ) from error
    _check(value, "", 0)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ApiError(INVALID_JSON, f"The name {twice[:100]!r} stands twice in one object.")
    return value


def _no_constant(name: str) -> NoReturn:
    raise ApiError(INVALID_JSON, f"{name} is not JSON.")


def _check(value: Any, pointer: str, depth: int) -> None:
    """No lone surrogate, no infinity that a numeral such as 1e999 makes, no nesting beyond reason."""
    if depth > MAX_DEPTH:
        raise ApiError(INVALID_JSON, f"The body nests deeper than {MAX_DEPTH} levels.")
    if isinstance(value, str):
        fault = None if "\x00" in value else fault_of_text(value)
        if fault:
            raise ApiError(
                INVALID_REQUEST, f"{pointer or 'The body'} {fault}.", errors=[Fault(pointer=pointer, detail=fault)]
            )
    elif isinstance(value, float):
        if value in (float("inf"), float("-inf")):
            raise ApiError(INVALID_JSON, f"The number at {pointer or 'the top'} is too large.")
    elif isinstance(value, dict):
        for name, member in value.items():
            _check(name, pointer, depth + 1)
            _check(member, f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"[:200], depth + 1)
    elif isinstance(value, list):
        for index, member in enumerate(value):
            _check(member, f"{pointer}/{index}", depth + 1)
