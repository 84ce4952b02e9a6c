"""What a server can be told, from `PALAVER_*` in the environment."""

import ipaddress
import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, FilePath, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from palaver_runtime.domain.limits import Rate

MIN_SECRET_BYTES = 32
_RATE = re.compile(r"(\d+)/(\d+)s")
_MEANING = re.compile(r"[a-z]+\.[a-z]+")
_USUAL_PORT = re.compile(r"(https|wss)://.*:443|(http|ws)://.*:80")
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


def _kinds(value: object) -> object:
    if not isinstance(value, str):
        return value
    pairs = [each.partition("=") for each in value.split(",") if each.strip()]
    if not all(_MEANING.fullmatch(kind.strip()) for kind, _, _ in pairs):
        raise ValueError("is to be KIND=COUNT/SECONDSs with commas between them, as in typing.start=40/4s")
    return {kind.strip(): _rate(rate) for kind, _, rate in pairs}


# Without NoDecode the environment would have to hold JSON.
RateSetting = Annotated[Rate, NoDecode, BeforeValidator(_rate)]
KindsSetting = Annotated[Mapping[str, Rate], NoDecode, BeforeValidator(_kinds)]

#: What costs more than it looks: each is told to others, read from the database, or stays there.
KINDS: Final = {"typing.start": Rate(40, 4), "message.history": Rate(120, 4), "conversation.create": Rate(60, 4)}


def is_loopback(url: str) -> bool:
    """Tell whether a URL names this machine, so that nobody can listen in on the way."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_redis(url: str) -> bool:
    """Tell whether the client for Redis can make something of a URL."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("redis", "rediss", "unix") and bool(parts.netloc or parts.path) and parts.port != 0
    except ValueError:
        return False


class Settings(BaseSettings):
    """The settings of a server. Each is `PALAVER_` and its name in upper case, as in PALAVER_DATABASE_URL."""

    model_config = SettingsConfigDict(env_prefix="PALAVER_", extra="ignore", frozen=True)

    environment: Environment = Environment.DEVELOPMENT
    """How strict to be. In `production` nothing is made up: what a server needs has to be set."""
    host: str = "127.0.0.1"
    """The address to listen on."""
    database_url: str = "sqlite:///palaver.db"
    """The database: `sqlite:///FILE`, or `postgresql://USER:PASSWORD@HOST/NAME`."""
    redis_url: str | None = None
    """The Redis by which instances and workers hear of each other: `redis://HOST:PORT/NUMBER`, `rediss://` with TLS."""
    heartbeat_seconds: float = Field(default=2.0, gt=0.0, allow_inf_nan=False)
    """How often an instance says that it lives, and looks for what it has not heard of."""
    jwt_secret: SecretStr | None = None
    """What signs the tokens: a secret of 32 bytes or more. It is needed in production; a server for development makes
    its own."""
    jwt_issuer: str | None = None
    """What the `iss` of a token has to be."""
    jwt_audience: str | None = None
    """What the `aud` of a token has to be; needed in production with the keys of an issuer."""
    jwks_url: str | None = None
    """Where an issuer publishes the keys (JWKS) that it signs tokens with, beside the server's own secret."""
    jwks_file: FilePath | None = None
    """The keys of an issuer in a file instead, which may be replaced while the server runs."""
    jwks_refresh_seconds: float = Field(default=300.0, ge=1.0, allow_inf_nan=False)
    """How often the keys of an issuer are fetched."""
    jwks_cooldown_seconds: float = Field(default=10.0, ge=0.1, allow_inf_nan=False)
    """For how long they are not fetched again, whatever tokens come in."""
    jwks_keep_seconds: float = Field(default=3_600.0, ge=1.0, allow_inf_nan=False)
    """For how long they stay good while the issuer does not answer."""
    access_token_seconds: int = Field(default=900, ge=1, le=86_400)
    """How long an access token of the server's own is good."""
    hsts_seconds: int = Field(default=0, ge=0)
    """For how long browsers are to keep to https; 0 leaves that to the proxy that encrypts."""
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = ()
    """The origins whose pages may connect, with commas between them; `*` for all of them in development."""
    limit_messages: RateSetting = Rate(40, 4)
    """How many messages a user may send."""
    limit_requests: RateSetting = Rate(200, 2)
    """How many requests of any kind a user may make; one of many bytes counts as several."""
    limit_sign_ins: RateSetting = Rate(20, 60)
    """How many attempts to sign in one name may make from one address."""
    limit_sign_ins_name: RateSetting = Rate(100, 60)
    """How many it may make from everywhere else than where its user has signed in from before."""
    limit_sign_ins_address: RateSetting = Rate(300, 60)
    """How many attempts any names may make from one address."""
    limit_kinds: KindsSetting = KINDS
    """How many requests of a meaning a user may make, beside what counts for all; empty limits no kind by itself."""
    limit_address: RateSetting = Rate(4_000, 2)
    """How many requests, handshakes, events and calls an address may make of each instance, whoever is behind it."""
    address_share: float = Field(default=0.3, gt=0.0, le=1.0, allow_inf_nan=False)
    """How much of the time of an instance an address may have while others want some; 1 for as much as it can get."""
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = ()
    """Whom to believe in X-Forwarded-For: addresses and networks of proxies, with commas between them."""
    keep_messages: int | None = Field(default=None, ge=1)
    """How many of its newest messages each conversation keeps. Without a word it keeps all."""
    max_members: int = Field(default=1_000, ge=2, le=1_000)
    """How many participants a conversation may have."""
    max_page: int = Field(default=200, ge=1, le=200)
    """How many items a page of a list may have."""
    max_connections: int = Field(default=5, ge=1)
    """How many connections a user may have."""
    max_address_connections: int = Field(default=2_000, ge=1)
    """How many connections an address may have to each instance."""
    max_total_connections: int = Field(default=10_000, ge=1)
    """How many connections there may be to each instance in all."""
    max_address_joining: int = Field(default=500, ge=1)
    """How many sessions of Engine.IO an address may have on each instance in which nobody has said yet who it is."""
    handshake_seconds: float = Field(default=10.0, gt=0.0, allow_inf_nan=False)
    """How long a client may take to say what it wants: to its headers, to its body, to the CONNECT of Socket.IO."""
    max_body_bytes: int = Field(default=65_536, ge=1_024)
    """How large a body, or a message over gRPC, may be."""
    max_event_bytes: int = Field(default=65_536, ge=1_024)
    """How large an event may be."""
    max_frame_bytes: int = Field(default=1_000_000, ge=1_024)
    """How large a frame of a websocket or a polling request may be; what is larger ends the connection, unread."""
    max_frames: int = Field(default=1_000, ge=10)
    """How many frames of a websocket are read in a second; what comes beyond that waits."""
    max_header_bytes: int = Field(default=16_384, ge=1_024)
    """How large request line and headers may be, and the metadata of calls."""
    max_metadata_bytes: int = Field(default=16_384, ge=64)
    """How large the metadata of a message or conversation may be."""
    max_depth: int = Field(default=32, ge=8, le=512)
    """How deep arrays and objects may be in one another, in events, frames and bodies."""
    max_attachments: int = Field(default=10, ge=1)
    """How many binary attachments an event may have; they are thrown away."""
    max_attachment_bytes: int = Field(default=1_000_000, ge=1_024)
    """How large they may be together."""
    max_pending_bytes: int = Field(default=1_000_000, ge=1_024)
    """How much may wait for a client to read it; one that reads too slowly is cut off."""
    offline_grace: float = Field(default=1.0, ge=0.0, allow_inf_nan=False)
    """How many seconds after the last connection of a user ended others are told, if none has come back."""
    typing_timeout: float = Field(default=6.0, gt=0.0, allow_inf_nan=False)
    """After how many seconds somebody who does not say so again has stopped typing."""
    shutdown_seconds: float = Field(default=10.0, gt=0.0, allow_inf_nan=False)
    """How many seconds a server that is told to stop waits for what is under way."""
    drain_delay_seconds: float = Field(default=0.0, ge=0.0, le=3_600.0, allow_inf_nan=False)
    """How long `/readyz` says "draining" before nobody new is let in: what a balancer takes to notice."""
    operations_host: str = "127.0.0.1"
    """The address at which operators alone ask for health and figures."""
    operations_port: int | None = Field(default=None, ge=0, le=65_535)
    """The port for that. Without one, figures are open in development, and closed in production."""
    log_level: str = "info"
    """How grave what is worth a line is at least: `debug`, `info`, `warning` or `error`."""
    log_format: LogFormat = LogFormat.HUMAN
    """Lines for people, or a JSON object on each line."""
    log_requests: bool = False
    """Whether each HTTP request has a line of its own: operation, status, milliseconds."""
    request_id_header: str | None = Field(default=None, pattern=r"^[A-Za-z0-9-]{1,64}$")
    """The header in which a proxy, which must set it itself, names each request; without one the server does."""
    workers: int = Field(default=1, ge=1, le=64)
    """Processes on one port; more than one need Redis, as several instances do."""
    page: bool | None = None
    """Whether the chat page is served at `/`. Without a word it is in development alone."""
    clock_offset_seconds: float = Field(default=0.0, ge=-86_400.0, le=86_400.0)
    """For tests: how far the machine's clock is to seem off."""

    @property
    def serves_page(self) -> bool:
        """Whether there is a page to try the server by hand."""
        return self.environment is Environment.DEVELOPMENT if self.page is None else self.page

    @property
    def open_metrics(self) -> bool:
        """Whether whoever reaches the server may ask for its figures."""
        alone = self.operations_port is None and self.workers == 1
        return alone and self.environment is Environment.DEVELOPMENT

    @field_validator("allowed_origins", "trusted_proxies", mode="before")
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
        for each in value:
            if each != each.lower() or not each.isascii() or _USUAL_PORT.fullmatch(each):
                raise ValueError(
                    "has an origin as no browser sends it: they write it in lower case, without the usual port, and a "
                    "name that is not in ASCII as xn--…"
                )
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

    @field_validator("redis_url", mode="before")
    @classmethod
    def _redis_address(cls, value: object) -> object:
        if isinstance(value, str) and value and not _is_redis(value):
            raise ValueError("is to be the address of a Redis, as in redis://localhost:6379/0")
        return value or None

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        try:
            for each in value:
                ipaddress.ip_network(each)
        except ValueError:
            raise ValueError(
                "is to be addresses or networks with commas between them, as in 10.0.0.1,192.168.0.0/16"
            ) from None
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
    def _events_fit_into_frames(self) -> "Settings":
        if self.max_event_bytes > self.max_frame_bytes:
            raise ValueError(
                "PALAVER_MAX_EVENT_BYTES cannot be more than PALAVER_MAX_FRAME_BYTES: a frame holds an event"
            )
        return self

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
