"""The rendered Envoy configuration: what is derived, what is safe, and that the checked-in file is what is rendered."""

from pathlib import Path

import pytest
import yaml

from voicecbt.edge.envoy.methods import exposed_methods
from voicecbt.edge.envoy.render import configuration, render
from voicecbt.edge.envoy.settings import EnvoySettings

pytestmark = pytest.mark.unit

CHECKED_IN = Path(__file__).parents[3] / "charts/voice-cbt/files/envoy/envoy.yaml"


def manager(**changed: object) -> dict:
    made = configuration(EnvoySettings.model_validate(changed))
    return made["static_resources"]["listeners"][0]["filter_chains"][0]["filters"][0]["typed_config"]


def routes(**changed: object) -> list[dict]:
    return manager(**changed)["route_config"]["virtual_hosts"][0]["routes"]


def jwt_filter() -> dict:
    return next(each for each in manager()["http_filters"] if each["name"] == "envoy.filters.http.jwt_authn")


def test_the_checked_in_file_is_what_is_rendered(monkeypatch):
    for name in list(__import__("os").environ):
        if name.startswith("VOICECBT_"):
            monkeypatch.delenv(name)
    rendered = render(EnvoySettings())
    assert CHECKED_IN.read_text() == rendered, "run python -m voicecbt.edge.envoy --out " + str(CHECKED_IN.name)


def test_it_is_plain_yaml():
    assert "&id" not in render(EnvoySettings())
    assert yaml.safe_load(render(EnvoySettings()))["static_resources"]


def test_only_what_people_may_call_is_exposed():
    paths = {method.path for method in exposed_methods()}
    assert "/voicecbt.session.v1.SessionService/Converse" in paths
    assert "/voicecbt.auth.v1.AuditService/ListAuditEvents" in paths
    for internal in (
        "auth.v1.KeyService/GetDataKey",
        "journal.v1.JournalService/GetPersonContext",
        "rag.v1.RagService/AssessRisk",
    ):
        assert f"/voicecbt.{internal}" not in paths


def test_only_public_methods_need_no_token():
    rules = jwt_filter()["typed_config"]["rules"]
    open_paths = {rule["match"]["path"] for rule in rules if "requires" not in rule}
    assert {method.path for method in exposed_methods() if method.public} <= open_paths
    assert "/voicecbt.auth.v1.AuthService/SignIn" in open_paths
    assert not [path for path in open_paths if "Session" in path or "Journal" in path]
    assert [rule["match"]["prefix"] for rule in rules if "requires" in rule] == ["/voicecbt.", "/api/"]


def test_unlisted_grpc_methods_end_at_a_404():
    listed = [route["match"].get("path") or route["match"].get("prefix") for route in routes()]
    assert listed.index("/voicecbt.") > max(listed.index(method.path) for method in exposed_methods())
    assert routes()[listed.index("/voicecbt.")]["direct_response"] == {"status": 404}


def test_what_can_be_guessed_is_limited_more():
    strict = {
        route["match"]["path"]
        for route in routes()
        if "sign_in" in str(route.get("typed_per_filter_config", {}).get("envoy.filters.http.local_ratelimit"))
    }
    assert {"/api/v1/auth/register", "/api/v1/auth/sign-in", "/voicecbt.auth.v1.AuthService/SignIn"} <= strict
    assert not any("Session" in path for path in strict)


def test_a_conversation_may_last():
    converse = next(route for route in routes() if "safe_regex" in route["match"])
    assert converse["route"]["timeout"] == "0s"
    assert converse["route"]["upgrade_configs"] == [{"upgrade_type": "websocket"}]


def test_tokens_are_verified_again_behind_it():
    provider = jwt_filter()["typed_config"]["providers"]["voicecbt"]
    assert provider["forward"] is True
    assert provider["from_cookies"] == ["voicecbt_access"]
    assert provider["remote_jwks"]["http_uri"]["cluster"] == "edge"


def test_service_tokens_do_not_come_from_outside():
    assert "voicecbt-service-token" in manager()["route_config"]["request_headers_to_remove"]


def test_the_log_ties_nothing_to_a_person():
    log = str(manager()["access_log"])
    for revealing in ("REQ(:PATH)", "AUTHORIZATION", "COOKIE", "DOWNSTREAM_REMOTE", "X-FORWARDED-FOR", "QUERY"):
        assert revealing not in log.upper()


def test_everything_listens_on_loopback():
    made = configuration(EnvoySettings())
    for where in (made["admin"], made["static_resources"]["listeners"][0]):
        assert where["address"]["socket_address"]["address"] == "127.0.0.1"


def test_tracing_is_there_when_there_is_a_collector():
    assert "tracing" not in manager()
    traced = manager(otlp_endpoint="collector:4317")
    assert traced["tracing"]["provider"]["name"] == "envoy.tracers.opentelemetry"
    clusters = configuration(EnvoySettings(otlp_endpoint="collector:4317"))["static_resources"]["clusters"]
    assert clusters[-1]["type"] == "STRICT_DNS"


def test_the_filters_are_in_order():
    names = [each["name"].rpartition(".")[2] for each in manager()["http_filters"]]
    assert names == ["cors", "local_ratelimit", "jwt_authn", "grpc_web", "buffer", "brotli", "gzip", "router"]
