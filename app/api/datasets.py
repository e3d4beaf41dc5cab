"""`POST /v1/datasets` and what there is."""

import asyncio
import io
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import JSONResponse
from starlette.requests import ClientDisconnect

from app.api.bodies import GivenText
from app.api.deps import EvaluationsDep, SettingsDep
from app.api.errors import ApiError, ClientGoneError, Fault, documented
from app.api.evaluation_bodies import SHA256, DatasetRead, DatasetsRead
from app.api.problem_types import (
    BODY_TOO_LARGE,
    DATABASE_VERSION,
    DATASET_UNUSABLE,
    INVALID_REQUEST,
    NO_SUCH_DATASET,
    NOT_JSON,
    STORE_UNAVAILABLE,
)
from app.api.requests import StrictRoute, limited_body
from app.api.text import clean
from app.evaluation.datasets import Columns, Dataset, DatasetError, Shape, read_dataset

router = APIRouter(prefix="/v1/datasets", tags=["datasets"], route_class=StrictRoute)

SHAPES = {
    "application/jsonl": Shape.JSONL,
    "application/x-ndjson": Shape.JSONL,
    "text/csv": Shape.CSV,
    "text/tab-separated-values": Shape.TSV,
}

_EXAMPLES = {
    Shape.JSONL: '{"id": "p1", "problem": "Ada has 3 pens and buys 2 more. How many pens has she?", "target": "5"}\n',
    Shape.CSV: "id,problem,target\np1,Ada has 3 pens and buys 2 more. How many pens has she?,5\n",
    Shape.TSV: "id\tproblem\ttarget\np1\tAda has 3 pens and buys 2 more. How many pens has she?\t5\n",
}

SOURCE = "uploaded"
"""Of a dataset that came over HTTP: who sent it is not known."""

MOST_FAULTS = 1_000
"""Lines that a refusal names; it says how many more there are."""

_GZIP = b"\x1f\x8b"

Column = Annotated[
    str | None,
    Query(
        min_length=1,
        max_length=200,
        description="Column, or path into nested JSON such as `meta.question`; `=WORD`: every row has this.",
    ),
]


@router.post(
    "",
    summary="Send a dataset",
    status_code=201,
    response_model=DatasetRead,
    responses={
        200: {"model": DatasetRead, "description": "The same content was there already, and stays as it is."},
        **documented(BODY_TOO_LARGE, NOT_JSON, INVALID_REQUEST, DATASET_UNUSABLE, STORE_UNAVAILABLE, DATABASE_VERSION),
        201: {
            "model": DatasetRead,
            "description": "Kept.",
            "headers": {"Location": {"schema": {"type": "string"}, "description": "/v1/datasets/{sha256}"}},
        },
    },
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                kind: {"schema": {"type": "string"}, "example": _EXAMPLES[shape]} for kind, shape in SHAPES.items()
            },
        }
    },
)
async def send_dataset(
    request: Request,
    evaluations: EvaluationsDep,
    settings: SettingsDep,
    name: Annotated[GivenText, Query(max_length=200, description="What it is called; its hash is what it is.")],
    licence: Annotated[str, Query(max_length=200, description="SPDX or words.")] = "",
    like: Annotated[
        str | None,
        Query(max_length=50, description="The public set whose format it has, such as `gsm8k`; no columns are named."),
    ] = None,
    problem: Column = None,
    target: Column = None,
    id: Column = None,
    kind: Column = None,
    language: Column = None,
    world: Column = None,
    options: Column = None,
    answers: Column = None,
) -> Response:
    """JSON lines or a table with a header, in UTF-8. Each of the parameters from `problem` on names the column of that;
    without them a problem is in `problem`, `question` or `input`, its gold answer in `target` or `answer`.

    A file with anything wrong is refused as a whole, with every faulty line under `errors`, before anything runs.
    Whoever reads the results of an evaluation sees its gold answers; no prompt ever holds one.
    """
    shape = _shape_of(request)
    columns = Columns(problem, target, id, kind, language, world, options, answers)
    if like is not None and columns != Columns():
        raise ApiError(INVALID_REQUEST, "query/like says what the columns are. Leave it out, or name no column.")
    advice = (
        "QUOD_MAX_DATASET_BYTES sets the maximum; `quod eval run FILE` on the machine itself takes a file of any size."
    )
    try:
        body = await limited_body(request, settings.max_dataset_bytes, advice)
    except ClientDisconnect as error:
        raise ClientGoneError from error
    if body.startswith(_GZIP):
        raise ApiError(DATASET_UNUSABLE, "The body is packed with gzip. Send it unpacked.")
    store = evaluations.store
    async with evaluations.reading:
        dataset = await asyncio.to_thread(_read, body, shape, name, columns, like, settings.max_problem_bytes)
        sha256 = await asyncio.to_thread(lambda: dataset.sha256)
    known = await asyncio.to_thread(store.has_dataset, sha256)
    kept = await asyncio.to_thread(store.add_dataset, name, SOURCE, licence or dataset.licence, sha256, dataset.samples)
    body_read = DatasetRead.of(kept).model_dump(mode="json")
    return JSONResponse(body_read, 200 if known else 201, headers={"Location": f"/v1/datasets/{sha256}"})


def _shape_of(request: Request) -> Shape:
    declared = request.headers.get("content-type", "")
    kind, _, parameters = declared.partition(";")
    shape = SHAPES.get(kind.strip().lower())
    if shape is None:
        shown = f"is {kind.strip()!r}" if kind else "is missing"
        raise ApiError(NOT_JSON, f"The header Content-Type {shown}; send one of {', '.join(SHAPES)}.")
    charset = parameters.strip().lower().removeprefix("charset=").strip('"')
    if charset not in ("", "utf-8", "utf8"):
        raise ApiError(NOT_JSON, f"A dataset is sent as UTF-8, not as {charset!r}.")
    return shape


def _read(body: bytes, shape: Shape, name: str, columns: Columns, like: str | None, most_problem_bytes: int) -> Dataset:
    try:
        return read_dataset(
            io.BytesIO(body), shape, name, columns=columns, like=like, most_problem_bytes=most_problem_bytes
        )
    except DatasetError as error:
        faults = [
            Fault(pointer=f"line/{fault.line}" if fault.line else "", detail=clean(fault.message)[:500])
            for fault in error.faults[:MOST_FAULTS]
        ]
        raise ApiError(DATASET_UNUSABLE, str(error), errors=faults) from error


@router.get(
    "",
    summary="List datasets",
    response_model=DatasetsRead,
    responses=documented(NO_SUCH_DATASET, INVALID_REQUEST, STORE_UNAVAILABLE, DATABASE_VERSION),
)
async def list_datasets(
    evaluations: EvaluationsDep,
    limit: Annotated[int, Query(ge=1, le=200, description="Most datasets of this page.")] = 20,
    after: Annotated[
        str | None, Query(pattern=SHA256, description="`last_id` of the page before; this page begins behind it.")
    ] = None,
) -> DatasetsRead:
    """A page, the newest first."""
    page, has_more = await asyncio.to_thread(evaluations.store.datasets, limit, after)
    return DatasetsRead.of(page, has_more)


@router.get(
    "/{sha256}",
    summary="Read what a dataset is",
    response_model=DatasetRead,
    responses=documented(NO_SUCH_DATASET, INVALID_REQUEST, STORE_UNAVAILABLE, DATABASE_VERSION),
)
async def read_dataset_of(
    evaluations: EvaluationsDep,
    sha256: Annotated[
        str,
        Path(
            description="64 hexadecimal digits in lower case.",
            examples=["d70d3f351cc54fe2a8361a31fc93590366b2a4f4b8936f4699a49bdcce9eb4bb"],
        ),
    ],
) -> DatasetRead:
    """Without its samples: those that were solved are in the results of an evaluation."""
    return DatasetRead.of(await asyncio.to_thread(evaluations.store.dataset, sha256))
