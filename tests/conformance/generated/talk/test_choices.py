"""From a draw to a deed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from palaver_conformance.contract import sources
from palaver_conformance.generated.talk.choices import Choice, Chooser
from palaver_conformance.generated.talk.deeds import _NEEDS, Abilities, Deed
from palaver_conformance.generated.talk.world import World

SMALL = st.integers(0, 7)
CHOICES = st.lists(st.builds(Choice, st.sampled_from(sorted(_NEEDS)), SMALL, SMALL, SMALL, SMALL), max_size=30)


def beginning(spec: str) -> tuple[World, Chooser]:
    """Return a world as a talk by some documents begins, and who chooses in it."""
    abilities = Abilities.of(sources.load(spec))
    made = World(("alice", "bob", "carol") if abilities.groups else ("alice", "bob"))
    made.open_room(*made.people)
    if abilities.groups:
        made.open_room(*made.people[:2])
    return made, Chooser(made, abilities)


@pytest.mark.parametrize("spec", sources.known())
@settings(max_examples=40, database=None)
@given(CHOICES)
def test_whatever_is_drawn_can_be_done(spec: str, drawn: list[Choice]) -> None:
    """Each deed is one of the documents', on a device that is open, and the model can take it."""
    made, chooser = beginning(spec)
    for choice in drawn:
        deed = chooser.deed(choice)
        assert deed == chooser.deed(choice)
        if deed is None:
            continue
        if deed.device is not None and deed.what != "connect":
            assert made.handset(deed.who, deed.device).open
        made.act(deed)
        assert made.lobby.members == list(made.people)
        assert all(each.members and each.owner in each.members for each in made.rooms)


def test_outsiders_are_refused() -> None:
    """Who is not inside is refused, by the code that goes with what was named."""
    made, chooser = beginning("gateway")
    assert chooser.deed(Choice("send", 2, 1)) == Deed("send", "carol", 1, 1, 1, refusal="FORBIDDEN")
    made.act(Deed("send", "alice", 1, 1, 1))
    assert chooser.deed(Choice("edit", 2, 0)) == Deed("edit", "carol", 1, 1, 1, refusal="NOT_FOUND")
    assert chooser.deed(Choice("edit", 1, 0)) == Deed("edit", "bob", 1, 1, 1, refusal="FORBIDDEN")


def test_most_changes_are_honest() -> None:
    """Somebody changes their own message, and the owner adds and removes, unless chance has it otherwise."""
    made, chooser = beginning("gateway")
    made.act(Deed("send", "alice", 1, 1, 1))
    assert chooser.deed(Choice("delete", 2, 1)) == Deed("delete", "alice", 1, 1, 1)
    assert chooser.deed(Choice("add", 1, 0, 1)) == Deed("add", "alice", 1, other="carol")
    assert chooser.deed(Choice("add", 1, 0, 0)) == Deed("add", "bob", 1, other="carol", refusal="FORBIDDEN")


@pytest.mark.parametrize("what", ["edit", "delete", "mark", "repeat", "enter", "remove"])
def test_nothing_to_do(what: str) -> None:
    """Where there is no message, nothing muted and nobody, a draw is no deed."""
    made, chooser = beginning("gateway")
    if what == "remove":
        made.act(Deed("remove", "alice", 1, other="bob"))
    assert chooser.deed(Choice(what, 0, 0, 1)) is None


def test_devices_are_limited() -> None:
    """Nobody has more connections than they may."""
    made, chooser = beginning("gateway")
    for number in (2, 3):
        deed = chooser.deed(Choice("connect", 0))
        assert deed == Deed("connect", "alice", device=number)
        made.act(deed)
    assert chooser.deed(Choice("connect", 0)) is None


def test_who_has_no_connection_asks_by_request() -> None:
    """Without a device there is the other way, where the documents have one."""
    made, chooser = beginning("gateway")
    made.act(Deed("close", "alice", device=1))
    assert chooser.deed(Choice("send", 0, 1)) == Deed("send", "alice", 1, None, 1)
    assert chooser.deed(Choice("type", 0, 1)) is None
    made, chooser = beginning("messenger")
    made.act(Deed("close", "alice", device=1))
    assert chooser.deed(Choice("send", 0, 1)) is None


def test_what_is_repeated_is_known_where_it_is_heard() -> None:
    """Who is answered by the message itself repeats it where it came before."""
    made, chooser = beginning("envelope")
    made.act(Deed("send", "alice", 0, 1, 1))
    made.act(Deed("connect", "alice", device=2))
    assert chooser.deed(Choice("repeat", 0)) == Deed("repeat", "alice", 0, 1, 1)
    assert chooser.deed(Choice("repeat", 0, device=1)) is None
