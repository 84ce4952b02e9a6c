"""Who takes part in a wire log."""

from palaver_conformance.evidence.trace import Entry
from palaver_conformance.report.html.lanes import Lane, lanes


def log(*connections: str, instances: int = 1) -> list[Entry]:
    """Return a log in which each connection speaks, to one instance after the other."""
    return [Entry(at, each, "->", "x", at % instances) for at, each in enumerate(connections)]


def test_servers_stand_among_the_people() -> None:
    """Each person has a lane, behind half of whom the server stands; requests go with their first connection."""
    entries = log("alice/http", "alice/1", "bob/1", "carol/http")
    found = lanes([*entries, Entry(9, "", "==", "a mark")])
    assert list(found.lanes) == [Lane("alice"), Lane("server", server=True), Lane("bob"), Lane("carol")]
    assert [found.client(entry) for entry in entries] == [0, 0, 2, 3]
    assert {found.server(entry) for entry in entries} == {1}


def test_connections_of_one_person_are_told_apart() -> None:
    """Who has several connections has several lanes, side by side."""
    entries = log("alice/1", "bob/1", "alice/2", "alice/http")
    found = lanes(entries)
    assert [(lane.name, lane.detail) for lane in found.lanes] == [
        ("alice", "connection 1"),
        ("alice", "connection 2"),
        ("server", ""),
        ("bob", ""),
    ]
    assert [found.client(entry) for entry in entries] == [0, 3, 1, 0]


def test_instances_are_told_apart() -> None:
    """Each instance that somebody is connected to has a lane."""
    entries = log("alice/1", "bob/1", instances=2)
    found = lanes(entries)
    assert [(lane.name, lane.detail) for lane in found.lanes if lane.server] == [
        ("server", "instance 1"),
        ("server", "instance 2"),
    ]
    assert [found.server(entry) for entry in entries] == [1, 2]


def test_many_connections_share_a_lane() -> None:
    """Twenty connections of one person are one lane; a person alone has the server beside them."""
    entries = log(*(f"alice/{number}" for number in range(1, 21)))
    found = lanes(entries)
    assert [lane.name for lane in found.lanes] == ["alice", "server"]
    assert {found.client(entry) for entry in entries} == {0}


def test_nobody_takes_part_in_nothing() -> None:
    """A log of remarks alone has no lanes."""
    assert list(lanes([Entry(0, "", "==", "a mark")]).lanes) == []
