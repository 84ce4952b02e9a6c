"""What people do in a talk, and what the documents have a way for."""

import pytest

from palaver_conformance.contract import sources
from palaver_conformance.contract.model import Contract
from palaver_conformance.generated.talk.deeds import _NEEDS, _SENTENCES, Abilities, Deed


def test_every_deed_is_a_sentence() -> None:
    """Each names who does it, and a request is told from what is done on a device."""
    assert _SENTENCES.keys() == _NEEDS.keys()
    for what in _NEEDS:
        assert "alice" in str(Deed(what, "alice", 1, 2, 3, "bob", 1))
    assert str(Deed("send", "alice", 1, 2, 3)) == "alice sends 'm3' in room 1 on device 2"
    assert str(Deed("send", "alice", 0, None, 3)) == "alice sends 'm3' in the lobby"


def test_refusal_is_part_of_it() -> None:
    """What must be refused says so."""
    assert str(Deed("edit", "bob", message=1, refusal="FORBIDDEN")) == "bob edits 'm1', and is refused with FORBIDDEN"


@pytest.mark.parametrize(
    ("spec", "has", "lacks"),
    [
        ("gateway", {"edit", "sync", "add", "remove", "leave", "mute", "rename", "repeat"}, {"join"}),
        ("messenger", {"add", "mark", "repeat"}, {"edit", "remove", "type", "sync"}),
        ("envelope", {"mute", "enter", "mark", "type", "interrupt"}, {"add", "join", "edit"}),
        ("aether", {"join", "leave", "type"}, {"repeat", "interrupt", "mark"}),
        ("social", {"mark", "type", "repeat"}, {"join", "mute", "edit"}),
    ],
)
def test_documents_decide_what_people_do(spec: str, has: set[str], lacks: set[str]) -> None:
    """Nothing is done that they have no way for; sending, connecting and hanging up always are."""
    abilities = Abilities.of(sources.load(spec))
    assert abilities.deeds >= has | {"send", "connect", "close", "drop"}
    assert not abilities.deeds & lacks


def test_ways_are_known(shipped: Contract) -> None:
    """What can be asked for without a connection, and how one is answered, stands in the documents."""
    abilities = Abilities.of(shipped)
    assert abilities.requests["message.send"] == "http"
    assert "message.sync" not in abilities.requests
    assert (abilities.groups, abilities.acknowledged, abilities.up_to) == (True, True, True)
    pair = Abilities.of(sources.load("social"))
    assert (pair.groups, pair.up_to) == (False, False)
    assert not Abilities.of(sources.load("envelope")).acknowledged
