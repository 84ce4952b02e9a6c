"""The reference page of `x-chat`, written from the vocabulary itself.

python -m palaver_codegen.documents.vocabulary_page docs/reference/x-chat.md
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from palaver_codegen.documents.rules.meanings import OPERATION_KEYS, SCHEMA_KEYS
from palaver_codegen.documents.vocabulary import Field, Kind, Meaning, vocabulary

_HEAD = """\
<!-- Written by `make reference` from the vocabulary itself. Do not edit. -->

# x-chat

What operations and events mean, in one vocabulary for all documents: why there is one stands in
[ADR 2](../adr/0002-x-chat-gives-meaning.md), and how documents of somebody else get it by an overlay in
[a tutorial](../tutorials/bring-your-own-documents.md).

## Where it stands

In AsyncAPI and OpenAPI at an operation, in `grpc.yaml` at a call:

```yaml
x-chat:
  means: message.edit
  fields: {id: /messageId, content: /content}
  result: {message: /data}
  errors: [FORBIDDEN, NOT_FOUND, VALIDATION_ERROR]
  emits: [message.edited]
```

A pointer begins at the payload; the empty one is all of it. In what is sent by a request it begins with `/path`,
`/query` or `/body`.
"""
_NAMES = """
## Meanings

What clients ask for is an operation, what the server sends an event.
"""
_ENTITIES = """
## Entities

Things that several meanings hold. A schema that says which it is has its fields looked up wherever it is used.
"""
_FORMS = """
In the column *form*, `scalar` is a single value, `list` several, and any other word an [entity](#entities).
"""
_KINDS = {Kind.OPERATION: "operation", Kind.EVENT: "event"}


def page() -> str:
    """Return the reference page, in Markdown."""
    words = vocabulary()
    parts = [_HEAD, *_keys("an operation", OPERATION_KEYS), *_keys("a schema", SCHEMA_KEYS), _NAMES, _FORMS]
    parts += ["\n| meaning | kind | what it says |\n|---|---|---|\n"]
    parts += [
        f"| [{each.name}](#{_anchor(each.name)}) | {_KINDS[each.kind]} | {each.summary} |\n"
        for each in words.meanings.values()
    ]
    for meaning in words.meanings.values():
        parts += _meaning(meaning)
    parts.append(_ENTITIES)
    for entity in words.entities.values():
        parts.append(f"\n### Entity {entity.name}\n\n{entity.summary}\n")
        parts += _fields("field", entity.fields)
    return "".join(parts)


def _keys(whose: str, keys: Mapping[str, str]) -> Iterator[str]:
    yield f"\n| key of {whose} | what it says |\n|---|---|\n"
    yield from (f"| `{key}` | {said} |\n" for key, said in keys.items())


def _meaning(meaning: Meaning) -> Iterator[str]:
    alone = " It may come without an operation that causes it." if meaning.spontaneous else ""
    yield f"\n### {meaning.name}\n\n*{_KINDS[meaning.kind].capitalize()}.* {meaning.summary}{alone}\n"
    yield from _fields("field", meaning.fields)
    yield from _fields("result", meaning.result)


def _fields(called: str, fields: Mapping[str, Field]) -> Iterator[str]:
    if not fields:
        return
    yield f"\n| {called} | form | | what it is |\n|---|---|---|---|\n"
    for each in fields.values():
        needed = "required" if each.required else ""
        yield f"| `{each.name}` | {' or '.join(each.types)} | {needed} | {each.summary} |\n"


def _anchor(heading: str) -> str:
    """Return the anchor that Markdown gives a heading, of which it leaves dots out."""
    return heading.replace(".", "")


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
