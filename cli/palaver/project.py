"""What a project says for itself: `[tool.palaver]` in the pyproject.toml of the current folder.

    [tool.palaver]
    package = "desk_wire"       # for every command that has --package
    app = "desk"                # for every command that has --app

    [tool.palaver.conform]
    subject = "subject.yaml"    # for palaver conform alone

A key is the long name of an option without its dashes, and a flag on the command line goes before it.
"""

import tomllib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Final

FILE: Final = Path("pyproject.toml")
SHARED: Final = ("app", "app-dir", "package")
"""What may be said once for all commands: it means the same to each that knows it."""


class ProjectRefused(Exception):
    """The file says something that palaver does not understand; the message names it."""


def defaults(file: Path, command: str, options: Mapping[str, bool], commands: Iterable[str]) -> dict[str, object]:
    """Return what a project says of the options of a command, by their long names.

    `options` has every long name of the command, and whether the option may be repeated; `commands` are all that there
    are. Raises ProjectRefused for a file that is no TOML, and for keys that nobody reads.
    """
    said = _section(file)
    tables = {key: value for key, value in said.items() if isinstance(value, dict)}
    _check(file, "tool.palaver", said.keys() - tables.keys(), SHARED)
    _check(file, "tool.palaver", tables, commands)
    own = tables.get(command, {})
    _check(file, f"tool.palaver.{command}", own, options)
    shared = {key: said[key] for key in SHARED if key in said and key in options}
    return {
        key: [value] if options[key] and not isinstance(value, list) else value for key, value in (shared | own).items()
    }


def _section(file: Path) -> dict[str, object]:
    try:
        whole = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ProjectRefused(f"{file} cannot be read: {error}") from error
    tool = whole.get("tool")
    section = tool.get("palaver", {}) if isinstance(tool, dict) else {}
    if not isinstance(section, dict):
        raise ProjectRefused(f"{file}: tool.palaver is to be a table")
    return section


def _check(file: Path, table: str, given: Iterable[str], known: Iterable[str]) -> None:
    known = sorted(known)
    for key in given:
        if key not in known:
            close = get_close_matches(key, known, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(known)}"
            raise ProjectRefused(f"{file}: [{table}] has {key!r}, which nothing reads ({hint})")
