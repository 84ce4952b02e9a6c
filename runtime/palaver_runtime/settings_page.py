"""The reference page of the settings, written from the settings themselves.

python -m palaver_runtime.settings_page docs/reference/settings.md
"""

import ast
import inspect
import sys
import textwrap
from collections.abc import Iterator, Mapping
from enum import Enum
from itertools import pairwise
from pathlib import Path
from types import UnionType
from typing import Final, get_args, get_origin

from pydantic.fields import FieldInfo

from palaver_runtime.domain.limits import Rate
from palaver_runtime.settings import Settings

_HEAD = """\
<!-- Written by `make reference` from the settings themselves. Do not edit. -->

# Settings

What a server can be told by `PALAVER_*` in its environment. Nothing need be set for development. Flags of
[`palaver serve`](commands.md#palaver-serve) go before what is set here. A value that cannot be is refused when the
server starts, with the name of the setting; `palaver doctor` reads the same settings, and says what to mend.

Times are in seconds and sizes in bytes. What each limit is for, what clients are told and what proves it is in
[Limits](../topics/limits.md); tokens and origins are in [Sessions](../topics/sessions.md).

| setting | what it can be | default | what it says |
|---|---|---|---|
"""
_KINDS: Final[Mapping[object, str]] = {
    bool: "`true` or `false`",
    float: "number",
    int: "whole number",
    Rate: "COUNT/SECONDSs",
}
# As annotated-types calls its bounds.
_BOUNDS: Final = (("ge", "from"), ("gt", "more than"), ("le", "up to"))


def page() -> str:
    """Return the reference page, in Markdown."""
    said = _said()
    return _HEAD + "".join(
        f"| `PALAVER_{name.upper()}` | {_form(field)} | {_default(field)} | {said[name]} |\n"
        for name, field in Settings.model_fields.items()
    )


def _said() -> dict[str, str]:
    """Return the docstring below each setting, by its name; `KeyError` for who looks up one that has none."""
    body = ast.parse(textwrap.dedent(inspect.getsource(Settings))).body[0]
    assert isinstance(body, ast.ClassDef)
    return {
        declared.target.id: " ".join(text.value.value.split())
        for declared, text in pairwise(body.body)
        if isinstance(declared, ast.AnnAssign)
        and isinstance(declared.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }


def _form(field: FieldInfo) -> str:
    """Return what values a setting takes, in words."""
    kind = _kind(field.annotation)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return " or ".join(f"`{each.value}`" for each in kind)
    if get_origin(kind) is tuple:
        return "list with commas"
    if get_origin(kind) is Mapping:
        return "list of KIND=COUNT/SECONDSs with commas"
    words = _KINDS.get(kind, "text")
    return " ".join([words, *_bounds(field)])


def _kind(annotation: object) -> object:
    """Return the type of a setting, without the None by which it says that nothing is set."""
    if isinstance(annotation, UnionType):
        return next(each for each in get_args(annotation) if each is not type(None))
    return annotation


def _bounds(field: FieldInfo) -> Iterator[str]:
    for name, words in _BOUNDS:
        for each in field.metadata:
            if (bound := getattr(each, name, None)) is not None:
                yield f"{words} {_written(bound)}"


def _default(field: FieldInfo) -> str:
    value = field.default
    if value is None or value == ():
        return ""
    return f"`{_written(value)}`"


def _written(value: object) -> str:
    """Return a value as it stands in the environment."""
    if isinstance(value, Rate):
        return f"{value.count}/{value.seconds:g}s"
    if isinstance(value, Mapping):
        return ",".join(f"{kind}={_written(rate)}" for kind, rate in value.items())
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
