"""The kinds of difference between two schemas, and what each does to the set of values that are valid."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum

from palaver_codegen.documents.problems import Place


class Effect(Enum):
    """What becomes of the values: fewer are valid, more are, some are and others no longer, or all is as it was."""

    NARROWS = "narrows"
    WIDENS = "widens"
    CHANGES = "changes"
    NEITHER = "neither"

    @property
    def narrows(self) -> bool:
        """Whether a value that was valid may be valid no longer."""
        return self in (Effect.NARROWS, Effect.CHANGES)

    @property
    def widens(self) -> bool:
        """Whether a value is valid that was not."""
        return self in (Effect.WIDENS, Effect.CHANGES)


class Kind(StrEnum):
    """One kind of difference; the rules of requests and responses are called `request-` and `response-` and this.

    An object is open where it may have properties that its schema does not list.
    """

    PROPERTY_ADDED = "property-added"
    PROPERTY_REMOVED = "property-removed"
    REQUIRED_PROPERTY_ADDED = "required-property-added"
    REQUIRED_PROPERTY_REMOVED = "required-property-removed"
    OPEN_PROPERTY_ADDED = "open-property-added"
    OPEN_PROPERTY_REMOVED = "open-property-removed"
    OPEN_REQUIRED_PROPERTY_ADDED = "open-required-property-added"
    OPEN_REQUIRED_PROPERTY_REMOVED = "open-required-property-removed"
    PROPERTY_REQUIRED = "property-required"
    PROPERTY_OPTIONAL = "property-optional"
    TYPE_NARROWED = "type-narrowed"
    TYPE_WIDENED = "type-widened"
    TYPE_CHANGED = "type-changed"
    NULL_REMOVED = "null-removed"
    NULL_ADDED = "null-added"
    VALUE_REMOVED = "value-removed"
    VALUE_ADDED = "value-added"
    VALUES_LIMITED = "values-limited"
    VALUES_FREED = "values-freed"
    CONSTANT_CHANGED = "constant-changed"
    LIMIT_NARROWED = "limit-narrowed"
    LIMIT_WIDENED = "limit-widened"
    PATTERN_ADDED = "pattern-added"
    PATTERN_REMOVED = "pattern-removed"
    PATTERN_CHANGED = "pattern-changed"
    FORMAT_ADDED = "format-added"
    FORMAT_REMOVED = "format-removed"
    FORMAT_CHANGED = "format-changed"
    OBJECT_CLOSED = "object-closed"
    OBJECT_OPENED = "object-opened"
    ALTERNATIVE_REMOVED = "alternative-removed"
    ALTERNATIVE_ADDED = "alternative-added"
    CONDITION_CHANGED = "condition-changed"
    DEFAULT_CHANGED = "default-changed"
    DEPRECATED = "deprecated"
    ENTITY_CHANGED = "entity-changed"

    @property
    def effect(self) -> Effect:
        """Return what a difference of this kind does to the set of valid values."""
        return _EFFECTS[self]

    @property
    def mirror(self) -> Kind:
        """Return the kind that the same difference is of when it is read from new to old."""
        return _MIRRORS.get(self, self)


_OPPOSITES = (
    # What stands first narrows, its opposite widens.
    (Kind.PROPERTY_REMOVED, Kind.PROPERTY_ADDED),
    (Kind.OPEN_PROPERTY_ADDED, Kind.OPEN_PROPERTY_REMOVED),
    (Kind.OPEN_REQUIRED_PROPERTY_ADDED, Kind.OPEN_REQUIRED_PROPERTY_REMOVED),
    (Kind.PROPERTY_REQUIRED, Kind.PROPERTY_OPTIONAL),
    (Kind.TYPE_NARROWED, Kind.TYPE_WIDENED),
    (Kind.NULL_REMOVED, Kind.NULL_ADDED),
    (Kind.VALUE_REMOVED, Kind.VALUE_ADDED),
    (Kind.VALUES_LIMITED, Kind.VALUES_FREED),
    (Kind.LIMIT_NARROWED, Kind.LIMIT_WIDENED),
    (Kind.PATTERN_ADDED, Kind.PATTERN_REMOVED),
    (Kind.FORMAT_ADDED, Kind.FORMAT_REMOVED),
    (Kind.OBJECT_CLOSED, Kind.OBJECT_OPENED),
    (Kind.ALTERNATIVE_REMOVED, Kind.ALTERNATIVE_ADDED),
)
_MIRRORS = {
    **dict(_OPPOSITES),
    **{wide: narrow for narrow, wide in _OPPOSITES},
    Kind.REQUIRED_PROPERTY_ADDED: Kind.REQUIRED_PROPERTY_REMOVED,
    Kind.REQUIRED_PROPERTY_REMOVED: Kind.REQUIRED_PROPERTY_ADDED,
}
_EFFECTS = {
    **dict.fromkeys(Kind, Effect.CHANGES),
    **{narrow: Effect.NARROWS for narrow, _ in _OPPOSITES},
    **{wide: Effect.WIDENS for _, wide in _OPPOSITES},
    Kind.DEFAULT_CHANGED: Effect.NEITHER,
    Kind.DEPRECATED: Effect.NEITHER,
    Kind.ENTITY_CHANGED: Effect.NEITHER,
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference between two schemas.

    `pointer` leads to the value that it is about, in the value that the schemas describe; `*` stands for any item of an
    array and any value of a map. `what` says it in words.
    """

    kind: Kind
    pointer: tuple[str, ...]
    old: Place
    new: Place
    what: str
