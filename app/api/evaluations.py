"""`POST /v1/evaluations`, where each stands, and what may be asked of it.

What came of its samples is in `evaluation_results`.
"""

import asyncio
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Response
from fastapi.responses import JSONResponse
from ulid import ULID

from app.api.bodies import AskedKind, Order
from app.api.deps import EvaluationsDep, ServiceDep, SettingsDep
from app.api.errors import ApiError, Fault, documented
from app.api.evaluating import Evaluations
from app.api.evaluation_bodies import (
    EVALUATION_ID,
    EvaluationCreate,
    EvaluationRead,
    EvaluationsRead,
    EvaluationSummaryRead,
)
from app.api.limits import AboveMaximumError, choose_budget, choose_limits
from app.api.problem_types import (
    BODY_TOO_LARGE,
    DATABASE_VERSION,
    EVALUATION_STATE,
    INVALID_HEADER,
    INVALID_JSON,
    INVALID_REQUEST,
    KEY_REUSED,
    LIMIT_ABOVE_MAXIMUM,
    LM_NOT_OFFERED,
    NO_SUCH_EVALUATION,
    NOT_JSON,
    STILL_RUNNING,
    STORE_UNAVAILABLE,
)
from app.api.problems import claim_of
from app.api.requests import StrictRoute
from app.errors import DatasetNotFoundError, LmSpecError
from app.evaluation.baseline import require_baseline
from app.lm.types import Sampling
from app.problem import Kind
from app.reasoning.types import Assurance, Trust
from app.settings import Settings, without_password
from app.store.evaluation_types import Evaluation, EvaluationConfig, State, Wanted
from app.store.idempotency import HeldKey
from app.store.traces import Order as StoreOrder

router = APIRouter(prefix="/v1/evaluations", tags=["evaluations"], route_class=StrictRoute)

EvaluationId = Annotated[str, Path(description="`evl_` and a ULID.", examples=["evl_01KAMV0G6Q0000000000000000"])]

CONCURRENCY = 16
"""Samples under way at the same time of an evaluation that asks for no other number."""
KEY_SECONDS = 60.0
"""A key whose request has no answer after this long is free again: the process that had it has died."""


@router.post(
    "",
    summary="Begin an evaluation",
    status_code=201,
    response_model=EvaluationRead,
    responses={
        **documented(
            INVALID_JSON,
            INVALID_HEADER,
            STILL_RUNNING,
            BODY_TOO_LARGE,
            NOT_JSON,
            INVALID_REQUEST,
            LIMIT_ABOVE_MAXIMUM,
            LM_NOT_OFFERED,
            KEY_REUSED,
            STORE_UNAVAILABLE,
            DATABASE_VERSION,
        ),
        201: {
            "model": EvaluationRead,
            "description": "Queued. `Location` says how far it is.",
            "headers": {"Location": {"schema": {"type": "string"}, "description": "/v1/evaluations/{id}"}},
        },
    },
)
async def begin_evaluation(
    service: ServiceDep,
    evaluations: EvaluationsDep,
    settings: SettingsDep,
    asked: EvaluationCreate,
    idempotency_key: Annotated[
        str | None,
        Header(
            description="1 to 255 visible ASCII characters. The same key with the same body gives the same evaluation; "
            "422 with another body or on another path. What failed is not held."
        ),
    ] = None,
) -> Response:
    """The service works on it from now on, whoever is connected, and goes on after it was stopped or killed."""
    config = _config(asked, settings)
    evaluation_id = f"evl_{ULID()}"
    claim = None
    if idempotency_key is not None:
        claim = claim_of(idempotency_key, f"/v1/evaluations {asked.model_dump_json()}", evaluation_id)
        held = await asyncio.to_thread(service.keys.claim, claim, lease_seconds=KEY_SECONDS)
        if held is not None:
            return await _repeated(evaluations, held, claim.fingerprint)
    try:
        evaluation = await asyncio.to_thread(_create, evaluations, evaluation_id, asked.dataset, config)
        if claim is not None:
            await asyncio.to_thread(service.keys.settle, claim, 201)
    except BaseException:
        if claim is not None:
            await asyncio.to_thread(service.keys.release, claim)
        raise
    evaluations.look_now()
    return await _begun(evaluations, evaluation)


def _create(evaluations: Evaluations, evaluation_id: str, dataset: str, config: EvaluationConfig) -> Evaluation:
    try:
        return evaluations.store.create(evaluation_id, dataset, config, attended=False)
    except DatasetNotFoundError as error:
        detail = f"There is no dataset {dataset}. POST /v1/datasets takes one, GET /v1/datasets lists those there are."
        raise ApiError(INVALID_REQUEST, detail, errors=[Fault(pointer="/dataset", detail=str(error))]) from error


async def _repeated(evaluations: Evaluations, held: HeldKey, fingerprint: str) -> Response:
    """The answer to a request whose key is held: that of the first one, if it is the same request."""
    if held.fingerprint != fingerprint:
        raise ApiError(KEY_REUSED, "This Idempotency-Key was used with another request. Choose a new key.")
    if held.status is None:
        raise ApiError(
            STILL_RUNNING,
            "The first request with this Idempotency-Key is being worked on. Ask again.",
            headers={"Retry-After": "1"},
        )
    return await _begun(evaluations, await asyncio.to_thread(evaluations.store.get, held.trace_id))


async def _begun(evaluations: Evaluations, evaluation: Evaluation) -> Response:
    body = await read_of(evaluations, evaluation)
    return JSONResponse(body.model_dump(mode="json"), 201, headers={"Location": f"/v1/evaluations/{evaluation.id}"})


def _config(asked: EvaluationCreate, settings: Settings) -> EvaluationConfig:
    """What was asked for, with the service's own for what was not.

    Raises:
        ApiError, AboveMaximumError: it is more, or another language model, than the service offers.
    """
    lm = _offered(asked.lm, settings)
    if asked.baseline:
        _require_baseline(lm)
    most = settings.evaluation_concurrency
    if asked.concurrency is not None and asked.concurrency > most:
        above = f"{asked.concurrency} is above the maximum of {most} (QUOD_EVALUATION_CONCURRENCY)."
        raise AboveMaximumError([("/concurrency", above)])
    sampling = Sampling(temperature=settings.lm_temperature, max_tokens=settings.lm_max_tokens)
    given = asked.sampling.model_dump(exclude_none=True) if asked.sampling else {}
    corroborate = settings.corroborate if asked.corroborate is None else asked.corroborate
    return EvaluationConfig(
        lm=lm,
        kind=None if asked.kind is AskedKind.AUTO else Kind(asked.kind.value),
        language=asked.language,
        limit=asked.limit,
        sample_seed=asked.sample_seed,
        epochs=asked.epochs,
        concurrency=asked.concurrency or min(CONCURRENCY, most),
        baseline=asked.baseline,
        token_cap=asked.token_cap,
        patience_seconds=asked.patience_seconds,
        sampling=replace(sampling, **given),
        budget=choose_budget(asked.budget, settings),
        limits=choose_limits(asked.limits, settings),
        assurance=Assurance(asked.min_trust, corroborate or asked.min_trust is Trust.CORROBORATED),
    )


def _offered(lm: str | None, settings: Settings) -> str:
    """The service's own language model, or another that it offers. A name holds addresses and files of this machine,
    so a stranger chooses none himself.
    """
    offered = (settings.lm, *settings.evaluation_lms)
    chosen = settings.lm if lm is None else lm
    if chosen not in offered:
        shown = ", ".join(map(without_password, offered))
        detail = (
            f"This service does not offer the language model {lm!r} for evaluations: leave `lm` out for its own, or "
            f"name one of {shown}. Its operator offers others with QUOD_EVALUATION_LMS."
        )
        raise ApiError(LM_NOT_OFFERED, detail, errors=[Fault(pointer="/lm", detail=detail)])
    return chosen


def _require_baseline(lm: str) -> None:
    try:
        require_baseline(lm)
    except LmSpecError as error:
        detail = f"{lm} writes programs and nothing else, so it has no baseline. Leave `baseline` out."
        raise ApiError(INVALID_REQUEST, detail, errors=[Fault(pointer="/baseline", detail=detail)]) from error


@router.get(
    "",
    summary="List evaluations",
    response_model=EvaluationsRead,
    responses=documented(INVALID_REQUEST, STORE_UNAVAILABLE, DATABASE_VERSION),
)
async def list_evaluations(
    evaluations: EvaluationsDep,
    limit: Annotated[int, Query(ge=1, le=200, description="Most evaluations of this page.")] = 20,
    after: Annotated[
        str | None,
        Query(pattern=EVALUATION_ID, description="`last_id` of the page before; this page begins behind it."),
    ] = None,
    order: Annotated[Order, Query(description="`desc`: newest first.")] = Order.DESC,
    state: State | None = None,
) -> EvaluationsRead:
    """A page by time, those of command lines too."""
    page, has_more = await asyncio.to_thread(evaluations.store.list, limit, after, StoreOrder(order.value), state)
    return EvaluationsRead(
        data=[EvaluationSummaryRead.of(each, evaluations.seconds_left(each)) for each in page],
        first_id=page[0].id if page else None,
        last_id=page[-1].id if page else None,
        has_more=has_more,
    )


@router.get(
    "/{evaluation_id}",
    summary="Read an evaluation",
    response_model=EvaluationRead,
    responses=documented(NO_SUCH_EVALUATION, INVALID_REQUEST, STORE_UNAVAILABLE, DATABASE_VERSION),
)
async def read_evaluation(evaluations: EvaluationsDep, evaluation_id: EvaluationId) -> EvaluationRead:
    """Where it stands, what it is made with, and the figures of its results."""
    return await read_of(evaluations, await asyncio.to_thread(evaluations.store.get, evaluation_id))


async def read_of(evaluations: Evaluations, evaluation: Evaluation) -> EvaluationRead:
    metrics = await evaluations.metrics(evaluation)
    return EvaluationRead.of_run(
        evaluation, evaluations.seconds_left(evaluation), evaluations.progress(evaluation), metrics
    )


_ASKING = documented(NO_SUCH_EVALUATION, EVALUATION_STATE, INVALID_REQUEST, STORE_UNAVAILABLE, DATABASE_VERSION)


@router.post("/{evaluation_id}/pause", summary="Pause it", response_model=EvaluationRead, responses=_ASKING)
async def pause(evaluations: EvaluationsDep, evaluation_id: EvaluationId) -> EvaluationRead:
    """Samples under way come to their end first; what is recorded stays. 409 where it has ended."""
    return await _ask(evaluations, evaluation_id, Wanted.PAUSE)


@router.post("/{evaluation_id}/resume", summary="Go on with it", response_model=EvaluationRead, responses=_ASKING)
async def resume(evaluations: EvaluationsDep, evaluation_id: EvaluationId) -> EvaluationRead:
    """The service does what is missing, also of one that a command line began. 409 where there is nothing to do."""
    return await _ask(evaluations, evaluation_id, Wanted.RUN)


@router.post("/{evaluation_id}/cancel", summary="End it", response_model=EvaluationRead, responses=_ASKING)
async def cancel(evaluations: EvaluationsDep, evaluation_id: EvaluationId) -> EvaluationRead:
    """For good: samples under way are given up, and their programs end; what is recorded stays. 409 where it has ended
    already.
    """
    return await _ask(evaluations, evaluation_id, Wanted.CANCEL)


@router.post(
    "/{evaluation_id}/retry-errored",
    summary="Solve what errored again",
    response_model=EvaluationRead,
    responses=_ASKING,
)
async def retry_errored(evaluations: EvaluationsDep, evaluation_id: EvaluationId) -> EvaluationRead:
    """What errored is missing again, and is worked on. 409 where nothing errored, or it has to be paused first."""
    store = evaluations.store
    evaluation = await asyncio.to_thread(lambda: store.retry_errored(evaluation_id, attended=False))
    evaluations.look_now()
    return await read_of(evaluations, evaluation)


async def _ask(evaluations: Evaluations, evaluation_id: str, wanted: Wanted) -> EvaluationRead:
    """Whoever began it, the service takes care of it from now on: of what a killed command line left as well."""
    store = evaluations.store
    evaluation = await asyncio.to_thread(lambda: store.ask(evaluation_id, wanted, attended=False))
    evaluations.look_now()
    return await read_of(evaluations, evaluation)
