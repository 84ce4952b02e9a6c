"""Who takes part in a wire log: a lane for each connection, and for each instance of the server."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from palaver_conformance.evidence.trace import Entry

_MOST = 14
_CALLS = ("http", "grpc")


@dataclass(frozen=True)
class Lane:
    """A column of a diagram."""

    name: str
    detail: str = ""
    server: bool = False


@dataclass(frozen=True)
class Lanes:
    """The columns of a diagram, with servers among the clients, and which of them everything belongs to."""

    lanes: Sequence[Lane]
    _connections: Mapping[str, int]
    _instances: Mapping[int, int]

    def client(self, entry: Entry) -> int:
        """Return the number of the lane of the entry's connection."""
        return self._connections[entry.connection]

    def server(self, entry: Entry) -> int:
        """Return the number of the lane of the instance that the entry's connection leads to."""
        return self._instances[entry.instance]


def lanes(entries: Iterable[Entry]) -> Lanes:
    """Return the lanes of a log.

    Requests and calls go with the first connection of whoever makes them. Connections of many are one lane for each
    person. The servers stand behind the first half of the people, so that what is said goes through the middle.
    """
    told = [entry for entry in entries if entry.connection]
    people: dict[str, list[str]] = {}
    for connection in dict.fromkeys(entry.connection for entry in told):
        name, _, detail = connection.partition("/")
        numbers = people.setdefault(name, [])
        if detail not in _CALLS:
            numbers.append(detail)
    if sum(max(1, len(numbers)) for numbers in people.values()) > _MOST:
        people = {name: numbers[:1] for name, numbers in people.items()}
    instances = sorted({entry.instance for entry in told})
    first = max(1, len(people) // 2)
    row: list[Lane] = []
    places: dict[tuple[str, str], int] = {}
    servers: dict[int, int] = {}
    for at, (name, numbers) in enumerate(people.items()):
        if at == first:
            servers = _servers(row, instances)
        for number in numbers or [""]:
            places[name, number] = len(row)
            row.append(Lane(name, f"connection {number}" if len(numbers) > 1 else ""))
    if not servers:
        servers = _servers(row, instances)
    connections = {}
    for entry in told:
        name, _, number = entry.connection.partition("/")
        at_first = places[name, (people[name] or [""])[0]]
        connections[entry.connection] = places.get((name, number), at_first)
    return Lanes(row, connections, servers)


def _servers(row: list[Lane], instances: Sequence[int]) -> dict[int, int]:
    start = len(row)
    row.extend(Lane("server", f"instance {each + 1}" if len(instances) > 1 else "", server=True) for each in instances)
    return {each: start + at for at, each in enumerate(instances)}
