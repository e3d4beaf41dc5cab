"""`/livez`, `/readyz` and `/v1/info`: does it live, can it work, what is it made of."""

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from app.api.bodies import InfoRead, LiveRead, ReadyRead
from app.api.deps import ServiceDep
from app.api.errors import documented

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
