"""Canonical values: what an event or an answer says, under the vocabulary's names, whatever its wire shape."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar

from palaver_conformance.errors import Failure

T = TypeVar("T")


class Facts(Mapping[str, object]):
    """The canonical fields of one event, answer or entity.

    Entities within are read as `Facts` too. A field that was asked for and is not there, or has another type
    than the vocabulary gives it, is the server's `Failure`: `what` names the thing in its text.

    `sayable` are the fields for which the documents have a place, there or not. Two facts are equal when they are in
    all that both can say: the same message looks different in an event and in a history that has fewer fields.
    """

    def __init__(
        self, values: Mapping[str, object], what: str = "the answer", sayable: Iterable[str] | None = None
    ) -> None:
        self._values = dict(values)
        self.what = what
        self._sayable = None if sayable is None else frozenset(sayable)

    def __getitem__(self, name: str) -> object:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Facts):
            return False
        if self._sayable is None or other._sayable is None:
            return self._values == other._values
        return all(self.get(name) == other.get(name) for name in self._sayable & other._sayable)

    def __hash__(self) -> int:
        return id(self)

    def __repr__(self) -> str:
        # The report shows it to people who judge a server of their own, and know no class of ours.
        return repr(self._values)

    def find(self, path: str) -> object:
        """Return the value at a dotted path of canonical names, or None."""
        value: object = self
        for name in path.split("."):
            value = value.get(name) if isinstance(value, Facts) else None
        return value

    def matches(self, where: Mapping[str, object]) -> bool:
        """Tell whether each dotted path has the value that `where` gives it."""
        return all(self.find(path) == value for path, value in where.items())

    def having(self, name: str, value: object) -> "Facts":
        """Return the same facts with another value of one field."""
        return Facts({**self._values, name: value}, self.what, self._sayable)

    def text(self, name: str) -> str:
        """Return a field that must be a string."""
        return self._typed(name, str)

    def number(self, name: str) -> int:
        """Return a field that must be an integer."""
        return self._typed(name, int)

    def flag(self, name: str) -> bool:
        """Return a field that must be a boolean."""
        return self._typed(name, bool)

    def facts(self, name: str) -> "Facts":
        """Return a field that must be an entity."""
        return self._typed(name, Facts)

    def many(self, name: str) -> list["Facts"]:
        """Return a field that must be a list of entities."""
        return [self._checked(name, value, Facts) for value in self._list(name)]

    def texts(self, name: str) -> list[str]:
        """Return a field that must be a list of strings."""
        return [self._checked(name, value, str) for value in self._list(name)]

    @property
    def id(self) -> str:
        """Identifier of the entity."""
        return self.text("id")

    @property
    def content(self) -> str:
        """Text of a message."""
        return self.text("content")

    @property
    def sequence(self) -> int:
        """Place of a message in its conversation."""
        return self.number("sequence")

    def ident(self, name: str) -> str:
        """Return a field that must be an identifier, or an entity that has one."""
        value = self._values.get(name)
        return value.id if isinstance(value, Facts) else self.text(name)

    def _list(self, name: str) -> list[object]:
        value: list[object] = self._typed(name, list)
        return value

    def _typed(self, name: str, kind: type[T]) -> T:
        if name not in self._values:
            raise Failure(f"{self.what} to have a {name}", (repr(self._values),))
        return self._checked(name, self._values[name], kind)

    def _checked(self, name: str, value: object, kind: type[T]) -> T:
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise Failure(f"{name} of {self.what} to be a {kind.__name__}", (repr(value),))
        return value
