"""Every setting is shown and judged, and no secret ever."""

import os
from pathlib import Path

import pytest

from palaver_runtime.doctor.configuration import look, usable, without_password
from palaver_runtime.doctor.finding import Finding, Level
from palaver_runtime.settings import Settings

GOOD = "0f8a6c2e9b4d7153a0c8e6f2b9d41735"


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of the caller's counts."""
    monkeypatch.chdir(tmp_path)
    for name in [each for each in os.environ if each.startswith("PALAVER_")]:
        monkeypatch.delenv(name)


def named(findings: list[Finding], name: str) -> list[Finding]:
    """Give those of a name."""
    return [each for each in findings if each.name == name]


def test_every_setting_is_shown_without_secrets() -> None:
    """Also those that stand in URLs, wherever in them."""
    settings = Settings(
        jwt_secret=GOOD,
        database_url="postgresql://palaver:geheim@db/chat?sslpassword=geheim",
        redis_url="redis://:geheim@cache:6379/0?password=geheim",
    )
    found = list(look(settings, {}))
    assert {each.name for each in found} >= {f"PALAVER_{name.upper()}" for name in Settings.model_fields}
    text = repr(found)
    assert "geheim" not in text
    assert GOOD not in text
    assert named(found, "PALAVER_JWT_SECRET")[0].text == "set, 32 bytes"
    assert named(found, "PALAVER_REDIS_URL")[0].text == "redis://:***@cache:6379/0?***"


@pytest.mark.parametrize(
    ("secret", "level"),
    [
        (GOOD, Level.OK),
        ("a" * 40, Level.ERROR),
        ("abcdefghijklmnop" * 2, Level.ERROR),
        ("change-me-please-0123456789abcdefgh", Level.ERROR),
        (None, Level.WARNING),
    ],
)
def test_secret_is_judged(secret: str | None, level: Level) -> None:
    """By how easy it is to guess."""
    settings = Settings(jwt_secret=secret)
    (found,) = named(list(look(settings, {})), "secret")
    assert found.level is level
    assert (found.remedy is None) == (level is Level.OK)


@pytest.mark.parametrize(
    ("origins", "level"),
    [
        ("", Level.OK),
        ("https://chat.example.org,http://localhost:3000", Level.OK),
        ("*", Level.WARNING),
        ("http://chat.example.org", Level.WARNING),
    ],
)
def test_origins_are_judged(origins: str, level: Level) -> None:
    """Everybody, and pages without TLS, are worth a look."""
    settings = Settings(allowed_origins=origins)
    assert [each.level for each in named(list(look(settings, {})), "origins")] == [level]


def test_files_that_others_may_open_are_told(tmp_path: Path) -> None:
    """The secret's is to be mended, the database's worth a look."""
    settings = Settings()
    for name, mode in (("palaver.db", 0o644), ("palaver.secret", 0o640)):
        (tmp_path / name).touch()
        (tmp_path / name).chmod(mode)
    found = list(look(settings, {}))
    assert [each.level for each in named(found, "database file")] == [Level.WARNING]
    (secret,) = named(found, "secret file")
    assert (secret.level, secret.remedy) == (Level.ERROR, "chmod 600 palaver.secret")
    for each in tmp_path.iterdir():
        each.chmod(0o600)
    found = list(look(settings, {}))
    assert {each.level for name in ("database file", "secret file") for each in named(found, name)} == {Level.OK}


def test_setting_that_is_none_is_told() -> None:
    """A typing error does nothing, and that is worth a look."""
    (found,) = named(list(look(Settings(), {"PALAVER_DATABSE_URL": "x", "PATH": "y"})), "PALAVER_DATABSE_URL")
    assert found.level is Level.WARNING


def test_wrong_settings_are_found_and_the_rest_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is told without its value; what is right counts."""
    monkeypatch.setenv("PALAVER_JWT_SECRET", "geheim")
    monkeypatch.setenv("PALAVER_LIMIT_MESSAGES", "often")
    monkeypatch.setenv("PALAVER_MAX_CONNECTIONS", "7")
    settings, found = usable({"database_url": "sqlite:///flag.db"})
    assert (settings.database_url, settings.max_connections, settings.jwt_secret) == ("sqlite:///flag.db", 7, None)
    assert [each.level for each in found] == [Level.ERROR] * 2
    assert "geheim" not in repr(found)


def test_settings_that_contradict_production_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """What production refuses is told, with how to mend it."""
    monkeypatch.setenv("PALAVER_ENVIRONMENT", "production")
    settings, found = usable({})
    monkeypatch.delenv("PALAVER_ENVIRONMENT")
    assert "PALAVER_JWT_SECRET is needed in production" in found[0].text
    assert settings.environment == "development"
    (found_,) = named(list(look(Settings(host="0.0.0.0"), {})), "environment")
    assert found_.level is Level.WARNING


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://host:1/0", "redis://host:1/0"),
        ("rediss://u:p@[::1]:1/0", "rediss://u:***@[::1]:1/0"),
        ("redis://h:nonsense", "(no URL, not shown)"),
    ],
)
def test_password_of_a_url_is_not_shown(url: str, shown: str) -> None:
    """Nor what is no URL, where it may stand anywhere."""
    assert without_password(url) == shown
