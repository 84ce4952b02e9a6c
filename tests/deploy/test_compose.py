"""compose.yaml is what the specification of Compose allows, and agrees with its image, its nginx and the server.

Docker is not needed, and so the containers are not started: what is checked is what they are told.
"""

import json
import re
import shlex
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jsonschema_rs
import pytest
import yaml
from deploy.laid_out import INSTANCES
from doubles.tutorial import blocks

from palaver_runtime.dialects import gateway
from palaver_runtime.settings import Environment, Settings

ROOT = Path(__file__).parents[2]
PORT = gateway.DEFAULT_PORT
SCHEMA = Path(__file__).parent / "vendor" / "compose-spec.json"
SECRET = "s" * 64

_VARIABLE = re.compile(r"\$\{(?P<name>[A-Z_]+)(?::(?P<kind>[-?])(?P<text>[^}]*))?\}")


def filled(text: str, given: dict[str, str]) -> str:
    """Return a value as docker compose reads it; raises KeyError for a variable that is needed and missing."""

    def value(match: re.Match[str]) -> str:
        return given.get(match["name"]) or (match["text"] if match["kind"] == "-" else given[match["name"]])

    return _VARIABLE.sub(value, text)


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    """Return the services of compose.yaml."""
    found: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    return found


@pytest.fixture(scope="module")
def composed() -> dict[str, Any]:
    """Return compose.yaml."""
    found: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    return found


@pytest.fixture(scope="module")
def dockerfile() -> list[list[str]]:
    """Return the instructions of the Dockerfile, as words."""
    text = (ROOT / "deploy" / "Dockerfile").read_text().replace("\\\n", " ")
    return [shlex.split(line) for line in text.splitlines() if line and not line.startswith("#")]


@pytest.fixture(scope="module")
def nginx() -> str:
    """Return palaver.conf."""
    return (ROOT / "deploy" / "nginx" / "palaver.conf").read_text()


def test_compose_knows_all_its_words(composed: dict[str, Any]) -> None:
    """The file is valid by the schema of the Compose Specification, which knows a misspelling."""
    schema = jsonschema_rs.validator_for(json.loads(SCHEMA.read_text()))
    assert [each.message for each in schema.iter_errors(composed)] == []
    services = composed["services"]
    misspelt = {**composed, "services": {**services, "nginx": {**services["nginx"], "read_onyl": True}}}
    assert not schema.is_valid(misspelt)


def test_what_faces_the_public_can_write_nothing(services: dict[str, Any]) -> None:
    """The file systems of nginx and the instances are read-only, and they have no rights that they do not need."""
    for name in ("nginx", *INSTANCES):
        assert services[name]["read_only"] is True
        assert services[name]["cap_drop"] == ["ALL"]
        assert services[name]["security_opt"] == ["no-new-privileges:true"]
    assert services["nginx"]["cap_add"] == ["CHOWN", "SETGID", "SETUID"]
    assert "cap_add" not in services["palaver1"]


def test_what_nginx_says_of_addresses_is_believed(composed: dict[str, Any]) -> None:
    """The network that is trusted is the one that all of them are in."""
    (network,) = composed["networks"]["default"]["ipam"]["config"]
    assert composed["services"]["palaver1"]["environment"]["PALAVER_TRUSTED_PROXIES"] == network["subnet"]


def test_there_is_time_to_take_leave(services: dict[str, Any]) -> None:
    """An instance is killed only after the seconds in which it drains."""
    grace = float(services["palaver1"]["stop_grace_period"].removesuffix("s"))
    assert grace >= Settings.model_fields["shutdown_seconds"].get_default() + 5


def test_the_topology_is_that_of_run_cluster(services: dict[str, Any]) -> None:
    """Three instances alike, one nginx, one database, one Redis; and nginx alone is published, on the loopback."""
    assert set(services) == {*INSTANCES, "nginx", "postgres", "redis"}
    assert services["palaver1"] == services["palaver2"] == services["palaver3"]
    assert {name: each["ports"] for name, each in services.items() if "ports" in each} == {
        "nginx": [f"127.0.0.1:${{PORT:-{PORT}}}:{PORT}"]
    }


def test_settings_take_the_environment(services: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Every PALAVER_* is a setting, and the server starts with their values as in production."""
    environment = services["palaver1"]["environment"]
    assert set(environment) <= {f"PALAVER_{name.upper()}" for name in Settings.model_fields}
    for name, value in environment.items():
        monkeypatch.setenv(name, filled(value, {"PALAVER_JWT_SECRET": SECRET}))
    settings = Settings()
    assert settings.environment is Environment.PRODUCTION
    assert settings.host == "0.0.0.0"
    assert settings.allowed_origins == ()
    assert settings.jwt_secret is not None
    assert settings.jwt_secret.get_secret_value() == SECRET


def test_no_secret_no_start(services: dict[str, Any]) -> None:
    """The signing secret has no default."""
    with pytest.raises(KeyError, match="PALAVER_JWT_SECRET"):
        filled(services["palaver1"]["environment"]["PALAVER_JWT_SECRET"], {})


def test_addresses_are_those_of_the_services(services: dict[str, Any]) -> None:
    """Database and Redis are addressed by the names, account and ports under which they run."""
    environment, made = services["palaver1"]["environment"], services["postgres"]["environment"]
    database, redis = urlsplit(environment["PALAVER_DATABASE_URL"]), urlsplit(environment["PALAVER_REDIS_URL"])
    assert (database.scheme, database.hostname, database.port) == ("postgresql", "postgres", 5432)
    assert (database.username, database.password, database.path) == (
        made["POSTGRES_USER"],
        made["POSTGRES_PASSWORD"],
        f"/{made['POSTGRES_DB']}",
    )
    assert (redis.scheme, redis.hostname, redis.port) == ("redis", "redis", 6379)


def test_everybody_waits_for_what_it_needs(services: dict[str, Any]) -> None:
    """Whom a service depends on is there and tells its health; nginx knows all instances, by the port they serve."""
    for each in services.values():
        for name, how in each.get("depends_on", {}).items():
            assert how == {"condition": "service_healthy"}
            assert "healthcheck" in services[name]
    assert set(services["nginx"]["depends_on"]) == set(INSTANCES)
    assert set(services["palaver1"]["depends_on"]) == {"postgres", "redis"}
    assert f":{PORT}/readyz" in services["palaver1"]["healthcheck"]["test"][-1]


def test_nginx_knows_every_instance(services: dict[str, Any], nginx: str) -> None:
    """Both ways to choose one have all of them, and it listens on the port that is published."""
    upstreams = re.findall(r"upstream (\w+) \{(.*?)\}", nginx, re.DOTALL)
    assert [name for name, _ in upstreams] == ["any", "same"]
    for _, block in upstreams:
        assert re.findall(r"server (\S+) ", block) == [f"{name}:{PORT}" for name in INSTANCES]
    assert f"listen {PORT};" in nginx
    assert services["nginx"]["volumes"] == [
        "./deploy/nginx/palaver.conf:/etc/nginx/conf.d/default.conf:ro",
        "./deploy/nginx/location.conf:/etc/nginx/location.conf:ro",
    ]


@pytest.mark.parametrize(
    ("query", "pool"),
    [
        ("::", "any"),
        ("4:websocket:", "any"),
        ("4:websocket:abc", "same"),
        ("4:polling:", "same"),
        ("4:polling:abc", "same"),
        ("4::", "same"),
    ],
)
def test_nginx_keeps_sessions_together(nginx: str, query: str, pool: str) -> None:
    """Whatever opens a polling session or names one goes by the client's address; the rest goes anywhere."""
    block = re.search(r'map "\$arg_eio:\$arg_transport:\$arg_sid" \$pool \{(.*?)\n\}', nginx, re.DOTALL)
    assert block
    rules = [line.strip().rstrip(";").rsplit(maxsplit=1) for line in block[1].strip().splitlines()]
    keys = {key.strip('"'): value for key, value in rules}
    chosen = keys.get(query) or next(
        (value for key, value in keys.items() if key.startswith("~") and re.search(key[1:], query)), keys["default"]
    )
    assert chosen == pool
    assert re.search(r"upstream same \{\s+hash \$remote_addr consistent;", nginx)


def test_the_image_has_what_the_server_needs(dockerfile: list[list[str]], services: dict[str, Any]) -> None:
    """All that is copied exists and is let through by .dockerignore; the port is that of the service."""
    build = services["palaver1"]["build"]
    assert (ROOT / build["context"] / build["dockerfile"]).is_file()
    copied = [word for words in dockerfile if words[0] == "COPY" for word in words[1:-1] if not word.startswith("/")]
    sources = {word for word in copied if not word.startswith("--from")}
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert sources == allowed
    assert all((ROOT / name).exists() for name in sources)
    packages = re.findall(r'^  "(\w+)/palaver\w*",$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert set(packages) <= sources
    assert ["EXPOSE", str(PORT)] in dockerfile


def test_no_registry_is_named(dockerfile: list[list[str]], services: dict[str, Any]) -> None:
    """Where images come from is a matter of the machine."""
    images = [each["image"] for each in services.values()] + [words[1] for words in dockerfile if words[0] == "FROM"]
    assert len(images) >= 8
    assert [image for image in images if "/" in image] == []


def test_page_gives_what_has_no_default(composed: dict[str, Any]) -> None:
    """The command of docs/howto/deploy.md sets every variable without which docker compose would refuse the file."""
    page = (ROOT / "docs" / "howto" / "deploy.md").read_text()
    (command,) = [each for block in blocks(page, "sh") for each in block.commands if "docker compose" in each]
    given = re.findall(r"\b([A-Z_]+)=", command)
    needed = {match["name"] for match in _VARIABLE.finditer(json.dumps(composed)) if match["kind"] == "?"}
    assert set(given) == needed == {"PALAVER_JWT_SECRET"}
