"""What a server can be told, from `PALAVER_*` in the environment."""

import re
from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from palaver_runtime.domain.limits import Rate

MIN_SECRET_BYTES = 32
_RATE = re.compile(r"(\d+)/(\d+)s")
_ORIGIN = re.compile(r"\*|[a-z][a-z0-9+.-]*://[^/?#@\s]+")


class Environment(StrEnum):
    """How strict to be: in production nothing is made up."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class LogFormat(StrEnum):
    """Whom the log is for."""

    HUMAN = "human"
    JSON = "json"


def _rate(value: object) -> object:
    if not isinstance(value, str):
        return value
    match = _RATE.fullmatch(value.strip())
    if match is None or not all(int(each) for each in match.groups()):
        raise ValueError("is to be COUNT/SECONDSs, as in 50/2s")
    return Rate(int(match[1]), int(match[2]))


# Without NoDecode the environment would have to hold JSON.
RateSetting = Annotated[Rate, NoDecode, BeforeValidator(_rate)]


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
    # For how long /readyz says "draining" before nobody new is let in: what a balancer takes to notice.
    drain_delay_seconds: float = Field(default=0.0, ge=0.0, le=3_600.0, allow_inf_nan=False)
    # Where operators alone ask for health and figures. Without a port, figures are open in development, and closed in
    # production, where the other ports are on the internet.
    operations_host: str = "127.0.0.1"
    operations_port: int | None = Field(default=None, ge=0, le=65_535)
    log_level: str = "info"
    # Lines for people, or a JSON object on each line.
    log_format: LogFormat = LogFormat.HUMAN
    # Whether each HTTP request has a line of its own: operation, status, milliseconds.
    log_requests: bool = False
    # The header in which a proxy, which must set it itself, names each request; without one the server makes a name up.
    request_id_header: str | None = Field(default=None, pattern=r"^[A-Za-z0-9-]{1,64}$")
    # Processes on one port; more than one need Redis, as several instances do.
    workers: int = Field(default=1, ge=1, le=64)
    # For tests: how far the machine's clock is to seem off.
    clock_offset_seconds: float = Field(default=0.0, ge=-86_400.0, le=86_400.0)

    @property
    def open_metrics(self) -> bool:
        """Whether whoever reaches the server may ask for its figures."""
        alone = self.operations_port is None and self.workers == 1
        return alone and self.environment is Environment.DEVELOPMENT

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
    def _together(self) -> "Settings":
        if self.workers > 1 and self.redis_url is None:
            raise ValueError(
                f"{self.workers} workers (PALAVER_WORKERS, --workers) need PALAVER_REDIS_URL, by which they hear of"
                " each other: set it, as in redis://localhost:6379/0, or serve by one worker"
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
            if self.clock_offset_seconds:
                raise ValueError("PALAVER_CLOCK_OFFSET_SECONDS is for tests, not for production: leave it out")
        return self
