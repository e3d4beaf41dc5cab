"""`/livez`, `/readyz`, `/v1/info` and `/metrics`: does it live, can it work, what is it made of, what has it done."""

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from app.api.bodies import InfoRead, LiveRead, ReadyRead
from app.api.deps import MetersDep, ServiceDep
from app.api.errors import documented
from app.api.meters import MEDIA_TYPE

router = APIRouter(tags=["health"])


@router.get("/livez", summary="The process answers", responses=documented())
async def livez() -> LiveRead:
    """200 as long as the process serves requests at all."""
    return LiveRead()


@router.get(
    "/readyz",
    summary="Every part works",
    response_model=ReadyRead,
    responses={503: {"model": ReadyRead, "description": "A part does not work; the body says which."}, **documented()},
)
async def readyz(service: ServiceDep) -> Response:
    """The database is at the newest migration, and each solver has just answered behind its sandbox."""
    ready = await service.readiness()
    return JSONResponse(ready.model_dump(mode="json"), 200 if ready.ready else 503)


@router.get("/v1/info", summary="Versions, limits, sandbox", responses=documented())
async def info(service: ServiceDep) -> InfoRead:
    """What this service is made of, and what it allows."""
    return await service.info()


@router.get(
    "/metrics",
    summary="What it has done, for Prometheus",
    response_class=Response,
    responses={
        200: {
            "description": "Prometheus' text format, version 0.0.4.",
            "content": {"text/plain": {"schema": {"type": "string"}}},
        },
        **documented(),
    },
)
async def metrics(meters: MetersDep) -> Response:
    """What this process counted since it started: requests, problems by verdict and trust, solver runs, the language
    model, evaluations. No text of anybody, no id and no secret is in it.
    """
    return Response(meters.text(), headers={"Content-Type": MEDIA_TYPE})
