"""What came of the samples of an evaluation: as a list, as a stream, as a page, beside those of another one, and
in the files of other tools.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import HTMLResponse, StreamingResponse
from fastapi.sse import KEEPALIVE_COMMENT, EventSourceResponse, format_sse_event

from app.api.deps import EvaluationsDep
from app.api.errors import documented
from app.api.evaluation_bodies import (
    EVALUATION_ID,
    ComparisonRead,
    SampleResultRead,
    SampleResultsRead,
    StateChangeRead,
)
from app.api.evaluations import EvaluationId
from app.api.problem_types import (
    DATABASE_VERSION,
    INVALID_REQUEST,
    NO_SUCH_EVALUATION,
    NOT_COMPARABLE,
    STORE_UNAVAILABLE,
)
from app.api.requests import StrictRoute
from app.evaluation.exports import MEDIA_TYPES, Format, export_lines, file_name
from app.reasoning.types import Trust
from app.store.evaluation_types import ENDED, Outcome, Result, ResultFilter, StateChange
from app.store.evaluations import EvaluationStore
from solvers.types import ErrorClass

router = APIRouter(prefix="/v1/evaluations", tags=["evaluations"], route_class=StrictRoute)
pages = APIRouter(prefix="/evaluations", tags=["evaluations"], route_class=StrictRoute)

MOST_SEQUENCE = 2**53 - 1

LOOK_SECONDS = 1.0
"""Between two looks of one listener into the database, once he has all there is."""
COMMENT_SECONDS = 15.0
"""After which a stream without events says that it lives."""
_EVENTS = 500
"""Read at once."""
_PART_BYTES = 65_536
"""Of an export, sent at once; a line may be longer."""

_EVENT_EXAMPLE = (
    'event: state\ndata: {"sequence":2,"state":"in_progress","reason":"","at":"2026-11-22T16:38:23.909582Z"}\nid: 2\n\n'
)

_NO_SNIFFING = {"X-Content-Type-Options": "nosniff"}
_HEADERS = {
    # The page needs nothing from anywhere, and texts of strangers stand in it.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'",
    **_NO_SNIFFING,
}

_READING = documented(NO_SUCH_EVALUATION, INVALID_REQUEST, STORE_UNAVAILABLE, DATABASE_VERSION)


@router.get(
    "/compare",
    summary="Compare two evaluations",
    response_model=ComparisonRead,
    responses=documented(NO_SUCH_EVALUATION, INVALID_REQUEST, NOT_COMPARABLE, STORE_UNAVAILABLE, DATABASE_VERSION),
)
async def compare_evaluations(
    evaluations: EvaluationsDep,
    a: Annotated[str, Query(pattern=EVALUATION_ID, description="The first.")],
    b: Annotated[str, Query(pattern=EVALUATION_ID, description="The second, of the same dataset.")],
    limit: Annotated[int, Query(ge=0, le=10_000, description="Most samples that changed to be listed.")] = 200,
) -> ComparisonRead:
    """Sample by sample: the paired table with McNemar's exact test, the difference with its interval, what changed."""
    return ComparisonRead.of(await evaluations.compare(a, b), limit)


@router.get(
    "/{evaluation_id}/samples",
    summary="List its results",
    response_model=SampleResultsRead,
    responses=_READING,
)
async def list_samples(
    evaluations: EvaluationsDep,
    evaluation_id: EvaluationId,
    limit: Annotated[int, Query(ge=1, le=500, description="Most results of this page.")] = 50,
    after: Annotated[
        int, Query(ge=0, le=MOST_SEQUENCE, description="`last_id` of the page before; this page begins behind it.")
    ] = 0,
    outcome: Outcome | None = None,
    trust: Annotated[Trust | None, Query(description="Exactly this rung.")] = None,
    error_class: Annotated[
        ErrorClass | None, Query(description="An attempt has a diagnostic whose first is of this class.")
    ] = None,
    epoch: Annotated[int | None, Query(ge=1, le=1_000_000)] = None,
    sample_id: Annotated[str | None, Query(min_length=1, max_length=256, pattern="^[^\\x00]*$")] = None,
) -> SampleResultsRead:
    """A page in the order of recording, with the gold answers. Every filter that is given must hold."""
    wanted = ResultFilter(outcome, trust, error_class, epoch, sample_id)
    page, has_more = await asyncio.to_thread(evaluations.store.results, evaluation_id, limit, after, wanted)
    return SampleResultsRead.of(page, has_more)


@router.get(
    "/{evaluation_id}/events",
    summary="Follow it",
    response_class=StreamingResponse,
    responses={
        **_READING,
        200: {
            "description": "`event: result` with a result as `/samples` has it, `event: state` with a change of state. "
            "`id:` is its `sequence`.",
            "content": {"text/event-stream": {"schema": {"type": "string"}, "example": _EVENT_EXAMPLE}},
        },
        204: {"description": "It has ended, and there is nothing after `Last-Event-ID`: do not connect again."},
    },
)
async def events(
    request: Request,
    evaluations: EvaluationsDep,
    evaluation_id: EvaluationId,
    last_event_id: Annotated[
        int | None,
        Header(
            ge=0, le=MOST_SEQUENCE, description="The stream begins behind the event with this id; else at the first."
        ),
    ] = None,
) -> Response:
    """First what happened so far, then what happens, until the evaluation has ended; a comment every 15 seconds where
    nothing does. Whoever comes again with `Last-Event-ID` misses nothing and gets nothing twice.
    """
    after = last_event_id or 0
    first, ended = await asyncio.to_thread(_look, evaluations.store, evaluation_id, after)
    if last_event_id is not None and ended and not first:
        return Response(status_code=204)
    stops: Callable[[], bool] = getattr(request.app.state, "stopping", lambda: False)
    stream = _stream(evaluations.store, evaluation_id, after, stops)
    return EventSourceResponse(stream, headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"})


async def _stream(
    store: EvaluationStore, evaluation_id: str, after: int, stops: Callable[[], bool]
) -> AsyncIterator[bytes]:
    said = time.monotonic()
    while not stops():
        found, ended = await asyncio.to_thread(_look, store, evaluation_id, after)
        for each in found:
            yield _event(each)
            after, said = each.sequence, time.monotonic()
        if len(found) == _EVENTS:
            continue
        if ended:
            return
        if time.monotonic() - said >= COMMENT_SECONDS:
            yield KEEPALIVE_COMMENT
            said = time.monotonic()
        await asyncio.sleep(LOOK_SECONDS)


def _look(store: EvaluationStore, evaluation_id: str, after: int) -> tuple[Sequence[Result | StateChange], bool]:
    """What came after a sequence, the first of it, and whether the evaluation has ended with that or more of it."""
    # The state first: what happened until then is among the events that are read after it.
    ended = store.get(evaluation_id).state in ENDED
    return store.happened(evaluation_id, _EVENTS, after), ended


def _event(happened: Result | StateChange) -> bytes:
    if isinstance(happened, Result):
        kind, body = "result", SampleResultRead.of(happened).model_dump_json()
    else:
        kind, body = "state", StateChangeRead.of(happened).model_dump_json()
    return format_sse_event(data_str=body, event=kind, id=str(happened.sequence))


@router.get(
    "/{evaluation_id}/export",
    summary="Its results for another tool",
    response_class=StreamingResponse,
    responses={
        **_READING,
        200: {
            "description": "One file, sent as it is read. If results change meanwhile, the reply breaks off.",
            "content": {kind.partition(";")[0]: {"schema": {"type": "string"}} for kind in MEDIA_TYPES.values()},
        },
    },
)
async def export(
    evaluations: EvaluationsDep,
    evaluation_id: EvaluationId,
    format: Annotated[
        Format,
        Query(
            description="`lm-eval`: the samples of lm-evaluation-harness, `lm-eval-results`: its results; `inspect`: a "
            "log of Inspect; `openai`: the output of a batch; `csv`: a row for each result."
        ),
    ],
) -> StreamingResponse:
    """What is recorded by now, with the gold answers."""
    evaluation = await asyncio.to_thread(evaluations.store.get, evaluation_id)
    headers = {"Content-Disposition": f'attachment; filename="{file_name(evaluation, format)}"'}
    parts = _parts(export_lines(evaluations.store, evaluation, format))
    return StreamingResponse(parts, media_type=MEDIA_TYPES[format], headers=headers | _NO_SNIFFING)


def _parts(lines: Iterable[str]) -> Iterator[bytes]:
    part = bytearray()
    for line in lines:
        part += line.encode()
        if len(part) >= _PART_BYTES:
            yield bytes(part)
            part.clear()
    yield bytes(part)


_PAGE: dict[str, Any] = {
    "summary": "Its report, for people",
    "response_class": HTMLResponse,
    "responses": {
        **_READING,
        200: {"description": "One self-contained page.", "content": {"text/html": {"schema": {"type": "string"}}}},
    },
}


@router.get("/{evaluation_id}/report", **_PAGE)
async def report(request: Request, evaluations: EvaluationsDep, evaluation_id: EvaluationId) -> Response:
    """Figures with their intervals, plots, and the problems that failed, each linked to its trace."""
    trace_url = f"{request.scope.get('root_path', '')}/v1/traces/"
    return HTMLResponse(await evaluations.report(evaluation_id, trace_url), headers=_HEADERS)


@pages.get("/{evaluation_id}/report", **_PAGE)
async def report_for_people(request: Request, evaluations: EvaluationsDep, evaluation_id: EvaluationId) -> Response:
    """The same under a shorter address."""
    return await report(request, evaluations, evaluation_id)
