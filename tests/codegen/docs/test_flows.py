"""Flows are told by what operations mean."""

from palaver_codegen.docs.flows import CLIENT, OTHER, SERVER, Cast, Kind, flows, name
from palaver_codegen.docs.replies import Replies
from palaver_codegen.docs.wire import wires
from palaver_codegen.documents import Bundle
from palaver_codegen.documents.operations import Operation


def cast(bundle: Bundle, listed: list[Operation]) -> Cast:
    """Return the operations as flows see them."""
    assert bundle.asyncapi is not None
    return Cast(listed, wires(bundle.asyncapi)["main"], Replies(listed))


def test_steps_are_those_that_the_documents_have(bundle: Bundle, operation: dict[str, Operation]) -> None:
    """Sending goes to the server, is acknowledged, reaches the others, and may be refused."""
    told = {flow.key: flow for flow in flows(cast(bundle, list(operation.values())))}
    assert [(step.kind, step.source, step.target, step.label, step.detail) for step in told["send"].steps] == [
        (Kind.MESSAGE, CLIENT, SERVER, "note:send", "text, files"),
        (Kind.NOTE, SERVER, SERVER, "stored for good, in the order of the conversation", ""),
        (Kind.ANSWER, SERVER, CLIENT, "acknowledgement", "note"),
        (Kind.MESSAGE, SERVER, OTHER, "note:new", "the message"),
        (Kind.REFUSAL, SERVER, CLIENT, "or a refusal", "INVALID, UNAUTHORIZED"),
    ]
    assert told["connect"].steps[0].label == "Socket.IO /socket.io/"
    assert told["connect"].steps[0].detail == "the token in auth.token"
    assert "change" not in told


def test_history_stands_for_sync(bundle: Bundle, operation: dict[str, Operation]) -> None:
    """Who has no sync reads the history after a break, in words that promise no more."""
    (flow,) = (each for each in flows(cast(bundle, list(operation.values()))) if each.key == "reconnect")
    assert any(step.label == name(operation["listNotes"]) for step in flow.steps)
    assert "history" in flow.about


def test_nothing_is_drawn_of_what_means_nothing(bundle: Bundle, operation: dict[str, Operation]) -> None:
    """Documents without meanings have no flows but that of connecting, of which nothing is known either."""
    for each in operation.values():
        each.node.pop("x-chat", None)
    assert flows(cast(bundle, list(operation.values()))) == []


def test_steps_in_words(bundle: Bundle, operation: dict[str, Operation]) -> None:
    """Each step is a sentence, for who does not see the drawing."""
    flow = next(each for each in flows(cast(bundle, list(operation.values()))) if each.key == "send")
    assert flow.steps[0].said == "You to Server: note:send (text, files)."
    assert flow.steps[-1].said == "Server may refuse You: or a refusal (INVALID, UNAUTHORIZED)."
