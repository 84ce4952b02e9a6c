"""What is read from a bundle."""

from doubles.mocked import BUNDLES

from palaver_runtime.mock.contract import Meaning, canonical, read_contract


def test_events_and_their_answers() -> None:
    """An event knows its acknowledgements, those that say no apart, and the events that answer it."""
    contract = read_contract(BUNDLES["gateway"])
    sent = contract.asked["message:send"]
    assert (sent.operation, sent.meaning.means) == ("sendMessage", "message.send")
    assert sent.yes is not None
    assert sent.no is not None
    assert sent.no.entity("error")
    assert not sent.yes.entity("error")
    assert sent.answers == ("error",)
    joined = read_contract(BUNDLES["aether"]).asked["join_room"]
    assert (joined.yes, joined.no, joined.answers) == (None, None, ("joinedRoom", "error"))


def test_how_to_connect() -> None:
    """Both kinds of socket, with the places of the token in the order of the document."""
    socketio = read_contract(BUNDLES["social"]).channel
    assert socketio is not None
    assert (socketio.path, socketio.namespace) == ("/socket.io/", "/messaging")
    assert socketio.places == (("auth", "token"), ("headers", "Authorization"))
    raw = read_contract(BUNDLES["envelope"]).channel
    assert raw is not None
    assert (raw.path, raw.namespace, raw.tag) == ("/ws", None, "/type")
    assert raw.places == (("query", "token"), ("headers", "Authorization"))


def test_endpoints() -> None:
    """An endpoint has its parameters with references resolved, responses by status, and whether it wants a token."""
    endpoints = {(each.method, each.path): each for each in read_contract(BUNDLES["gateway"]).endpoints}
    history = endpoints["GET", "/conversations/{conversationId}/messages"]
    assert [(each.place, each.name, each.required) for each in history.parameters][:2] == [
        ("path", "conversationId", True),
        ("query", "before", False),
    ]
    assert history.secured
    assert not endpoints["POST", "/auth/login"].secured
    assert endpoints["POST", "/auth/logout"].responses["204"] is None
    assert endpoints["POST", "/auth/login"].body_required


def test_what_is_not_mocked_is_known() -> None:
    """Calls are listed, and so are channels after the first; a bundle without documents is an empty contract."""
    assert "message.MessageService/SendMessage" in read_contract(BUNDLES["aether"]).calls
    two = {"asyncapi": {"channels": {"a": {"address": "/a"}, "b": {"address": "/b"}}}}
    assert read_contract(two).other_channels == ("/b",)
    empty = read_contract({"dialect": "none", "asyncapi": None, "openapi": None})
    assert (empty.channel, empty.asked, empty.endpoints, empty.refusal()) == (None, {}, (), None)


def test_canonical_fields() -> None:
    """Fields are found where their pointers lead; those that a request does not have are not there."""
    meaning = Meaning(fields={"content": "/payload/text", "kind": "/payload/kind"})
    assert canonical(meaning, {"payload": {"text": "a"}}) == {"content": "a"}
