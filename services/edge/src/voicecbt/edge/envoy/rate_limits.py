"""How often one client address may ask, by class of route."""

from voicecbt.edge.envoy.config import Block, seconds, typed
from voicecbt.edge.envoy.settings import EnvoySettings

FILTER = "envoy.filters.http.local_ratelimit"
KIND = "extensions.filters.http.local_ratelimit.v3.LocalRateLimit"

RETRY_AFTER_SECONDS = 2  # When a client that was refused has a token again, at the slower of the two rates.
MAX_ADDRESSES = 10_000  # Buckets kept for each class; the least recently seen address is forgotten first.
ADDRESSES_AT_FULL_RATE = 20  # What all addresses together may ask, as a multiple of one.
FILL_SECONDS = 0.1  # At least, where the rate allows; Envoy takes nothing below 0.05.

EVERY_REQUEST: Block = {"default_value": {"numerator": 100, "denominator": "HUNDRED"}}


def filter_config() -> Block:
    """The filter in the chain limits nothing by itself; routes say their class."""
    return typed(KIND, stat_prefix="requests")


def sign_in_limit(settings: EnvoySettings) -> Block:
    """For routes that take a password or a refresh token."""
    return _limit("sign_in", settings.sign_ins_per_minute / 60, settings.sign_ins_per_minute)


def request_limit(settings: EnvoySettings) -> Block:
    """For everything else."""
    return _limit("requests", settings.requests_per_second, settings.request_burst)


def _limit(name: str, rate_per_second: float, burst: int) -> Block:
    return typed(
        KIND,
        stat_prefix=name,
        token_bucket=_bucket(rate_per_second, burst, ADDRESSES_AT_FULL_RATE),
        filter_enabled=EVERY_REQUEST,
        filter_enforced=EVERY_REQUEST,
        rate_limits=[{"actions": [{"remote_address": {}}]}],
        # Without a value: a bucket of its own for each address that is seen.
        descriptors=[{"entries": [{"key": "remote_address"}], "token_bucket": _bucket(rate_per_second, burst, 1)}],
        max_dynamic_descriptors=MAX_ADDRESSES,
        always_consume_default_token_bucket=True,
        response_headers_to_add=[{"header": {"key": "retry-after", "value": str(RETRY_AFTER_SECONDS)}}],
    )


def _bucket(rate_per_second: float, burst: int, addresses: int) -> Block:
    refill = max(1, round(rate_per_second * FILL_SECONDS))
    return {
        "max_tokens": burst * addresses,
        "tokens_per_fill": refill * addresses,
        "fill_interval": seconds(refill / rate_per_second),
    }
