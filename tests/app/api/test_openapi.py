"""The OpenAPI document: it says what the service does, and the service does what it says."""

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from app.api.problem_types import PROBLEM_TYPES
from tests.app.api.conftest import write_recording
from tests.app.api.serving import serving

OPERATIONS = {
    ("/v1/solve", "post"): {"200", "202", "400", "409", "413", "415", "422", "405", "500", "502", "503"},
    ("/v1/execute", "post"): {"200", "400", "413", "415", "422", "405", "500", "503"},
    ("/v1/check", "post"): {"200", "400", "413", "415", "422", "405", "500"},
    ("/v1/traces", "get"): {"200", "404", "422", "405", "500", "503"},
    ("/v1/traces/{trace_id}", "get"): {"200", "404", "422", "405", "500", "503"},
    ("/v1/traces/{trace_id}/certificates", "get"): {"200", "404", "422", "405", "500", "503"},
    ("/v1/traces/{trace_id}/replay", "post"): {"200", "404", "422", "405", "500", "503"},
    ("/v1/datasets", "post"): {"200", "201", "413", "415", "422", "405", "500", "503"},
    ("/v1/datasets", "get"): {"200", "404", "422", "405", "500", "503"},
    ("/v1/datasets/{sha256}", "get"): {"200", "404", "422", "405", "500", "503"},
    ("/v1/evaluations", "post"): {"201", "400", "409", "413", "415", "422", "405", "500", "503"},
    ("/v1/evaluations", "get"): {"200", "422", "405", "500", "503"},
    ("/v1/evaluations/compare", "get"): {"200", "404", "422", "405", "500", "503"},
    ("/v1/evaluations/{evaluation_id}", "get"): {"200", "404", "422", "405", "500", "503"},
    ("/v1/evaluations/{evaluation_id}/samples", "get"): {"200", "404", "422", "405", "500", "503"},
    ("/v1/evaluations/{evaluation_id}/events", "get"): {"200", "204", "404", "422", "405", "500", "503"},
    ("/v1/evaluations/{evaluation_id}/export", "get"): {"200", "404", "422", "405", "500", "503"},
    ("/v1/evaluations/{evaluation_id}/report", "get"): {"200", "404", "422", "405", "500", "503"},
    ("/evaluations/{evaluation_id}/report", "get"): {"200", "404", "422", "405", "500", "503"},
    **{
        (f"/v1/evaluations/{{evaluation_id}}/{asked}", "post"): {"200", "404", "409", "422", "405", "500", "503"}
        for asked in ("pause", "resume", "cancel", "retry-errored")
    },
    ("/livez", "get"): {"200", "405", "500"},
    ("/metrics", "get"): {"200", "405", "500"},
    ("/readyz", "get"): {"200", "405", "500", "503"},
    ("/v1/info", "get"): {"200", "405", "500"},
}


@schemathesis.serializer("application/jsonl", "application/x-ndjson", "text/csv", "text/tab-separated-values")
def as_text(context, value):
    """What is sent as a dataset is text as it is."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


CHECKS = [
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
    unsupported_method,
]


@pytest.mark.anyio
async def test_every_operation_documents_every_status(client):
    paths = (await client.get("/openapi.json")).json()["paths"]
    found = {
        (path, method): set(operation["responses"])
        for path, methods in paths.items()
        for method, operation in methods.items()
    }
    assert found == OPERATIONS


@pytest.mark.anyio
async def test_errors_are_documented_as_problem_details_with_their_types(client):
    document = (await client.get("/openapi.json")).json()
    assert "HTTPValidationError" not in document["components"]["schemas"]
    for path, methods in document["paths"].items():
        for operation in methods.values():
            for status, response in operation["responses"].items():
                if int(status) >= 400 and (path, status) != ("/readyz", "503"):
                    schema = response["content"]["application/problem+json"]["schema"]
                    assert list(response["content"]) == ["application/problem+json"]
                    assert schema == {"$ref": "#/components/schemas/ProblemDetails"}
                    assert "urn:quod:problem:" in response["description"]


@pytest.mark.anyio
async def test_the_first_page_lists_every_type_of_error(client):
    document = (await client.get("/openapi.json")).json()
    for problem in PROBLEM_TYPES:
        assert f"| {problem.status} | `{problem.uri}` |" in document["info"]["description"]


def test_names_of_problem_types_are_unique():
    names = [problem.name for problem in PROBLEM_TYPES]
    assert len(names) == len(set(names))


@pytest.fixture(scope="module")
def openapi(tmp_path_factory):
    """The document of a real server, whose programs get a second at most."""
    folder = tmp_path_factory.mktemp("openapi")
    short = dict.fromkeys(("QUOD_LIMIT_WALL_SECONDS", "QUOD_LIMIT_WALL_SECONDS_MAX"), "1")
    with serving(
        QUOD_DATABASE_URL=f"sqlite:///{folder}/quod.db",
        QUOD_LM=f"recorded:{write_recording(folder / 'recording.jsonl')}",
        **short,
    ) as served:
        yield schemathesis.openapi.from_url(f"{served.url}/openapi.json")


RANDOM = [(*operation, GenerationMode.POSITIVE) for operation in OPERATIONS] + [
    # The others have nothing that could be wrong: any text may be the id of a trace that is not there.
    (path, method, GenerationMode.NEGATIVE)
    for path, method in (
        ("/v1/solve", "post"),
        ("/v1/execute", "post"),
        ("/v1/traces", "get"),
        ("/v1/evaluations", "post"),
        ("/v1/evaluations", "get"),
        ("/v1/evaluations/compare", "get"),
    )
]


@pytest.mark.parametrize(("path", "method", "mode"), RANDOM)
def test_random_requests_get_documented_replies_and_never_a_500(openapi, path, method, mode):
    @settings(max_examples=60, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(case=openapi[path][method.upper()].as_strategy(generation_mode=mode))
    def holds(case):
        response = case.call()
        assert response.status_code != 500, response.text
        case.validate_response(response, checks=CHECKS)

    holds()
