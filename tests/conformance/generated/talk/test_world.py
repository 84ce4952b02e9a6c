"""The model of a talk."""

from palaver_conformance.generated.talk.deeds import Deed
from palaver_conformance.generated.talk.world import Told, World


def world() -> World:
    """Return a lobby of three, and a room of two of them."""
    made = World(("alice", "bob", "carol"))
    made.open_room("alice", "bob", "carol")
    made.open_room("alice", "bob")
    return made


def heard(made: World, who: str, number: int, room: int) -> list[Told]:
    """Return what somebody's device has to hear in a room."""
    return made.handset(who, number).heard.get(room, [])


def act(made: World, *deeds: Deed) -> None:
    """Do one after the other."""
    for deed in deeds:
        made.act(deed)


def test_what_is_said_is_heard_by_all_devices_of_those_inside() -> None:
    """Each of them hears it, the sender's too, and nobody outside does."""
    made = world()
    act(made, Deed("connect", "bob", device=2), Deed("send", "alice", 1, 1, 1), Deed("edit", "alice", 1, 1, 1))
    told = [Told("created", 1, "m1"), Told("edited", 1, "m1, edit 1")]
    assert [heard(made, *at, 1) for at in (("alice", 1), ("bob", 1), ("bob", 2))] == [told] * 3
    assert heard(made, "carol", 1, 1) == []


def test_who_is_away_hears_nothing() -> None:
    """A device that has closed, dropped or muted a room hears no more; one that enters again does."""
    made = world()
    act(
        made,
        Deed("connect", "bob", device=2),
        Deed("close", "bob", device=1),
        Deed("drop", "carol", device=1),
        Deed("mute", "bob", 1, 2),
        Deed("send", "alice", 1, 1, 1),
        Deed("enter", "bob", 1, 2),
        Deed("send", "alice", 1, 1, 2),
        Deed("send", "alice", 0, 1, 3),
    )
    assert heard(made, "bob", 1, 1) == heard(made, "carol", 1, 0) == []
    assert heard(made, "bob", 2, 1) == [Told("created", 2, "m2")]
    assert heard(made, "bob", 2, 0) == [Told("created", 3, "m3")]


def test_who_comes_and_goes() -> None:
    """Who is removed hears no more, and who is added finds nothing unread; the others are told of both."""
    made = world()
    act(
        made,
        Deed("send", "alice", 1, 1, 1),
        Deed("add", "alice", 1, other="carol"),
        Deed("remove", "alice", 1, other="bob"),
        Deed("send", "alice", 1, 1, 2),
    )
    room = made.rooms[1]
    assert (room.members, room.unread("carol")) == (["alice", "carol"], 1)
    assert heard(made, "bob", 1, 1) == [Told("created", 1, "m1")]
    assert heard(made, "carol", 1, 1) == [Told("created", 2, "m2")]
    assert dict(made.handset("alice", 1).comings) == {(1, "added", "carol"): 1, (1, "removed", "bob"): 1}
    act(made, Deed("leave", "alice", 1))
    assert room.owner == "carol"
    act(made, Deed("join", "bob", 1))
    assert room.members == ["carol", "bob"]


def test_marks_move_forward_only() -> None:
    """What is unread are those of others behind the mark that are not deleted."""
    made = world()
    act(made, *(Deed("send", "alice", 1, 1, number) for number in (1, 2, 3)), Deed("send", "bob", 1, 1, 4))
    room = made.rooms[1]
    assert (room.unread("bob"), room.unread("alice")) == (3, 1)
    act(made, Deed("mark", "bob", 1, 1, 2), Deed("mark", "bob", 1, 1, 1), Deed("delete", "alice", 1, 1, 3))
    assert room.unread("bob") == 0
    assert dict(made.handset("alice", 1).marks) == {(1, "bob", 2): 1}


def test_what_was_interrupted_is_said_once() -> None:
    """The device that dropped is gone, and the one that repeats it may have come before or after."""
    made = world()
    act(made, Deed("interrupt", "alice", 1, 1, 1), Deed("repeat", "alice", 1, 2, 1))
    assert [each.number for each in made.open_handsets("alice")] == [2]
    assert made.handset("alice", 2).unsure == {1}
    assert made.handset("bob", 1).created(1) == {1}
    assert len(made.rooms[1].messages) == 1


def test_refused_changes_nothing() -> None:
    """What must be refused is not done."""
    made = world()
    act(made, Deed("send", "carol", 1, 1, 1, refusal="FORBIDDEN"))
    assert (made.messages, made.next_message) == ({}, 1)


def test_log_knows_what_one_knew() -> None:
    """Up to a place, each message is as it was then."""
    made = world()
    act(made, Deed("send", "alice", 1, 1, 1), Deed("edit", "alice", 1, 1, 1), Deed("type", "alice", 1, 1))
    assert made.rooms[1].known(1) == {1: Told("created", 1, "m1")}
    assert made.rooms[1].known(2) == {1: Told("edited", 1, "m1, edit 1")}
    assert dict(made.handset("bob", 1).typing) == {(1, "alice"): 1}
    assert not made.handset("alice", 1).typing


def test_names_are_told() -> None:
    """Those inside hear a new name."""
    made = world()
    act(made, Deed("rename", "alice", 1))
    assert made.handset("bob", 1).names == {(1, "a room!")}
    assert made.handset("carol", 1).names == set()
