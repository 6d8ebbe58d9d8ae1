"""Configuration of the auth service; VOICECBT_AUTH_<NAME>, or VOICECBT_<NAME> for what all services share."""

from datetime import timedelta

from pydantic import Field, SecretStr, field_validator, model_validator

from voicecbt.auth.key_encryption import decode_key
from voicecbt.auth.password_hashing import Argon2Cost
from voicecbt.auth.peers import networks
from voicecbt.auth.signing_keys import RotationPolicy
from voicecbt.auth.throttle import ThrottlePolicy
from voicecbt.auth.tokens import TokenPolicy
from voicecbt.kit.settings import DatabaseSettings, RedisSettings, ServiceSettings, service_config


class Settings(DatabaseSettings, RedisSettings, ServiceSettings):
    """Everything the auth service is told. Without a key-encryption key it does not start."""

    model_config = service_config("auth")

    key_encryption_key: SecretStr = Field(
        description="32 random bytes as base64; wraps all other keys. Lost, everything encrypted is lost."
    )
    access_token_minutes: int = Field(30, ge=1, le=60, description="Life of an access token.")
    refresh_token_days: int = Field(7, ge=1, le=90, description="Life of a refresh token.")
    signing_key_days: int = Field(30, ge=1, le=365, description="Age at which a signing key is replaced.")
    signing_key_lead_minutes: int = Field(
        60, ge=0, le=1440, description="How long a new key is announced before it signs; above any cache of the keys."
    )
    argon2_memory_kib: int = Field(19 * 1024, ge=19 * 1024, description="Memory of one hash (OWASP: at least 19 MiB).")
    argon2_iterations: int = Field(2, ge=2, le=20, description="Passes over it (OWASP: at least 2).")
    argon2_parallelism: int = Field(1, ge=1, le=16, description="Lanes of one hash.")
    argon2_workers: int = Field(2, ge=1, le=64, description="Hashes at once; each holds a core and its memory.")
    argon2_max_waiting: int = Field(256, ge=0, description="Hashes that may wait; more are refused as UNAVAILABLE.")
    throttle_per_email: int = Field(10, ge=1, description="Failed sign-ins per email and window.")
    throttle_per_peer: int = Field(200, ge=1, description="Failed sign-ins per address and window.")
    throttle_window_seconds: int = Field(900, ge=1, description="Length of the sliding window.")
    trusted_proxies: tuple[str, ...] = Field(
        ("127.0.0.0/8", "::1/128"), description="Networks whose x-forwarded-for is believed: Envoy and the edge."
    )

    @field_validator("key_encryption_key")
    @classmethod
    def _is_a_key(cls, value: SecretStr) -> SecretStr:
        decode_key(value.get_secret_value())
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        networks(value)
        return value

    @model_validator(mode="after")
    def _lead_fits(self) -> "Settings":
        if timedelta(minutes=self.signing_key_lead_minutes) * 2 > timedelta(days=self.signing_key_days):
            raise ValueError("signing_key_lead_minutes must be at most half of signing_key_days")
        return self

    def argon2_cost(self) -> Argon2Cost:
        """What one password hash costs."""
        return Argon2Cost(self.argon2_memory_kib, self.argon2_iterations, self.argon2_parallelism)

    def token_policy(self) -> TokenPolicy:
        """What tokens say and how long they live."""
        lifetimes = timedelta(minutes=self.access_token_minutes), timedelta(days=self.refresh_token_days)
        return TokenPolicy(self.token_issuer, self.token_audience, *lifetimes)

    def rotation_policy(self) -> RotationPolicy:
        """When signing keys are replaced."""
        return RotationPolicy(
            rotate_after=timedelta(days=self.signing_key_days),
            lead=timedelta(minutes=self.signing_key_lead_minutes),
            token_lifetime=timedelta(minutes=self.access_token_minutes),
        )

    def throttle_policy(self) -> ThrottlePolicy:
        """How many failures are allowed."""
        window = timedelta(seconds=self.throttle_window_seconds)
        return ThrottlePolicy(self.throttle_per_email, self.throttle_per_peer, window)
