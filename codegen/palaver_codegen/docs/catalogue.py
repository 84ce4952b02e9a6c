"""The reference page of the error catalogue, written from the documents.

python -m palaver_codegen.docs.catalogue spec docs/reference/errors.md
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from palaver_codegen.docs.flows import name
from palaver_codegen.docs.reference import wording
from palaver_codegen.documents import Bundle, load_bundle
from palaver_codegen.documents.folder import selected
from palaver_codegen.documents.operations import Direction, operations
from palaver_codegen.documents.tree import Json, entries, text

_HEAD = """\
<!-- Written by `make reference` from the documents. Do not edit. -->

# Errors

Every code with which a server says no, as `spec/common/errors.yaml` has it. A code means the same in every dialect;
some have words of their own for it. Over REST a code comes with its HTTP status; over sockets and gRPC it comes as the
dialect's documents say. How a code is added is in [CONTRIBUTING.md](../../CONTRIBUTING.md#add-an-error-code).

| code | HTTP status | try again? | what it means |
|---|---|---|---|
"""


def page(bundles: Sequence[Bundle]) -> str:
    """Return the reference page, in Markdown, of the catalogue that the dialects in `bundles` share."""
    codes: dict[str, Json] = {code: entry for each in bundles for code, entry in each.catalogue.items()}
    rows = [
        f"| [{code}](#{code.lower()}) | {entry['status']} | {_again(entry)} | {text(entry['description'])} |\n"
        for code, entry in entries(codes)
    ]
    sections = [line for code, entry in entries(codes) for line in _section(code, entry, bundles)]
    return "".join([_HEAD, *rows, *sections])


def _again(entry: Mapping[str, Json]) -> str:
    return "may help" if entry["retryable"] is True else "no"


def _section(code: str, entry: Mapping[str, Json], bundles: Sequence[Bundle]) -> Iterator[str]:
    yield f"\n## {code}\n\n**{text(entry['description'])}** (HTTP {entry['status']})\n"
    yield f"\n{text(entry['raised']).strip()}\n"
    yield "\n| dialect | says it as | in answer to |\n|---|---|---|\n"
    for bundle in bundles:
        told = [f"`{each}`" for each in _told(code, bundle)]
        words = [f"`{each}`" for each in wording(bundle).get(code, [code])]
        if told:
            yield f"| {bundle.dialect} | {', '.join(words)} | {', '.join(told)} |\n"


def _told(code: str, bundle: Bundle) -> list[str]:
    """Return what clients can ask for and be refused with a code, by its names on the wire."""
    return [
        name(operation)
        for document in bundle.documents
        for operation in operations(document)
        if operation.direction is not Direction.EVENT_OUT and code in operation.errors
    ]


if __name__ == "__main__":
    found = [load_bundle(folder) for folder in selected(Path(sys.argv[1]), ())]
    Path(sys.argv[2]).write_text(page(found), encoding="utf-8")
