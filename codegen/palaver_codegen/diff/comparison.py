"""Comparing two versions of one dialect, or of all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from palaver_codegen.diff.change import ASYNCAPI, GRPC, OPENAPI, Change, Changes, Document, Subject, in_order
from palaver_codegen.diff.endpoints import compare_endpoints
from palaver_codegen.diff.errors import Codes
from palaver_codegen.diff.events import compare_events
from palaver_codegen.diff.schemas import Comparison
from palaver_codegen.diff.versions import Versions
from palaver_codegen.documents import Bundle
from palaver_codegen.documents.tree import Json, place_in

if TYPE_CHECKING:
    from collections.abc import Callable


def compare(old: Bundle, new: Bundle) -> list[Change]:
    """Return what is different between two versions of a dialect, what breaks first."""
    changes = Changes(new.dialect)
    codes = Codes(old.errors, new.errors)
    for document, before, after, compared in (
        (ASYNCAPI, old.asyncapi, new.asyncapi, compare_events),
        (OPENAPI, old.openapi, new.openapi, compare_endpoints),
        (GRPC, old.grpc, new.grpc, _compare_calls),
    ):
        if before is None or after is None:
            _absent(changes, document, before, after)
            continue
        comparison = Comparison(before, after, {*old.catalogue, *new.catalogue})
        versions = Versions(document.kind, before, after, comparison, changes)
        run: Callable[[Versions, Codes], None] = compared
        run(versions, codes)
    codes.compare_entries(changes)
    return changes.listed()


def compare_all(old: Mapping[str, Bundle], new: Mapping[str, Bundle]) -> list[Change]:
    """Return what is different between two versions of several dialects, by name."""
    found: list[Change] = []
    for name in sorted({*old, *new}):
        if name in old and name in new:
            found += compare(old[name], new[name])
            continue
        changes = Changes(name)
        bundle = old.get(name) or new[name]
        place = place_in(bundle.documents[0], "")
        if name in old:
            changes.add("dialect-removed", Subject("", name), "is gone", place, None)
        else:
            changes.add("dialect-added", Subject("", name), "is new", None, place)
        found += changes.listed()
    return in_order(found)


def _compare_calls(versions: Versions, codes: Codes) -> None:
    # Only where there are calls is protobuf needed.
    from palaver_codegen.diff.calls import compare_calls

    compare_calls(versions, codes)


def _absent(changes: Changes, document: Document, old: Json, new: Json) -> None:
    """Note that one side has no such document, unless neither has."""
    subject = Subject(document.kind, document.holds)
    if old is not None:
        changes.add("document-removed", subject, "are gone: their document is", place_in(old, ""), None)
    elif new is not None:
        changes.add("document-added", subject, "are new", None, place_in(new, ""))
