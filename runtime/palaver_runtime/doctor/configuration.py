"""Looks at the settings. No secret is ever shown, and no password of a URL."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr, ValidationError
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from palaver_runtime.adapters.sql.database import shown
from palaver_runtime.adapters.sql.examination import sqlite_file
from palaver_runtime.doctor.finding import Finding, error, ok, warning
from palaver_runtime.domain.limits import Rate
from palaver_runtime.invocation import problems
from palaver_runtime.settings import MIN_SECRET_BYTES, Environment, Settings

AREA = "configuration"
_PREFIX = "PALAVER_"
_FEW_CHARACTERS = 12
_LOOPBACK = {"localhost", "127.0.0.1", "[::1]", "::1"}


def usable(flags: Mapping[str, object]) -> tuple[Settings, list[Finding]]:
    """Read the settings; where some cannot be used, say so and go on with their defaults."""
    given = {name: value for name, value in flags.items() if value is not None}
    try:
        return Settings(**given), []  # type: ignore[arg-type]
    except ValidationError as refusal:
        remedy = "Set it to what is said here, or leave it out; `palaver serve` does not start with it."
        found = [error(AREA, "settings", line, remedy) for line in problems(refusal)]
        wrong = {str(each["loc"][0]) for each in refusal.errors() if each["loc"]}
    defaults = {name: Settings.model_fields[name].get_default() for name in wrong}
    try:
        return Settings(**{**given, **defaults}), found
    except ValidationError as refusal:
        # What contradicts each other does so in production alone.
        found += [error(AREA, "settings", line, remedy) for line in problems(refusal) if not wrong]
        return Settings(**{**given, **defaults, "environment": Environment.DEVELOPMENT}), found


def look(settings: Settings, environment: Mapping[str, str] = os.environ) -> Iterator[Finding]:
    """Look at everything that is set, and at what is not and should be."""
    for name, field in Settings.model_fields.items():
        value = getattr(settings, name)
        default = "" if value != field.get_default() else " (default)"
        yield ok(AREA, f"{_PREFIX}{name.upper()}", f"{_shown(name, value)}{default}")
    known = {f"{_PREFIX}{name.upper()}" for name in Settings.model_fields}
    for name in sorted(each for each in environment if each.startswith(_PREFIX) and each not in known):
        yield warning(
            AREA, name, "there is no such setting, and it does nothing", "Look for a typing error in its name."
        )
    yield from _secret(settings)
    yield from _origins(settings)
    yield from _files(settings)


def _shown(name: str, value: object) -> str:
    if isinstance(value, SecretStr):
        return f"set, {len(value.get_secret_value().encode())} bytes"
    if name == "database_url":
        try:
            return shown(make_url(str(value)))
        except ArgumentError:
            return "(no URL, not shown)"
    if name.endswith("_url") and isinstance(value, str):
        return without_password(value)
    if isinstance(value, Rate):
        return f"{value.count}/{value.seconds}s"
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    return "not set" if value is None else str(value)


def without_password(url: str) -> str:
    """Give a URL as it may be printed: no password, and nothing of a query, where one may stand too."""
    try:
        parts = urlsplit(url)
        port = "" if parts.port is None else f":{parts.port}"
    except ValueError:
        return "(no URL, not shown)"
    who = "" if parts.username is None and parts.password is None else f"{parts.username or ''}:***@"
    host = f"[{parts.hostname}]" if parts.hostname and ":" in parts.hostname else parts.hostname or ""
    return f"{parts.scheme}://{who}{host}{port}{parts.path}{'?***' if parts.query else ''}"


def _secret(settings: Settings) -> Iterator[Finding]:
    remedy = "Set PALAVER_JWT_SECRET to the output of `openssl rand -hex 32`; everybody signs in again after that."
    if settings.jwt_secret is not None:
        secret = settings.jwt_secret.get_secret_value()
        if len(set(secret)) < _FEW_CHARACTERS or _repeats(secret):
            yield error(AREA, "secret", "it is long enough, and easy to guess: few characters, or a repetition", remedy)
        elif any(word in secret.lower() for word in ("secret", "change", "password", "example")):
            yield error(AREA, "secret", "it reads like a sample that others know", remedy)
        else:
            yield ok(AREA, "secret", f"at least {MIN_SECRET_BYTES} bytes, and nothing says that it is easy to guess")
        return
    file = sqlite_file(settings.database_url)
    if file is not None:
        yield warning(
            AREA, "secret", f"none is set: one of the server's own is kept in {file.with_suffix('.secret')}", remedy
        )
    else:
        yield warning(
            AREA, "secret", "none is set: tokens end with the process, and other instances refuse them", remedy
        )


def _repeats(secret: str) -> bool:
    return any(secret == (secret[:size] * len(secret))[: len(secret)] for size in range(1, len(secret) // 2 + 1))


def _origins(settings: Settings) -> Iterator[Finding]:
    remedy = "Name in PALAVER_ALLOWED_ORIGINS exactly the origins of your pages, as in https://chat.example.org."
    if "*" in settings.allowed_origins:
        yield warning(AREA, "origins", "pages of every origin may talk to the server", remedy)
    plain = [
        each
        for each in settings.allowed_origins
        if each.startswith("http://") and urlsplit(each).hostname not in _LOOPBACK
    ]
    if plain:
        yield warning(AREA, "origins", f"a page without TLS may talk to the server: {', '.join(plain)}", remedy)
    if not plain and "*" not in settings.allowed_origins:
        named = ", ".join(settings.allowed_origins) or "no page of another origin may talk to the server"
        yield ok(AREA, "origins", named)
    if settings.environment is not Environment.PRODUCTION and settings.host not in _LOOPBACK:
        yield warning(
            AREA,
            "environment",
            f"others can reach {settings.host}, and what is for development is allowed",
            "Set PALAVER_ENVIRONMENT=production.",
        )


def _files(settings: Settings) -> Iterator[Finding]:
    file = sqlite_file(settings.database_url)
    if file is None or os.name != "posix":
        return
    for path in (file, *(file.with_name(f"{file.name}{each}") for each in ("-wal", "-shm"))):
        yield from _permissions("database file", path, is_secret=False)
    if settings.jwt_secret is None:
        yield from _permissions("secret file", file.with_suffix(".secret"), is_secret=True)


def _permissions(name: str, path: Path, *, is_secret: bool) -> Iterator[Finding]:
    try:
        status = path.stat()
    except FileNotFoundError:
        return
    except OSError as problem:
        yield error(
            AREA, name, f"{path}: {problem.strerror}", "Let the server's user enter the folder and read the file."
        )
        return
    if status.st_mode & 0o077:
        said = f"{path} has the mode {status.st_mode & 0o777:o}: other users of the machine may open it"
        found = error if is_secret else warning
        yield found(AREA, name, said, f"chmod 600 {path}")
    elif status.st_uid != os.geteuid() and os.geteuid() != 0:
        yield warning(AREA, name, f"{path} is another user's", f"chown it to the user who runs the server: {path}")
    else:
        yield ok(AREA, name, f"{path} is for its owner alone")
