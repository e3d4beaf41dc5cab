"""What the endpoints are handed: the service's parts, and work that ends when its client leaves."""

import asyncio
from collections.abc import Coroutine
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request

from app.api.errors import ClientGoneError
from app.api.evaluating import Evaluations
from app.api.meters import Meters
from app.api.service import Service
from app.settings import Settings

Result = TypeVar("Result")


def get_service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


def get_evaluations(request: Request) -> Evaluations:
    evaluations: Evaluations = request.app.state.evaluations
    return evaluations


def get_settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


def get_meters(request: Request) -> Meters:
    meters: Meters = request.app.state.meters
    return meters


ServiceDep = Annotated[Service, Depends(get_service)]
EvaluationsDep = Annotated[Evaluations, Depends(get_evaluations)]
MetersDep = Annotated[Meters, Depends(get_meters)]
SettingsDep = Annotated[Settings, Depends(get_settings)]


async def while_connected(request: Request, work: Coroutine[Any, Any, Result]) -> Result:
    """The result of `work`, which is cancelled when the client of `request` disconnects.

    Raises:
        ClientGoneError: it did.
    """
    task = asyncio.ensure_future(work)
    watch = asyncio.ensure_future(_disconnected(request))
    try:
        await asyncio.wait({task, watch}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        raise ClientGoneError
    finally:
        for part in (task, watch):
            part.cancel()
        await asyncio.gather(task, watch, return_exceptions=True)


async def _disconnected(request: Request) -> None:
    # The body has been read, so the next message can only be that the client left.
    while (await request.receive())["type"] != "http.disconnect":
        pass
