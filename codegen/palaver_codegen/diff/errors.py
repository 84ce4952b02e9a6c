"""Error codes: of a whole dialect, and of each operation."""

from __future__ import annotations

from dataclasses import dataclass

from palaver_codegen.diff.change import ERRORS, Changes, Subject
from palaver_codegen.diff.versions import Versions
from palaver_codegen.documents.operations import Operation
from palaver_codegen.documents.problems import Place
from palaver_codegen.documents.tree import Json, mapping, place_in


@dataclass(frozen=True)
class Codes:
    """The codes that a dialect names, in both versions: by code, its entry in the catalogue."""

    old: dict[str, Json]
    new: dict[str, Json]

    def of_operation(self, versions: Versions, name: str, old: Operation, new: Operation) -> None:
        """Compare the codes with which two versions of an operation can be refused."""
        places = old.place("x-chat", "errors"), new.place("x-chat", "errors")
        for code in new.errors:
            if code not in old.errors:
                rule = "operation-error-added" if code in self.old else "error-added"
                versions.add(rule, name, f"can be refused with {code} now", *places, same=code)
        for code in old.errors:
            if code not in new.errors:
                rule = "operation-error-removed" if code in self.new else "error-removed"
                versions.add(rule, name, f"is not refused with {code} any more", *places, same=code)

    def added_statuses(self, old: Operation, new: Operation) -> set[str]:
        """Return the HTTP statuses of the codes that an operation can newly be refused with."""
        return {_status(self.new, code) for code in set(new.errors) - set(old.errors)}

    def compare_entries(self, changes: Changes) -> None:
        """Compare what the catalogue says of the codes that both versions name."""
        for code, entry in self.old.items():
            if code not in self.new:
                continue
            subject = Subject(ERRORS.kind, f"error code {code}")
            before, after = mapping(entry), mapping(self.new[code])
            if before.get("status") != after.get("status"):
                what = f"has the status {after.get('status')} and had {before.get('status')}"
                changes.add("error-status-changed", subject, what, *_places(before, after, "status"))
            was, now = before.get("retryable") is True, after.get("retryable") is True
            if was != now:
                rule, what = ("error-retryable", "may pass") if now else ("error-final", "does not pass any more")
                changes.add(rule, subject, what, *_places(before, after, "retryable"))


def _status(catalogue: dict[str, Json], code: str) -> str:
    return str(mapping(catalogue.get(code)).get("status"))


def _places(old: Json, new: Json, key: str) -> tuple[Place, Place]:
    return place_in(old, key), place_in(new, key)
