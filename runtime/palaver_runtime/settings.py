"""What a server can be told, from `PALAVER_*` in the environment."""

import re
from enum import StrEnum
from ipaddress import ip_address
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, FilePath, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from palaver_runtime.domain.limits import Rate

MIN_SECRET_BYTES = 32
_RATE = re.compile(r"(\d+)/(\d+)s")
_ORIGIN = re.compile(r"\*|[a-z][a-z0-9+.-]*://[^/?#@\s]+")


class Environment(StrEnum):
    """How strict to be: in production nothing is made up."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


def _rate(value: object) -> object:
    if not isinstance(value, str):
        return value
    match = _RATE.fullmatch(value.strip())
    if match is None or not all(int(each) for each in match.groups()):
        raise ValueError("is to be COUNT/SECONDSs, as in 50/2s")
    return Rate(int(match[1]), int(match[2]))


# Without NoDecode the environment would have to hold JSON.
RateSetting = Annotated[Rate, NoDecode, BeforeValidator(_rate)]


def is_loopback(url: str) -> bool:
    """Tell whether a URL names this machine, so that nobody can listen in on the way."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Settings(BaseSettings):
    """The settings of a server. Each is `PALAVER_` and its name in upper case, as in PALAVER_DATABASE_URL."""

    model_config = SettingsConfigDict(env_prefix="PALAVER_", extra="ignore", frozen=True)

    environment: Environment = Environment.DEVELOPMENT
    host: str = "127.0.0.1"
    database_url: str = "sqlite:///palaver.db"
    redis_url: str | None = None
    heartbeat_seconds: float = Field(default=2.0, gt=0.0, allow_inf_nan=False)
    jwt_secret: SecretStr | None = None
    jwt_issuer: str | None = None
    jwt_audience: str | None = None
    # Where an issuer publishes the keys (JWKS) that it signs tokens with, beside those of PALAVER_JWT_SECRET.
    jwks_url: str | None = None
    jwks_file: FilePath | None = None
    # How often the keys are fetched, for how long not again, and how long they are good while nobody answers.
    jwks_refresh_seconds: float = Field(default=300.0, ge=1.0, allow_inf_nan=False)
    jwks_cooldown_seconds: float = Field(default=10.0, ge=0.1, allow_inf_nan=False)
    jwks_keep_seconds: float = Field(default=3_600.0, ge=1.0, allow_inf_nan=False)
    access_token_seconds: int = Field(default=900, ge=1, le=86_400)
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = ()
    limit_messages: RateSetting = Rate(40, 4)
    limit_requests: RateSetting = Rate(200, 2)
    limit_sign_ins: RateSetting = Rate(20, 60)
    keep_messages: int | None = Field(default=None, ge=1)
    max_connections: int = Field(default=5, ge=1)
    max_body_bytes: int = Field(default=65_536, ge=1_024)
    offline_grace: float = Field(default=1.0, ge=0.0, allow_inf_nan=False)
    typing_timeout: float = Field(default=6.0, gt=0.0, allow_inf_nan=False)
    shutdown_seconds: float = Field(default=10.0, gt=0.0, allow_inf_nan=False)
    log_level: str = "info"
    # For tests: how far the machine's clock is to seem off.
    clock_offset_seconds: float = Field(default=0.0, ge=-86_400.0, le=86_400.0)

    @field_validator("allowed_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(origin for origin in (each.strip() for each in value.split(",")) if origin)
        return value

    @field_validator("allowed_origins")
    @classmethod
    def _exact_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(_ORIGIN.fullmatch(each) for each in value):
            raise ValueError("is to be *, or origins with commas between them, as in https://chat.example.org:8443")
        return value

    @field_validator("jwks_url", "jwks_file", mode="before")
    @classmethod
    def _unset(cls, value: object) -> object:
        return value or None

    @field_validator("jwks_url")
    @classmethod
    def _web_address(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            parts = urlsplit(value)
            usable = parts.scheme in ("https", "http") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            usable = False
        if not usable or "@" in parts.netloc or parts.fragment:
            raise ValueError(
                "is to be an address without credentials, as in https://login.example.org/.well-known/jwks.json"
            )
        return value

    @field_validator("log_level")
    @classmethod
    def _known_level(cls, value: str) -> str:
        if value.lower() not in {"debug", "info", "warning", "error"}:
            raise ValueError("is to be debug, info, warning or error")
        return value.lower()

    @field_validator("jwt_secret")
    @classmethod
    def _long_secret(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value().encode()) < MIN_SECRET_BYTES:
            raise ValueError(f"is to have at least {MIN_SECRET_BYTES} bytes, as in `openssl rand -hex 32`")
        return value

    @model_validator(mode="after")
    def _one_issuer(self) -> "Settings":
        if self.jwks_url is not None and self.jwks_file is not None:
            raise ValueError("PALAVER_JWKS_URL and PALAVER_JWKS_FILE contradict each other: set one of them")
        if self.jwks_keep_seconds < self.jwks_refresh_seconds:
            raise ValueError(
                "PALAVER_JWKS_KEEP_SECONDS is less than PALAVER_JWKS_REFRESH_SECONDS: no key would be good in between"
            )
        return self

    @model_validator(mode="after")
    def _strict_in_production(self) -> "Settings":
        if self.environment is Environment.PRODUCTION:
            if self.jwt_secret is None:
                raise ValueError(
                    "PALAVER_JWT_SECRET is needed in production: set it to the output of `openssl rand -hex 32`"
                )
            if "*" in self.allowed_origins:
                raise ValueError("PALAVER_ALLOWED_ORIGINS cannot be * in production: name the origins")
            if self.jwks_url is not None and not self.jwks_url.startswith("https:") and not is_loopback(self.jwks_url):
                raise ValueError(
                    "PALAVER_JWKS_URL is plain http: in production the keys come by https, or from this machine"
                )
            if (self.jwks_url or self.jwks_file) and self.jwt_audience is None:
                raise ValueError(
                    "PALAVER_JWT_AUDIENCE is needed in production with the keys of an issuer: without it, what the "
                    "issuer signs for any other service is good here, too"
                )
            if self.clock_offset_seconds:
                raise ValueError("PALAVER_CLOCK_OFFSET_SECONDS is for tests, not for production: leave it out")
        return self
