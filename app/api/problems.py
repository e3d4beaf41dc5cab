"""`POST /v1/solve`: a problem in plain language, worked on while the client waits, or in the background."""

import asyncio
import re
from typing import Annotated

from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import JSONResponse

from app.api.bodies import ProblemCreate, TraceRead, TraceStatus
from app.api.deps import ServiceDep, SettingsDep, while_connected
from app.api.errors import ApiError, documented
from app.api.limits import choose_budget, choose_limits, require_length
from app.api.problem_types import (
    BODY_TOO_LARGE,
    DATABASE_VERSION,
    INVALID_HEADER,
    INVALID_JSON,
    INVALID_REQUEST,
    KEY_REUSED,
    LIMIT_ABOVE_MAXIMUM,
    LM_MISSING,
    LM_REFUSED,
    LM_REPLY,
    LM_UNAVAILABLE,
    NOT_JSON,
    PROBLEM_UNUSABLE,
    SHUTTING_DOWN,
    SOLVER_FAILED,
    SOLVER_UNAVAILABLE,
    STILL_RUNNING,
    STORE_UNAVAILABLE,
    TEXT_TOO_LONG,
    TOO_BUSY,
)
from app.api.requests import StrictRoute
from app.api.service import Service
from app.store.idempotency import Claim, HeldKey, fingerprint_of

router = APIRouter(prefix="/v1", tags=["problems"], route_class=StrictRoute)

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_WAIT = re.compile(r"wait=(\d{1,6})")


@router.post(
    "/solve",
    summary="Solve a problem",
    response_model=TraceRead,
    responses={
        202: {
            "model": TraceRead,
            "description": "Being worked on: `Location` names the trace, which says when it is finished.",
            "headers": {"Location": {"schema": {"type": "string"}, "description": "/v1/traces/{id}"}},
        },
        **documented(
            INVALID_JSON,
            INVALID_HEADER,
            STILL_RUNNING,
            BODY_TOO_LARGE,
            NOT_JSON,
            INVALID_REQUEST,
            LIMIT_ABOVE_MAXIMUM,
            TEXT_TOO_LONG,
            PROBLEM_UNUSABLE,
            KEY_REUSED,
            SOLVER_FAILED,
            LM_REFUSED,
            LM_REPLY,
            LM_UNAVAILABLE,
            LM_MISSING,
            STORE_UNAVAILABLE,
            DATABASE_VERSION,
            SOLVER_UNAVAILABLE,
            TOO_BUSY,
            SHUTTING_DOWN,
        ),
    },
)
async def solve(
    request: Request,
    service: ServiceDep,
    settings: SettingsDep,
    asked: ProblemCreate,
    prefer: Annotated[
        str | None,
        Header(description="`respond-async`: answer 202 at once and go on; `respond-async, wait=5`: after 5 seconds."),
    ] = None,
    idempotency_key: Annotated[
        str | None,
        Header(
            description="1 to 255 visible ASCII characters. The same key with the same body gives the same trace; 409 "
            "while it is worked on, 422 with another body. What failed is not held.",
        ),
    ] = None,
) -> Response:
    """The trace, with the verdict, its evidence and every attempt.

    An unresolved problem is a verdict like any other, status 200. Where the language model abstains, the verdict's
    reason says why, and the last attempt's `completion.finish_reason` is `abstained`. Without `Prefer: respond-async`
    the work ends when the client disconnects; with it, the work goes on and the trace at `Location` grows.
    """
    require_length(asked.problem, settings, "max_problem_bytes", "/problem")
    work = service.prepare(
        asked.to_problem(),
        choose_limits(asked.limits, settings),
        choose_budget(asked.budget, settings),
        asked.to_assurance(settings.corroborate),
    )
    wishes = [wish.strip().lower() for wish in (prefer or "").split(",")]
    later = "respond-async" in wishes
    claim = None
    if idempotency_key is not None:
        claim = claim_of(idempotency_key, asked.model_dump_json(), work.trace_id)
        held = await asyncio.to_thread(service.keys.claim, claim, lease_seconds=work.budget.seconds + 60)
        if held is not None:
            return await _repeated(service, held, claim)
    try:
        if later:
            task = service.solve_later(work)
        else:
            trace = await while_connected(request, service.solve(work))
        if claim is not None:
            await asyncio.to_thread(service.keys.settle, claim, 202 if later else 200)
    except BaseException:
        # The client left, or the work failed: the next try with this key starts anew.
        if claim is not None:
            await asyncio.to_thread(service.keys.release, claim)
        raise
    if not later:
        return JSONResponse(service.trace_read(trace).model_dump(mode="json"))
    seconds = next((int(found[1]) for wish in wishes if (found := _WAIT.fullmatch(wish))), 0)
    # Who leaves meanwhile ends the waiting, not the work.
    await while_connected(request, service.wait(task, seconds))
    body = await service.read(work.trace_id)
    headers = {"Preference-Applied": "respond-async", "Location": f"/v1/traces/{work.trace_id}"}
    status = 202 if body.status is TraceStatus.RUNNING else 200
    return JSONResponse(body.model_dump(mode="json"), status, headers=headers)


def claim_of(idempotency_key: str, request: str, begun_id: str) -> Claim:
    """What a request that would begin `begun_id` claims.

    Args:
        request: its canonical form.

    Raises:
        ApiError: the key is none.
    """
    if not _KEY.fullmatch(idempotency_key):
        raise ApiError(INVALID_HEADER, "An Idempotency-Key has 1 to 255 visible ASCII characters.")
    return Claim(idempotency_key, fingerprint_of(request), begun_id)


async def _repeated(service: Service, held: HeldKey, claim: Claim) -> Response:
    """The answer to a request whose key is held: that of the first one, if it is the same request."""
    location = {"Location": f"/v1/traces/{held.trace_id}"}
    if held.fingerprint != claim.fingerprint:
        raise ApiError(KEY_REUSED, "This Idempotency-Key was used with another body. Choose a new key.")
    if held.status is None:
        raise ApiError(
            STILL_RUNNING,
            f"The first request with this Idempotency-Key is being worked on. Ask again or see {location['Location']}.",
            headers={"Retry-After": "1", **location},
        )
    body = await service.read(held.trace_id)
    return JSONResponse(body.model_dump(mode="json"), held.status, headers=location if held.status == 202 else None)
