"""The OpenAPI document, and that no request it allows, or nearly allows, breaks the edge."""

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def document(platform):
    return httpx.get(platform.edge_url + "/api/v1/openapi.json").json()


def operations(document: dict) -> list[tuple[str, dict]]:
    return [(f"{method} {path}", op) for path, ops in document["paths"].items() for method, op in ops.items()]


def test_it_is_openapi_3_1(document):
    assert document["openapi"].startswith("3.1")
    assert set(document["components"]["securitySchemes"]) == {"bearerToken", "cookie"}


def test_every_route_is_described(document):
    for name, operation in operations(document):
        assert operation["summary"], name
        assert operation["description"], name
        assert "422" not in operation["responses"], name
        assert (
            any("problem+json" in str(answer) for answer in operation["responses"].values()) or name == "get /healthz"
        )


def test_every_json_answer_has_an_example_and_a_schema(document):
    for name, operation in operations(document):
        success = next(answer for status, answer in operation["responses"].items() if status.startswith("2"))
        content = success["content"].get("application/json")
        if content and "/api/" in name:
            assert content["schema"], name
            assert "example" in content, name


def test_only_open_routes_need_no_token(document):
    unprotected = {name for name, operation in operations(document) if not operation.get("security")}
    assert unprotected == {
        "post /api/v1/auth/register",
        "post /api/v1/auth/sign-in",
        "post /api/v1/auth/refresh",
        "post /api/v1/auth/sign-out",
        "get /healthz",
        "get /readyz",
        "get /.well-known/jwks.json",
    }


def test_every_write_but_signing_in_asks_for_a_key(document):
    computed = ("/auth/", "/transcriptions", "/speech")
    for name, operation in operations(document):
        if not name.startswith("get ") and not any(part in name for part in computed):
            parameters = {parameter["name"]: parameter for parameter in operation["parameters"]}
            assert parameters["Idempotency-Key"]["required"], name


def test_every_reference_leads_somewhere(document):
    known = set(document["components"]["schemas"])

    def references(node: object) -> set[str]:
        if isinstance(node, dict):
            found = {node["$ref"].rpartition("/")[2]} if isinstance(node.get("$ref"), str) else set()
            return found.union(*(references(value) for value in node.values())) if node else found
        return set().union(*(references(value) for value in node)) if isinstance(node, list) and node else set()

    assert references(document) <= known


def test_nothing_that_is_sent_breaks_the_edge(document, platform):
    """What the document allows and what it forbids, made up by schemathesis: never a 5xx, always a problem."""
    for found in schemathesis.openapi.from_dict(document).get_all_operations():
        operation = found.ok()

        @given(case=st.one_of(operation.as_strategy(), operation.as_strategy(GenerationMode.NEGATIVE)))
        @settings(max_examples=12, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        def fuzz(case: schemathesis.Case) -> None:
            response = case.call(base_url=platform.edge_url, headers=platform.bearer())
            assert response.status_code < 500, (case.method, case.path, response.text)
            if response.status_code >= 400:
                assert response.headers["content-type"] == ["application/problem+json"]
                assert response.json()["title"]

        fuzz()
