"""What the commands share: how they read the settings, and how they say that something cannot be done."""

from typing import Annotated, NoReturn

import typer
from pydantic import ValidationError

from palaver_runtime.settings import Settings
from palaver_runtime.wrong_values import reason

NO = 1
USAGE = 2
COULD_NOT = 3

DatabaseUrl = Annotated[
    str | None,
    typer.Option(help="SQLite or PostgreSQL, as sqlite:///FILE or postgresql://USER@HOST/NAME [PALAVER_DATABASE_URL]."),
]


def read_settings(**flags: object) -> Settings:
    """Read the settings; a flag that is not None goes before the environment. Exit when they cannot be used."""
    try:
        return Settings(**{name: value for name, value in flags.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        fail("the settings cannot be used:\n  " + "\n  ".join(problems(error)), USAGE)


def problems(error: ValidationError) -> list[str]:
    """Give what is wrong with settings, a line for each; no line quotes a value."""
    lines = []
    for each in error.errors(include_url=False, include_input=False):
        place = f"PALAVER_{str(each['loc'][0]).upper()}: " if each["loc"] else ""
        lines.append(place + reason(each))
    return lines


def sentence(said: str, remedy: str = "") -> str:
    """Return what is said elsewhere in sentences as it is said here: within one, behind the name of the program."""
    parts = [f"{each[:1].lower()}{each[1:]}".rstrip(".") for each in (said, remedy) if each]
    return "; ".join(parts)


def fail(message: str, code: int) -> NoReturn:
    """Say what is wrong and exit."""
    typer.echo(f"palaver: {message}", err=True)
    raise typer.Exit(code)
