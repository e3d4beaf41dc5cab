"""`POST /v1/check`: evidence from anywhere, checked without an engine."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Request, Response
from fastapi.responses import JSONResponse

from app.api.bodies import CheckedRead
from app.api.deps import ServiceDep, while_connected
from app.api.errors import documented
from app.api.problem_types import BODY_TOO_LARGE, INVALID_JSON, INVALID_REQUEST, NOT_JSON, NOTHING_TO_CHECK
from app.api.requests import StrictRoute

router = APIRouter(prefix="/v1", tags=["evidence"], route_class=StrictRoute)


@router.post(
    "/check",
    summary="Check a trace or a certificate",
    response_model=CheckedRead,
    responses=documented(INVALID_JSON, BODY_TOO_LARGE, NOT_JSON, INVALID_REQUEST, NOTHING_TO_CHECK),
)
async def check(request: Request, service: ServiceDep, document: Annotated[dict[str, Any], Body()]) -> Response:
    """A trace as `GET /v1/traces/{id}` gives it, or a bare certificate, taken from anywhere.

    `result` is "confirmed", "refuted" or "not_checkable"; none of them is an HTTP error. Confirmed means that the
    outcome follows from the program, and nothing else: `does_not_cover` says what stands beside it. No solver, no
    database and no language model takes part.
    """
    found = await while_connected(request, service.recheck(document))
    return JSONResponse(CheckedRead.of_recheck(found).model_dump(mode="json"))
