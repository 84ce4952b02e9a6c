"""The index of the search: a script that sets one array, as pages that are files may not fetch anything."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from palaver_codegen.docs.prose import bare
from palaver_codegen.docs.view import Reference


def index(references: Sequence[Reference]) -> str:
    """Return the script: what can be found, and where it is, from the top of the site."""
    items = [item for reference in references for item in _items(reference)]
    lines = ",\n".join(json.dumps(item, ensure_ascii=False, separators=(",", ":")) for item in items)
    return f"globalThis.palaverSearch = [\n{lines}\n];\n"


def _items(reference: Reference) -> Iterator[dict[str, str]]:
    for page, section in reference.sections:
        for entry in section.entries:
            kind = "event" if entry.secured is None else "endpoint" if section is reference.rest else "call"
            yield _item(reference, kind, entry.key, entry.summary, f"{page}#{entry.anchor}", entry.words)
    for problem in reference.problems:
        words = f"{problem.status} {' '.join(problem.wire)}"
        text = str(problem.description.striptags())
        yield _item(reference, "error", problem.code, text, f"errors.html#{problem.anchor}", words)
    for each in reference.types:
        fields = " ".join(row.name for row in each.shape.rows)
        yield _item(reference, "type", each.name, bare(each.shape.description), f"types.html#{each.anchor}", fields)
    for told in reference.flows:
        yield _item(reference, "flow", told.flow.title, told.flow.about, f"flows.html#flow-{told.flow.key}", "")


def _item(reference: Reference, kind: str, name: str, text: str, href: str, words: str) -> dict[str, str]:
    where = reference.name
    text = " ".join(text.split())
    return {"kind": kind, "name": name, "text": text, "where": where, "href": f"{where}/{href}", "words": words}
