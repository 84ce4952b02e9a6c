"""Settings come from the environment, and a bad one says which it is and what to do."""

import os
from collections.abc import Callable

import pytest
import typer
from pydantic import SecretStr
from typer.testing import CliRunner

from palaver_runtime.command import register
from palaver_runtime.domain.limits import Rate
from palaver_runtime.settings import Environment, LogFormat, Settings

LONG = "0123456789abcdef0123456789abcdef"
PRODUCTION = {"ENVIRONMENT": "production", "JWT_SECRET": LONG}
Given = Callable[..., None]


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Given:
    """How to set PALAVER_* variables: `given(HOST="::1")`; all others are unset."""
    for name in [each for each in os.environ if each.startswith("PALAVER_")]:
        monkeypatch.delenv(name)

    def given_(**variables: str) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(f"PALAVER_{name}", value)

    return given_


def test_nothing_need_be_set(given: Given) -> None:
    """Without any variable there is a server for development, on this machine alone."""
    settings = Settings()
    assert settings.environment is Environment.DEVELOPMENT
    assert (settings.host, settings.database_url) == ("127.0.0.1", "sqlite:///palaver.db")
    assert (settings.jwt_secret, settings.allowed_origins) == (None, ())


def test_everything_can_be_set(given: Given) -> None:
    """Each setting is read from the variable of its name, as what it is."""
    variables = {
        "ENVIRONMENT": "production",
        "HOST": "::1",
        "DATABASE_URL": "postgresql://palaver@db/palaver",
        "REDIS_URL": "redis://cache:6379/1",
        "HEARTBEAT_SECONDS": "0.5",
        "JWT_SECRET": LONG,
        "JWT_ISSUER": "issuer",
        "JWT_AUDIENCE": "audience",
        "JWKS_URL": "https://login.example/jwks.json",
        "JWKS_FILE": "",
        "JWKS_REFRESH_SECONDS": "60",
        "JWKS_COOLDOWN_SECONDS": "1.5",
        "JWKS_KEEP_SECONDS": "600",
        "ACCESS_TOKEN_SECONDS": "60",
        "HSTS_SECONDS": "31536000",
        "ALLOWED_ORIGINS": "https://a.example, http://b.example:8080,,capacitor://localhost ,",
        "LIMIT_MESSAGES": "1/2s",
        "LIMIT_REQUESTS": " 30/40s ",
        "LIMIT_SIGN_INS": "5/600s",
        "LIMIT_SIGN_INS_NAME": "6/600s",
        "LIMIT_SIGN_INS_ADDRESS": "7/600s",
        "LIMIT_KINDS": "typing.start=3/4s, message.history = 5/6s",
        "LIMIT_ADDRESS": "7/8s",
        "ADDRESS_SHARE": "0.7",
        "TRUSTED_PROXIES": "10.0.0.1, 192.168.0.0/16,",
        "MAX_MEMBERS": "9",
        "MAX_PAGE": "10",
        "MAX_ADDRESS_CONNECTIONS": "11",
        "MAX_TOTAL_CONNECTIONS": "12",
        "MAX_ADDRESS_JOINING": "27",
        "HANDSHAKE_SECONDS": "1.25",
        "MAX_EVENT_BYTES": "3000",
        "MAX_FRAME_BYTES": "4000",
        "MAX_FRAMES": "4500",
        "MAX_HEADER_BYTES": "5000",
        "MAX_METADATA_BYTES": "600",
        "MAX_DEPTH": "13",
        "MAX_ATTACHMENTS": "14",
        "MAX_ATTACHMENT_BYTES": "7000",
        "MAX_PENDING_BYTES": "8000",
        "KEEP_MESSAGES": "100",
        "MAX_CONNECTIONS": "7",
        "MAX_BODY_BYTES": "2048",
        "OFFLINE_GRACE": "0",
        "TYPING_TIMEOUT": "0.5",
        "SHUTDOWN_SECONDS": "1.5",
        "DRAIN_DELAY_SECONDS": "2.5",
        "OPERATIONS_HOST": "::",
        "OPERATIONS_PORT": "9464",
        "WORKERS": "3",
        "LOG_LEVEL": "WARNING",
        "LOG_FORMAT": "json",
        "LOG_REQUESTS": "yes",
        "REQUEST_ID_HEADER": "X-Request-Id",
        "PAGE": "on",
        "CLOCK_OFFSET_SECONDS": "0",
    }
    assert {each.lower() for each in variables} == Settings.model_fields.keys()
    given(**variables)
    assert Settings() == Settings(
        environment=Environment.PRODUCTION,
        host="::1",
        database_url="postgresql://palaver@db/palaver",
        redis_url="redis://cache:6379/1",
        heartbeat_seconds=0.5,
        jwt_secret=SecretStr(LONG),
        jwt_issuer="issuer",
        jwt_audience="audience",
        jwks_url="https://login.example/jwks.json",
        jwks_refresh_seconds=60.0,
        jwks_cooldown_seconds=1.5,
        jwks_keep_seconds=600.0,
        access_token_seconds=60,
        hsts_seconds=31_536_000,
        allowed_origins=("https://a.example", "http://b.example:8080", "capacitor://localhost"),
        limit_messages=Rate(1, 2),
        limit_requests=Rate(30, 40),
        limit_sign_ins=Rate(5, 600),
        limit_sign_ins_name=Rate(6, 600),
        limit_sign_ins_address=Rate(7, 600),
        limit_kinds={"typing.start": Rate(3, 4), "message.history": Rate(5, 6)},
        limit_address=Rate(7, 8),
        address_share=0.7,
        trusted_proxies=("10.0.0.1", "192.168.0.0/16"),
        max_members=9,
        max_page=10,
        max_address_connections=11,
        max_total_connections=12,
        max_address_joining=27,
        handshake_seconds=1.25,
        max_event_bytes=3000,
        max_frame_bytes=4000,
        max_frames=4500,
        max_header_bytes=5000,
        max_metadata_bytes=600,
        max_depth=13,
        max_attachments=14,
        max_attachment_bytes=7000,
        max_pending_bytes=8000,
        keep_messages=100,
        max_connections=7,
        max_body_bytes=2048,
        offline_grace=0.0,
        typing_timeout=0.5,
        shutdown_seconds=1.5,
        drain_delay_seconds=2.5,
        operations_host="::",
        operations_port=9464,
        workers=3,
        log_format=LogFormat.JSON,
        log_requests=True,
        request_id_header="X-Request-Id",
        log_level="warning",
    )


@pytest.mark.parametrize(("given_as", "seconds"), [("+300", 300.0), ("-300", -300.0), ("+0", 0.0)])
def test_clock_can_be_set_off_in_tests(given: Given, given_as: str, seconds: float) -> None:
    """A clock may seem ahead or behind, with the sign that the conformance harness writes."""
    given(CLOCK_OFFSET_SECONDS=given_as)
    assert Settings().clock_offset_seconds == seconds


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "[::1]", "localhost:1", "127.7.7.7"])
def test_keys_come_from_this_machine_without_encryption(given: Given, host: str) -> None:
    """An issuer on the machine itself may be asked by plain http in production, too."""
    given(**PRODUCTION, JWT_AUDIENCE="chat", JWKS_URL=f"http://{host}/jwks.json")
    assert Settings().jwks_url == f"http://{host}/jwks.json"


def test_secret_is_not_shown(given: Given) -> None:
    """Settings can be logged: the secret does not appear."""
    given(JWT_SECRET=LONG)
    assert LONG not in repr(Settings()) + str(Settings())


@pytest.mark.parametrize("origins", ["*", "", "https://a.example"])
def test_any_origin_is_for_development(given: Given, origins: str) -> None:
    """In development every origin may be allowed; none is by default."""
    given(ALLOWED_ORIGINS=origins)
    assert Settings().allowed_origins == ((origins,) if origins else ())


@pytest.mark.parametrize(
    ("variables", "name", "remedy"),
    [
        ({"ENVIRONMENT": "staging"}, "ENVIRONMENT", "is to be development or production"),
        ({"JWT_SECRET": "too short"}, "JWT_SECRET", "openssl rand -hex 32"),
        ({"JWT_SECRET": ""}, "JWT_SECRET", "at least 32 bytes"),
        ({"REDIS_URL": "localhost:6379"}, "REDIS_URL", "as in redis://localhost:6379/0"),
        ({"REDIS_URL": "redis://localhost:port/0"}, "REDIS_URL", "as in redis://localhost:6379/0"),
        ({"REDIS_URL": "http://localhost"}, "REDIS_URL", "as in redis://localhost:6379/0"),
        ({"ACCESS_TOKEN_SECONDS": "0"}, "ACCESS_TOKEN_SECONDS", "is to be 1 or more"),
        ({"ACCESS_TOKEN_SECONDS": "86401"}, "ACCESS_TOKEN_SECONDS", "is to be 86400 or less"),
        ({"HSTS_SECONDS": "-1"}, "HSTS_SECONDS", "is to be 0 or more"),
        ({"ALLOWED_ORIGINS": "a.example"}, "ALLOWED_ORIGINS", "as in https://chat.example.org:8443"),
        ({"ALLOWED_ORIGINS": "https://a.example/"}, "ALLOWED_ORIGINS", "as in https://chat.example.org:8443"),
        ({"ALLOWED_ORIGINS": "https://a.example https://b"}, "ALLOWED_ORIGINS", "with commas between them"),
        ({"ALLOWED_ORIGINS": "null"}, "ALLOWED_ORIGINS", "as in https://chat.example.org:8443"),
        ({"ALLOWED_ORIGINS": "https://A.example"}, "ALLOWED_ORIGINS", "in lower case"),
        ({"ALLOWED_ORIGINS": "https://a.example:443"}, "ALLOWED_ORIGINS", "without the usual port"),
        ({"ALLOWED_ORIGINS": "http://a.example:80"}, "ALLOWED_ORIGINS", "without the usual port"),
        ({"ALLOWED_ORIGINS": "https://bücher.example"}, "ALLOWED_ORIGINS", "as xn--"),
        ({"LIMIT_MESSAGES": "50"}, "LIMIT_MESSAGES", "as in 50/2s"),
        ({"LIMIT_REQUESTS": "50/2"}, "LIMIT_REQUESTS", "as in 50/2s"),
        ({"LIMIT_REQUESTS": "-50/2s"}, "LIMIT_REQUESTS", "as in 50/2s"),
        ({"LIMIT_SIGN_INS": "0/2s"}, "LIMIT_SIGN_INS", "as in 50/2s"),
        ({"LIMIT_SIGN_INS": "5/0s"}, "LIMIT_SIGN_INS", "as in 50/2s"),
        ({"LIMIT_SIGN_INS": ""}, "LIMIT_SIGN_INS", "as in 50/2s"),
        ({"LIMIT_KINDS": "typing.start"}, "LIMIT_KINDS", "as in 50/2s"),
        ({"LIMIT_KINDS": "typing=1/2s"}, "LIMIT_KINDS", "as in typing.start=40/4s"),
        ({"TRUSTED_PROXIES": "nginx"}, "TRUSTED_PROXIES", "as in 10.0.0.1,192.168.0.0/16"),
        ({"TRUSTED_PROXIES": "10.0.0.1/8"}, "TRUSTED_PROXIES", "addresses or networks"),
        ({"MAX_MEMBERS": "1001"}, "MAX_MEMBERS", "is to be 1000 or less"),
        ({"HANDSHAKE_SECONDS": "0"}, "HANDSHAKE_SECONDS", "is to be more than 0"),
        ({"MAX_DEPTH": "1"}, "MAX_DEPTH", "is to be 8 or more"),
        ({"MAX_CONNECTIONS": "0"}, "MAX_CONNECTIONS", "is to be 1 or more"),
        ({"MAX_CONNECTIONS": "many"}, "MAX_CONNECTIONS", "is to be a whole number"),
        ({"MAX_BODY_BYTES": "10"}, "MAX_BODY_BYTES", "is to be 1024 or more"),
        ({"OFFLINE_GRACE": "-1"}, "OFFLINE_GRACE", "is to be 0 or more"),
        ({"OFFLINE_GRACE": "nan"}, "OFFLINE_GRACE", "finite"),
        ({"TYPING_TIMEOUT": "0"}, "TYPING_TIMEOUT", "is to be more than 0"),
        ({"SHUTDOWN_SECONDS": "inf"}, "SHUTDOWN_SECONDS", "finite"),
        ({"DRAIN_DELAY_SECONDS": "-1"}, "DRAIN_DELAY_SECONDS", "is to be 0 or more"),
        ({"OPERATIONS_PORT": "65536"}, "OPERATIONS_PORT", "is to be 65535 or less"),
        ({"WORKERS": "0"}, "WORKERS", "is to be 1 or more"),
        ({"WORKERS": "2"}, "REDIS_URL", "as in redis://localhost:6379/0, or serve by one worker"),
        ({"LOG_FORMAT": "xml"}, "LOG_FORMAT", "is to be human or json"),
        ({"REQUEST_ID_HEADER": "a b"}, "REQUEST_ID_HEADER", "is to match ^"),
        ({"LOG_LEVEL": "loud"}, "LOG_LEVEL", "debug, info, warning or error"),
        ({"ENVIRONMENT": "production"}, "JWT_SECRET", "openssl rand -hex 32"),
        (
            {"ENVIRONMENT": "production", "JWT_SECRET": LONG, "ALLOWED_ORIGINS": "https://a.example,*"},
            "ALLOWED_ORIGINS",
            "name the origins",
        ),
        (
            {"ENVIRONMENT": "production", "JWT_SECRET": LONG, "CLOCK_OFFSET_SECONDS": "1"},
            "CLOCK_OFFSET_SECONDS",
            "leave it out",
        ),
        ({"JWKS_URL": "login.example/jwks.json"}, "JWKS_URL", "as in https://login.example.org"),
        ({"JWKS_URL": "ftp://login.example/"}, "JWKS_URL", "as in https://login.example.org"),
        ({"JWKS_URL": "https://"}, "JWKS_URL", "as in https://login.example.org"),
        ({"JWKS_URL": "https://[::1/"}, "JWKS_URL", "as in https://login.example.org"),
        ({"JWKS_URL": "https://me:too short@login.example/"}, "JWKS_URL", "without credentials"),
        ({"JWKS_FILE": "/no/such/file"}, "JWKS_FILE", "names no file that is there"),
        ({"JWKS_URL": "https://a.example/", "JWKS_FILE": __file__}, "JWKS_FILE", "set one of them"),
        ({"JWKS_REFRESH_SECONDS": "0"}, "JWKS_REFRESH_SECONDS", "is to be 1 or more"),
        ({"JWKS_COOLDOWN_SECONDS": "0"}, "JWKS_COOLDOWN_SECONDS", "is to be 0.1 or more"),
        ({"JWKS_KEEP_SECONDS": "10"}, "JWKS_KEEP_SECONDS", "no key would be good"),
        ({**PRODUCTION, "JWKS_URL": "http://login.example/"}, "JWKS_URL", "come by https"),
        ({**PRODUCTION, "JWKS_URL": "http://127.0.0.1.example/"}, "JWKS_URL", "come by https"),
        ({**PRODUCTION, "JWKS_URL": "https://login.example/"}, "JWT_AUDIENCE", "for any other service"),
        ({**PRODUCTION, "JWKS_FILE": __file__}, "JWT_AUDIENCE", "for any other service"),
        ({"CLOCK_OFFSET_SECONDS": "86401"}, "CLOCK_OFFSET_SECONDS", "is to be 86400 or less"),
    ],
)
def test_bad_setting_names_its_variable_and_the_remedy(
    given: Given, variables: dict[str, str], name: str, remedy: str
) -> None:
    """A command that cannot use the settings says by which variable, and what to set it to, and never shows it."""
    given(**variables)
    app = typer.Typer()
    register(app)
    done = CliRunner().invoke(app, ["serve"])
    assert done.exit_code == 2
    assert f"PALAVER_{name}" in done.stderr
    assert remedy in done.stderr
    assert "too short" not in done.stderr
    assert "Traceback" not in done.output


def test_all_bad_settings_are_told_at_once(given: Given) -> None:
    """Nobody has to mend one variable to hear of the next."""
    given(LOG_LEVEL="loud", MAX_CONNECTIONS="0")
    app = typer.Typer()
    register(app)
    told = CliRunner().invoke(app, ["serve"]).stderr
    assert "PALAVER_LOG_LEVEL: " in told
    assert "PALAVER_MAX_CONNECTIONS: " in told


@pytest.mark.parametrize(
    ("environment", "page", "served"),
    [
        ("development", None, True),
        ("production", None, False),
        ("development", "off", False),
        ("production", "on", True),
    ],
)
def test_page_is_for_development_unless_said_otherwise(
    given: Given, environment: str, page: str | None, *, served: bool
) -> None:
    """A server on the internet has no page by itself."""
    given(ENVIRONMENT=environment, JWT_SECRET=LONG)
    if page is not None:
        given(PAGE=page)
    assert Settings().serves_page is served


@pytest.mark.parametrize(
    ("variables", "opened"),
    [
        ({}, True),
        ({"OPERATIONS_PORT": "9464"}, False),
        ({"ENVIRONMENT": "production", "JWT_SECRET": LONG}, False),
        ({"WORKERS": "2", "REDIS_URL": "redis://cache:6379/1"}, False),
    ],
)
def test_figures_are_open_to_a_single_developer(given: Given, variables: dict[str, str], *, opened: bool) -> None:
    """Whoever reaches the server sees its figures only in development, and where one process has them all."""
    given(**variables)
    assert Settings().open_metrics is opened
