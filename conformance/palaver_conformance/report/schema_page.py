"""The reference page of the JSON report, written from its JSON Schema.

python -m palaver_conformance.report.schema_page docs/reference/conformance-report.md
"""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from palaver_conformance.report.json import schema

_HEAD = """\
<!-- Written by `make reference` from the schema itself. Do not edit. -->

# The JSON report

What `palaver conform --json FILE` writes. Its JSON Schema is
[`report.schema.json`](../../conformance/palaver_conformance/report/report.schema.json), which
is shipped with the package:

```sh
.venv/bin/python -c "from palaver_conformance.report import json; print(json.schema())"
```

`--compare` reads reports of its own version only. `palaver conform --list --json FILE` writes `version` and `scenarios`
alone, and of each scenario what comes before its `verdict`.
"""
_TABLE = "\n| key | value | what it is |\n|---|---|---|\n"
_WORDS: Final[Mapping[str, str]] = {
    "boolean": "true or false",
    "integer": "whole number",
    "null": "null",
    "number": "number",
    "object": "object",
    "string": "text",
}
_REF = "#/$defs/"

Schema = Mapping[str, Any]


def page() -> str:
    """Return the reference page, in Markdown."""
    whole: Schema = json.loads(schema())
    parts = [_HEAD, *_table(whole, "")]
    for name, shape in whole["$defs"].items():
        parts.append(f"\n## {name}\n\n{shape['description']}\n")
        if "enum" in shape:
            parts.append(f"\nOne of {_listed(shape['enum'])}.\n")
        else:
            parts += _table(shape, "")
    return "".join(parts)


def _table(shape: Schema, group: str) -> Iterator[str]:
    """Yield a table of what an object has; the head of the table is left out within another."""
    if not group:
        yield _TABLE
    for name, each in shape.get("properties", {}).items():
        said = [each["description"]] if "description" in each else []
        said += [] if name in shape.get("required", ()) else ["May be missing."]
        yield f"| `{group}{name}` | {_value(each)} | {' '.join(said)} |\n"
        if "properties" in each:
            yield from _table(each, f"{group}{name}.")


def _value(shape: Schema) -> str:
    """Return what a value can be, in words."""
    if "anyOf" in shape:
        return " or ".join(_value(each) for each in shape["anyOf"])
    if "$ref" in shape:
        name = shape["$ref"].removeprefix(_REF)
        return f"[{name}](#{name})"
    if "const" in shape:
        return f"`{shape['const']}`"
    if "enum" in shape:
        return _listed(shape["enum"])
    if shape["type"] == "array":
        return f"list of {_value(shape['items'])}"
    kinds = shape["type"] if isinstance(shape["type"], list) else [shape["type"]]
    return " or ".join("moment in UTC" if shape.get("format") == "date-time" else _WORDS[kind] for kind in kinds)


def _listed(values: list[object]) -> str:
    *others, last = [f"`{each}`" for each in values]
    return f"{', '.join(others)} or {last}"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
