"""`GET /v1/traces`, one trace, and its symbolic part again."""

import asyncio
from datetime import UTC
from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime

from app.api.bodies import CertificatesRead, Order, ReplayRead, TraceRead, TracesRead
from app.api.deps import ServiceDep, while_connected
from app.api.errors import documented
from app.api.markdown import trace_markdown
from app.api.problem_types import (
    DATABASE_VERSION,
    INVALID_REQUEST,
    NO_SUCH_TRACE,
    NOT_REPLAYABLE,
    SHUTTING_DOWN,
    SOLVER_FAILED,
    SOLVER_UNAVAILABLE,
    STORE_UNAVAILABLE,
)
from app.api.requests import StrictRoute
from app.reasoning.types import Kind, Trust, VerdictKind
from app.store.traces import Order as StoreOrder
from app.store.traces import TraceFilter
from solvers.types import ErrorClass, Language

MARKDOWN = "text/markdown"

router = APIRouter(prefix="/v1/traces", tags=["traces"], route_class=StrictRoute)

TraceId = Annotated[str, Path(description="`trc_` and a ULID.", examples=["trc_01KAMV0G6Q0000000000000000"])]


@router.get(
    "",
    summary="List traces",
    response_model=TracesRead,
    responses=documented(NO_SUCH_TRACE, INVALID_REQUEST, STORE_UNAVAILABLE, DATABASE_VERSION),
)
async def list_traces(
    service: ServiceDep,
    limit: Annotated[int, Query(ge=1, le=200, description="Most traces of this page.")] = 20,
    after: Annotated[
        str | None,
        Query(
            pattern=r"^trc_[0-9A-Za-z]{1,60}$", description="`last_id` of the page before; this page begins behind it."
        ),
    ] = None,
    order: Annotated[Order, Query(description="`desc`: newest first.")] = Order.DESC,
    verdict: VerdictKind | None = None,
    trust: Annotated[Trust | None, Query(description="Exactly this rung.")] = None,
    kind: Kind | None = None,
    language: Language | None = None,
    error_class: Annotated[
        ErrorClass | None, Query(description="An attempt of the trace has a diagnostic of this class.")
    ] = None,
    created_after: Annotated[
        AwareDatetime | None, Query(description="RFC 3339 with its offset; this moment is included.")
    ] = None,
    created_before: Annotated[
        AwareDatetime | None, Query(description="RFC 3339 with its offset; this moment is not included.")
    ] = None,
) -> Response:
    """A page of traces by time. Every filter that is given must hold."""
    narrowed = TraceFilter(
        verdict=verdict,
        trust=trust,
        kind=kind,
        language=language,
        error_class=error_class,
        created_from=created_after.astimezone(UTC) if created_after else None,
        created_before=created_before.astimezone(UTC) if created_before else None,
    )
    page = await asyncio.to_thread(
        service.traces.list, narrowed, after=after, limit=limit, order=StoreOrder(order.value)
    )
    return JSONResponse(TracesRead.of(page).model_dump(mode="json"))


@router.get(
    "/{trace_id}",
    summary="Read a trace",
    response_model=TraceRead,
    responses={
        **documented(NO_SUCH_TRACE, INVALID_REQUEST, STORE_UNAVAILABLE, DATABASE_VERSION),
        200: {"content": {MARKDOWN: {"schema": {"type": "string"}}}},
    },
)
async def read_trace(
    service: ServiceDep,
    trace_id: TraceId,
    accept: Annotated[
        str | None, Header(description="`text/markdown`: for people, with the derivation as a tree. Else JSON.")
    ] = None,
) -> Response:
    """Everything that was recorded. While `status` is "running", ask again."""
    trace = await service.read(trace_id)
    if _prefers_markdown(accept):
        return Response(trace_markdown(trace), media_type=MARKDOWN, headers={"Vary": "Accept"})
    return JSONResponse(trace.model_dump(mode="json"), headers={"Vary": "Accept"})


def _prefers_markdown(accept: str | None) -> bool:
    """Whether the first of the types that a client accepts most is Markdown; JSON otherwise, whatever it asks for."""
    best, weight = "", 0.0
    for part in (accept or "").split(","):
        kind, *parameters = [piece.strip().lower() for piece in part.split(";")]
        quality = next((piece[2:] for piece in parameters if piece.startswith("q=")), "1")
        try:
            value = float(quality)
        except ValueError:
            continue
        if value > weight:
            best, weight = kind, value
    return best == MARKDOWN


@router.get(
    "/{trace_id}/certificates",
    summary="The certificates of a trace, each complete in itself",
    response_model=CertificatesRead,
    responses=documented(NO_SUCH_TRACE, INVALID_REQUEST, STORE_UNAVAILABLE, DATABASE_VERSION),
)
async def read_certificates(service: ServiceDep, trace_id: TraceId) -> Response:
    """What its verdict rests on, by the name of the run: `POST /v1/check` and `quod check` take each one by itself,
    as does `python -m solvers.checking`, which needs nothing but Python.
    """
    return JSONResponse((await service.certificates(trace_id)).model_dump(mode="json"))


@router.post(
    "/{trace_id}/replay",
    summary="Run the symbolic part of a trace again",
    response_model=ReplayRead,
    responses=documented(
        NO_SUCH_TRACE,
        INVALID_REQUEST,
        NOT_REPLAYABLE,
        SOLVER_FAILED,
        SOLVER_UNAVAILABLE,
        STORE_UNAVAILABLE,
        DATABASE_VERSION,
        SHUTTING_DOWN,
    ),
)
async def replay(request: Request, service: ServiceDep, trace_id: TraceId) -> Response:
    """Every recorded run once more, with the recorded limits, beside what was recorded. Nothing is stored."""
    replayed = await while_connected(request, service.replay(trace_id))
    return JSONResponse(replayed.model_dump(mode="json"))
