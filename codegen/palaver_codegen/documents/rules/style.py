"""Rules about the style of names: one for events, one for properties, whichever it is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from palaver_codegen.documents import pointer
from palaver_codegen.documents.problems import Level, Place, Problem
from palaver_codegen.documents.rules.rule import Rule, Scope, check
from palaver_codegen.documents.rules.subject import Subject
from palaver_codegen.documents.tree import mapping

EVENT_STYLE = Rule(
    "event-style",
    Level.WARNING,
    Scope.HOUSE,
    title="Events are named in one style",
    reason="Where one event is `message:send` and the next `messageSent`, every name has to be looked up.",
    remedy="Rename the odd ones, while nobody uses them yet.",
)
PROPERTY_STYLE = Rule(
    "property-style",
    Level.WARNING,
    Scope.HOUSE,
    title="Properties are named in one style",
    reason="Where one property is `userId` and the next `user_id`, every name has to be looked up.",
    remedy="Rename the odd ones, while nobody uses them yet.",
)

_STYLES = {
    "colons": re.compile(r"[a-z0-9]+([_-][a-z0-9]+)*(:[a-z0-9]+([_-][a-z0-9]+)*)+"),
    "dots": re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)+"),
    "snake_case": re.compile(r"[a-z0-9]+(_[a-z0-9]+)+"),
    "kebab-case": re.compile(r"[a-z0-9]+(-[a-z0-9]+)+"),
    "camelCase": re.compile(r"[a-z0-9]+([A-Z][a-z0-9]*)+"),
    "PascalCase": re.compile(r"([A-Z][a-z0-9]*)+"),
    "UPPER_CASE": re.compile(r"[A-Z0-9]+(_[A-Z0-9]+)*"),
}

_Named = dict[Place, str]


@check(EVENT_STYLE)
def events(subject: Subject) -> Iterator[Problem]:
    """Find events that are named otherwise than most."""
    named: _Named = {}
    for operation in subject.events():
        for message in operation.messages():
            path = ("components", "messages", message.key, "name")
            named[pointer.place_at(operation.document, path)] = message.name
    for place, name, usual in _odd(named):
        yield EVENT_STYLE.at(place, f"event {name!r} is not in {usual}, as most events are", "rename it")


@check(PROPERTY_STYLE)
def properties(subject: Subject) -> Iterator[Problem]:
    """Find properties that are named otherwise than most."""
    named: _Named = {}
    for located in subject.schemas:
        if located.is_handshake:
            continue  # HTTP has a style of its own for headers
        for name in mapping(located.schema.get("properties")):
            named[located.place("properties", name)] = name
    for place, name, usual in _odd(named):
        yield PROPERTY_STYLE.at(place, f"property {name!r} is not in {usual}, as most properties are", "rename it")


def _odd(named: _Named) -> Iterator[tuple[Place, str, str]]:
    """Return the names of a style that is not the most frequent; a single word is of any style."""
    styles = {place: _style(name) for place, name in named.items()}
    frequent = Counter(style for style in styles.values() if style).most_common(1)
    for place, style in styles.items():
        if style and style != frequent[0][0]:
            yield place, named[place], frequent[0][0]


def _style(name: str) -> str:
    return next((style for style, form in _STYLES.items() if form.fullmatch(name)), "")
