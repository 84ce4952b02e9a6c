"""What the tests of the client share."""

import pytest
from client.peers import Peer


@pytest.fixture
def peer(monkeypatch: pytest.MonkeyPatch) -> Peer:
    """The other side of every connection that is made."""
    peer = Peer()
    monkeypatch.setattr("palaver_client.channel.connection", peer.connection)
    return peer
