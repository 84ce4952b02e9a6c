"""Something harmless to ask for."""

from dataclasses import replace

import pytest
from samples import contract, tagged_bundle

from palaver_conformance.contract.reading import read_bundle
from palaver_conformance.errors import NotApplicable
from palaver_conformance.people.probes import MISSING, probe


def test_most_harmless_that_is_answered() -> None:
    """An operation over the socket that is always answered is found, with the values that it takes."""
    operation, values = probe(contract())
    assert (operation.means, values) == ("message.send", {"content": "probe"})
    operation, values = probe(read_bundle(tagged_bundle()))
    assert (operation.means, values) == ("room.join", {"conversation": MISSING})


def test_message_is_probed_with_one_address() -> None:
    """Where a message names a conversation or a recipient, the probe names the conversation; else what there is."""
    known = contract()
    send = known.operation("message.send", "socket")
    for more, named in (({"recipient": "/to"}, {"recipient"}), ({"conversation": "/in"}, {"conversation"})):
        send = replace(send, fields={**send.fields, **more})
        assert probe(replace(known, operations=(send,)))[1].keys() == {"content", *named}


def test_without_an_answer_there_is_no_probe() -> None:
    """Documents whose events are never answered have none."""
    tagged = read_bundle(tagged_bundle())
    mute = replace(tagged, operations=tuple(each for each in tagged.operations if each.means != "room.join"))
    with pytest.raises(NotApplicable, match="always answered"):
        probe(mute)
