"""`POST /v1/execute`: programs without a language model."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Request, Response
from pydantic import Discriminator, Field, Tag

from app.api.bodies import FailureRead, ItemRead, ProgramCreate, ProgramsCreate, RunRead, RunsRead
from app.api.deps import ServiceDep, SettingsDep, while_connected
from app.api.errors import documented
from app.api.limits import TooLongError, choose_limits, require_length
from app.api.problem_types import (
    BODY_TOO_LARGE,
    INVALID_HEADER,
    INVALID_JSON,
    INVALID_REQUEST,
    LIMIT_ABOVE_MAXIMUM,
    NOT_JSON,
    SHUTTING_DOWN,
    SOLVER_FAILED,
    SOLVER_UNAVAILABLE,
    TEXT_TOO_LONG,
    problem_of,
)
from app.api.requests import StrictRoute
from app.settings import Settings
from solvers.errors import SolverError
from solvers.types import Job, Limits, Run

router = APIRouter(prefix="/v1", tags=["programs"], route_class=StrictRoute)

# A step of an error's place that ends in "()" is one of these tags, which the client did not write.
OneOrMore = Annotated[
    Annotated[ProgramCreate, Tag("one()")]
    | Annotated[ProgramsCreate, Tag("batch()")]
    | Annotated[list[ProgramCreate], Field(min_length=1), Tag("list()")],
    Discriminator(lambda body: _shape_of(body)),
]


@router.post(
    "/execute",
    summary="Run a program, or a list of them",
    response_model=RunRead | RunsRead,
    responses=documented(
        INVALID_JSON,
        INVALID_HEADER,
        BODY_TOO_LARGE,
        NOT_JSON,
        INVALID_REQUEST,
        LIMIT_ABOVE_MAXIMUM,
        TEXT_TOO_LONG,
        SOLVER_FAILED,
        SOLVER_UNAVAILABLE,
        SHUTTING_DOWN,
    ),
)
async def execute(
    request: Request,
    service: ServiceDep,
    settings: SettingsDep,
    asked: Annotated[OneOrMore, Body()],
) -> RunRead | RunsRead | Response:
    """One program gives one run; `{"programs": [...]}`, or a bare list, gives their runs in the same order.

    A faulty program is a result with `status` "rejected", never an HTTP error. In a batch, an item that our side could
    not run has `status` "error" and does not touch the others; a request that is not as documented is refused as a
    whole, with a pointer to each item at fault, before anything runs. The work ends when the client disconnects.
    """
    if isinstance(asked, ProgramCreate):
        job, limits = _prepared(asked, None, settings, "")
        return RunRead.of(await while_connected(request, service.execute_one(job, limits)))
    top = "/programs"
    if isinstance(asked, list):
        asked, top = ProgramsCreate.model_construct(programs=asked, limits=None), ""
    if len(asked.programs) > settings.max_programs:
        raise TooLongError(
            top,
            f"has {len(asked.programs)} items; at most {settings.max_programs} are taken (QUOD_MAX_PROGRAMS). "
            "Send several requests.",
        )
    prepared = [_prepared(program, asked, settings, f"{top}/{i}") for i, program in enumerate(asked.programs)]
    results = await while_connected(request, service.execute(prepared))
    return RunsRead(
        data=[
            ItemRead.of(program.id, result if isinstance(result, Run) else failure_of(result))
            for program, result in zip(asked.programs, results, strict=True)
        ]
    )


def _shape_of(body: Any) -> str:
    if isinstance(body, list):
        return "list()"
    is_batch = "programs" in body if isinstance(body, dict) else isinstance(body, ProgramsCreate)
    return "batch()" if is_batch else "one()"


def _prepared(
    program: ProgramCreate, batch: ProgramsCreate | None, settings: Settings, pointer: str
) -> tuple[Job, Limits]:
    require_length(program.program, settings, "max_program_bytes", f"{pointer}/program")
    require_length(program.query, settings, "max_program_bytes", f"{pointer}/query")
    own = program.limits or batch is None
    asked = program.limits if own or batch is None else batch.limits
    return program.to_job(), choose_limits(asked, settings, f"{pointer}/limits" if own else "/limits")


def failure_of(error: SolverError) -> FailureRead:
    problem, detail = problem_of(error)
    return FailureRead(type=problem.uri, title=problem.title, detail=detail)
