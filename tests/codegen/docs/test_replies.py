"""What answers an operation is an acknowledgement or an event, and says yes or no."""

from palaver_codegen.docs.replies import Replies
from palaver_codegen.documents.operations import Operation


def test_acknowledgements_and_refusals(operation: dict[str, Operation]) -> None:
    """A reply that no operation sends as an event is an acknowledgement; one that is an error refuses."""
    found = Replies(list(operation.values())).of(operation["sendNote"])
    assert [(each.message.key, each.event, each.refuses) for each in found] == [
        ("sent", None, False),
        ("refused", None, True),
    ]


def test_events_as_answers(operation: dict[str, Operation]) -> None:
    """A reply that the server sends as an event is that event; the event of refusals refuses."""
    send = operation["sendNote"]
    send.node["reply"] = {
        "messages": [{"$ref": "#/channels/main/messages/noteNew"}, {"$ref": "#/channels/main/messages/error"}]
    }
    found = Replies(list(operation.values())).of(send)
    assert [each.event.key for each in found if each.event is not None] == ["onNote", "onError"]
    assert [each.refuses for each in found] == [False, True]


def test_nothing_answers_an_event_of_the_server(operation: dict[str, Operation]) -> None:
    """What the server says needs no answer."""
    assert Replies(list(operation.values())).of(operation["onNote"]) == []
