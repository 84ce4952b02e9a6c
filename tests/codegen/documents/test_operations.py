"""Reading operations from both documents."""

from collections.abc import Callable
from pathlib import Path

import pytest

from palaver_codegen.documents import load_bundle
from palaver_codegen.documents.operations import Direction, Operation, operations
from palaver_codegen.documents.tree import mapping


@pytest.fixture
def found(spec: Path) -> dict[str, Operation]:
    """Return the toy's operations by key."""
    bundle = load_bundle(spec / "toy")
    return {operation.key: operation for document in bundle.documents for operation in operations(document)}


def test_all_are_found(found: dict[str, Operation]) -> None:
    """Events in both directions, requests and calls are operations alike."""
    assert {key: operation.direction for key, operation in found.items()} == {
        "sendNote": Direction.EVENT_IN,
        "hush": Direction.EVENT_IN,
        "onNote": Direction.EVENT_OUT,
        "onError": Direction.EVENT_OUT,
        "listNotes": Direction.REQUEST,
        "putNote": Direction.REQUEST,
        "logout": Direction.REQUEST,
        "toy.bell.Bell/Ring": Direction.CALL,
        "toy.bell.Bell/ListBells": Direction.CALL,
    }


def test_refusals_are_told_by_their_entity(found: dict[str, Operation]) -> None:
    """The acknowledgement whose payload is an error is the refusal; the other is the answer."""
    send = found["sendNote"]
    assert [message.key for message in send.answers()] == ["sent"]
    assert [message.key for message in send.refusals()] == ["refused"]
    assert found["hush"].replies() == []


def test_refusal_may_be_the_event_that_means_one(spec: Path, edit: Callable[[str, str, str], None]) -> None:
    """Replies that the server sends as events are told apart by what the event means, and are no acknowledgements."""
    edit("toy/asyncapi.yaml", "- $ref: '#/channels/main/messages/sent'", "- $ref: '#/channels/main/messages/noteNew'")
    edit("toy/asyncapi.yaml", "- $ref: '#/channels/main/messages/refused'", "- $ref: '#/channels/main/messages/error'")
    edit("toy/asyncapi.yaml", "result: {message: /note}", "result: {message: ''}")
    send = next(each for each in operations(mapping(load_bundle(spec / "toy").asyncapi)) if each.key == "sendNote")
    assert [message.key for message in send.answers()] == ["noteNew"]
    assert [message.key for message in send.refusals()] == ["error"]
    assert not any(send.acknowledged(reply) for reply in send.replies())


def test_request_is_one_composite(found: dict[str, Operation]) -> None:
    """Path, query and body of a request are parts of one schema; parameters of the path item are included."""
    composite = mapping(mapping(found["listNotes"].request_schema())["properties"])
    assert list(composite) == ["path", "query"]
    assert list(mapping(mapping(composite["query"])["properties"])) == ["limit", "sortBy"]
    assert list(mapping(mapping(composite["path"])["properties"])) == ["roomId"]
    assert "body" in mapping(mapping(found["putNote"].request_schema())["properties"])


def test_results_are_the_successes_with_a_body(found: dict[str, Operation]) -> None:
    """Each successful response with a body is a result, a refusal is none."""
    assert len(found["putNote"].result_schemas()) == 2
    assert found["logout"].result_schemas() == []


def test_body_may_be_optional(spec: Path, edit: Callable[[str, str, str], None]) -> None:
    """A body is required where the document says so, and nowhere else."""
    edit("toy/openapi.yaml", "operationId: logout", "operationId: logout\n      requestBody: {content: {}}")
    document = mapping(load_bundle(spec / "toy").openapi)
    assert {each.key for each in operations(document) if each.body_required()} == {"putNote"}
