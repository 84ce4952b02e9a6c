"""The reference page of the rules of `palaver diff`, written from the rules themselves.

python -m palaver_codegen.diff.page docs/reference/diff.md
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter
from pathlib import Path

from palaver_codegen.diff.rules import rules

_HEAD = """\
<!-- Written by `make reference` from the rules themselves. Do not edit. -->

# The rules of `palaver diff`

`palaver diff OLD NEW` compares two versions of documents: folders, or git revisions. [How to change the
contract](../howto/change-the-contract.md) shows how to use it.

What counts is who sends something. What clients send may only widen: whatever a client sends today must be good
tomorrow. What the server sends or acknowledges may only narrow: whatever a client has learnt to read must be all that
it gets. In an AsyncAPI document `action` is from the server's side, so `receive` is what clients send.

| severity | what it means |
|---|---|
| breaking | a client that keeps the old document fails |
| risky | such a client may fail, or does something else than it means to |
| safe | such a client goes on as before |

Schemas are compared by the values that are valid for them, not by their text. References are followed, `allOf` is
merged, unions are matched by tag, name and likeness; a schema that moved or is called otherwise is the same. What
cannot be ordered by how much it allows (two patterns, `not`, `if`) is told as such. A list of error codes is not judged
as a list of values: codes have rules of their own. Descriptions, titles and examples are not compared, and neither are
hosts and ports.

A change in a schema that is used in several places is told once, with all of them.

## Output

`--format text` is for people, `json` for programs: `{version, summary, changes}`, where a change has `rule`,
`severity`, `dialect`, `subjects` (each with `document`, `name` and a JSON `pointer` into the payload, in which `*` is
any item), `what`, `why`, and `old` and `new` (`file`, `line`, `column`, or null). `markdown` is for a pull request, and
`changelog` has entries in the sections of Keep a Changelog.

The exit code is 0 if nothing breaks and 1 if something does; `--fail-on risky` is stricter, and `--fail-on never` only
reports. 2 is wrong usage, 3 documents that cannot be read.

## Rules
"""


def page() -> str:
    """Return the reference page, in Markdown."""
    return _HEAD + "".join(_tables())


def _tables() -> Iterator[str]:
    """Yield a heading and a table for each group of rules."""
    for group, listed in groupby(rules().values(), key=attrgetter("group")):
        yield f"\n### {group.capitalize()}\n\n| rule | severity | what | why |\n|---|---|---|---|\n"
        for rule in listed:
            yield f"| `{rule.id}` | {rule.severity} | {rule.summary} | {rule.why} |\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
