"""Changes: what is different between two versions of documents, and whom it concerns."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from palaver_codegen.diff.rules import Rule, Severity, rules
from palaver_codegen.documents.problems import Place


class Document(NamedTuple):
    """The words for what the documents of a dialect describe."""

    kind: str
    holds: str


ASYNCAPI = Document("asyncapi", "events")
OPENAPI = Document("openapi", "endpoints")
GRPC = Document("grpc", "calls")
ERRORS = Document("errors", "error codes")


@dataclass(frozen=True, slots=True)
class Subject:
    """What a change is in: an event, an endpoint, a call; `pointer` leads to the value in its payload."""

    document: str
    name: str
    pointer: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One change. `subjects` are all that it is in: a schema is used in many places.

    `old` and `new` tell where it is written, None where there is no such side. `what` says it in words that go on from
    the subject or the pointer.
    """

    rule: Rule
    dialect: str
    subjects: tuple[Subject, ...]
    what: str
    old: Place | None
    new: Place | None

    @property
    def severity(self) -> Severity:
        """How much it matters."""
        return self.rule.severity


@dataclass
class Changes:
    """Collects the changes of one dialect; the same one in several places becomes one with several subjects."""

    dialect: str
    _found: dict[Hashable, tuple[Change, dict[Subject, None]]] = field(default_factory=dict)

    def add(
        self,
        rule: str,
        subject: Subject,
        what: str,
        old: Place | None = None,
        new: Place | None = None,
        *,
        same: Hashable = None,
    ) -> None:
        """Add a change. `same` is what two reports of one change have in common, by default their places."""
        key = (rule, what, (old, new) if same is None else same)
        if key not in self._found:
            self._found[key] = (Change(rules()[rule], self.dialect, (), what, old, new), {})
        self._found[key][1][subject] = None

    def listed(self) -> list[Change]:
        """Return what was found, in the order in which it is shown."""
        return in_order(replace(change, subjects=tuple(subjects)) for change, subjects in self._found.values())


_RANKS = {severity: rank for rank, severity in enumerate(Severity)}


def in_order(changes: Iterable[Change]) -> list[Change]:
    """Sort: what breaks first, then by dialect and place."""
    return sorted(
        changes,
        key=lambda change: (
            _RANKS[change.severity],
            change.dialect,
            change.new or change.old or Place(""),
            change.rule.id,
            tuple((each.document, each.name, each.pointer) for each in change.subjects),
        ),
    )


def at_least(changes: Iterable[Change], severity: Severity) -> list[Change]:
    """Return the changes that matter as much as `severity`, or more."""
    return [change for change in changes if _RANKS[change.severity] <= _RANKS[severity]]
