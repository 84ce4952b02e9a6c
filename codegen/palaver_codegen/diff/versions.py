"""The two versions of one document, and where what is different between them goes."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from palaver_codegen.diff.change import Changes, Subject
from palaver_codegen.diff.kinds import Kind
from palaver_codegen.diff.rules import Side, rules
from palaver_codegen.diff.schemas import Comparison
from palaver_codegen.documents import pointer
from palaver_codegen.documents.problems import Place
from palaver_codegen.documents.tree import Json

_NONE: frozenset[Kind] = frozenset()


@dataclass(frozen=True)
class Versions:
    """Both versions of a document; `document` is what it is called in subjects."""

    document: str
    old: dict[str, Json]
    new: dict[str, Json]
    comparison: Comparison
    changes: Changes

    def add(
        self,
        rule: str,
        name: str,
        what: str,
        old: Place | None = None,
        new: Place | None = None,
        *,
        at: Sequence[str] = (),
        same: Hashable = None,
    ) -> None:
        """Add a change in what is called `name`, at the value to which the steps of `at` lead."""
        self.changes.add(rule, Subject(self.document, name, pointer.join(at)), what, old, new, same=same)

    def payloads(
        self, side: Side, name: str, old: Json, new: Json, *, at: Sequence[str] = (), without: frozenset[Kind] = _NONE
    ) -> None:
        """Compare two schemas of what one side sends; `without` are kinds that are told otherwise."""
        for difference in self.comparison.differences(old, new):
            rule = f"{side}-{difference.kind}"
            if rule in rules() and difference.kind not in without:
                self.add(rule, name, difference.what, difference.old, difference.new, at=(*at, *difference.pointer))
