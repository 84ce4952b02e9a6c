"""Changes as text for people, JSON for programs, Markdown for a pull request, and entries for a changelog."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence

from palaver_codegen.diff.change import Change, Subject
from palaver_codegen.diff.rules import Severity
from palaver_codegen.documents.problems import Place
from palaver_codegen.documents.tree import Json

# So many of the places in which a change is are named; the rest are counted.
_NAMED = 4
_SECTIONS = ("Added", "Changed", "Deprecated", "Removed")


def counted(changes: Sequence[Change]) -> str:
    """Return how many changes there are of each severity, in words."""
    counts = [(sum(change.severity is severity for change in changes), severity) for severity in Severity]
    return ", ".join(f"{count} {severity}" for count, severity in counts if count) or "no changes"


def as_text(changes: Sequence[Change], style: Callable[[Severity], str] = str) -> str:
    """Return a paragraph for each change; `style` writes its severity, in a colour perhaps."""
    return "".join(f"{paragraph}\n" for change in changes for paragraph in _paragraph(change, style))


def as_data(changes: Sequence[Change]) -> dict[str, Json]:
    """Return the changes as plain values; `version` is that of this form."""
    return {
        "version": 1,
        "summary": {severity.value: sum(each.severity is severity for each in changes) for severity in Severity},
        "changes": [
            {
                "rule": change.rule.id,
                "severity": change.severity.value,
                "dialect": change.dialect,
                "subjects": [
                    {"document": each.document, "name": each.name, "pointer": each.pointer} for each in change.subjects
                ],
                "what": change.what,
                "why": change.rule.why,
                "old": _position(change.old),
                "new": _position(change.new),
            }
            for change in changes
        ],
    }


def as_json(changes: Sequence[Change]) -> str:
    """Return `as_data` as JSON text."""
    return json.dumps(as_data(changes), indent=2, ensure_ascii=False) + "\n"


def as_markdown(changes: Sequence[Change]) -> str:
    """Return tables by severity, those of safe changes folded, to be posted at a pull request."""
    lines = [f"## Contract: {counted(changes)}", ""]
    for severity in Severity:
        chosen = [change for change in changes if change.severity is severity]
        if not chosen:
            continue
        folded = severity is Severity.SAFE
        lines += [f"<details><summary>{len(chosen)} safe</summary>" if folded else f"### {severity.title()}", ""]
        lines += ["| where | what | why | rule |", "|---|---|---|---|"]
        lines += [_row(change) for change in chosen]
        lines += ["", "</details>", ""] if folded else [""]
    return "\n".join(lines).rstrip("\n") + "\n"


def as_changelog(changes: Sequence[Change]) -> str:
    """Return entries in the sections of Keep a Changelog, to be put under a version's heading and edited."""
    several = len({change.dialect for change in changes}) > 1
    sections: Mapping[str, list[str]] = {section: [] for section in _SECTIONS}
    for change in changes:
        mark = "**Breaking:** " if change.severity is Severity.BREAKING else ""
        dialect = f"`{change.dialect}`: " if several else ""
        why = f" {change.rule.why}" if change.severity is not Severity.SAFE else ""
        sections[_section(change)].append(f"- {mark}{dialect}{_where(change, _code)} {change.what}.{why}")
    parts = [f"### {name}\n\n" + "\n".join(entries) + "\n" for name, entries in sections.items() if entries]
    return "\n".join(parts) or "Nothing changed.\n"


def _paragraph(change: Change, style: Callable[[Severity], str]) -> Iterator[str]:
    first, *others = change.subjects
    yield f"{style(change.severity)}: {change.dialect}: {_plain(first)}: {change.what} [{change.rule.id}]"
    yield f"    {change.rule.why}"
    if others:
        more = f" and {len(others) - _NAMED} more" if len(others) > _NAMED else ""
        yield f"    also in {'; '.join(_plain(each) for each in others[:_NAMED])}{more}"
    for word, place in (("old", change.old), ("new", change.new)):
        if place is not None:
            yield f"    {word} {place}"


def _row(change: Change) -> str:
    places = " → ".join(f"{place.file}:{place.line}" for place in (change.old, change.new) if place is not None)
    cells = (
        f"{change.dialect}: {_where(change, _code)}",
        f"{change.what}<br>{places}",
        change.rule.why,
        change.rule.id,
    )
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def _where(change: Change, form: Callable[[Subject], str]) -> str:
    first, *others = change.subjects
    more = f" (and {len(others)} more)" if others else ""
    return form(first) + more


def _plain(subject: Subject) -> str:
    return f"{subject.name} {subject.pointer}".rstrip()


def _code(subject: Subject) -> str:
    return f"`{subject.name}` `{subject.pointer}`" if subject.pointer else f"`{subject.name}`"


def _section(change: Change) -> str:
    name = change.rule.id
    if name.endswith("deprecated"):
        return "Deprecated"
    whole = change.rule.group != "schemas" or "property" in name
    if whole and name.endswith("-added"):
        return "Added"
    return "Removed" if whole and name.endswith("-removed") else "Changed"


def _position(place: Place | None) -> Json:
    return None if place is None else {"file": place.file, "line": place.line, "column": place.column}
