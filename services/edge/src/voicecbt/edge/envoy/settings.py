"""What the Envoy configuration is rendered for. Read from VOICECBT_ENVOY_<NAME>, then from VOICECBT_<NAME>."""

from pydantic import Field

from voicecbt.kit.settings import LayeredSettings, service_config


class EnvoySettings(LayeredSettings):
    """Addresses are host:port; a host that is no IP address is resolved by DNS."""

    model_config = service_config("envoy")

    listen_address: str = Field("127.0.0.1:18080", description="The platform's one public address.")
    admin_address: str = Field("127.0.0.1:18089", description="Envoy's admin interface; keep it on loopback.")
    edge_address: str = Field("127.0.0.1:18081", description="Address of the edge.")
    auth_address: str = Field("127.0.0.1:18082", description="Address of the auth service.")
    session_address: str = Field("127.0.0.1:18083", description="Address of the session service.")
    journal_address: str = Field("127.0.0.1:18084", description="Address of the journal service.")
    insights_address: str = Field("127.0.0.1:18085", description="Address of the insights service.")
    token_issuer: str = Field("voicecbt", description="`iss` of access tokens.")
    token_audience: str = Field("voicecbt", description="`aud` of access tokens.")
    allowed_origins: tuple[str, ...] = Field(
        ("http://localhost:5173",), description="Other origins whose pages may call; the default is Vite's dev server."
    )
    trusted_hops: int = Field(0, ge=0, le=5, description="Proxies in front whose x-forwarded-for is believed.")
    sign_ins_per_minute: int = Field(30, ge=1, description="Registrations and sign-ins from one client address.")
    requests_per_second: int = Field(500, ge=1, description="All other requests from one client address, sustained.")
    request_burst: int = Field(1000, ge=1, description="All other requests from one client address, at once.")
    otlp_endpoint: str = Field("", description="host:port of an OTLP/gRPC collector for traces; empty for none.")
    trace_percent: float = Field(100.0, ge=0, le=100, description="Share of requests that are traced.")
