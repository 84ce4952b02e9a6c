"""Operations become entries."""

import pytest

from palaver_codegen.docs.entries import anchor, slug
from palaver_codegen.docs.view import Entry, Reference
from palaver_codegen.documents.operations import Operation


def entry(toy: Reference, anchor: str) -> Entry:
    """Return an entry by its anchor."""
    listed = [each for _, section in toy.sections for each in section.entries]
    return next(each for each in listed if each.anchor == anchor)


def test_event_of_a_client(toy: Reference) -> None:
    """It has its payload, its acknowledgement, its codes, what it leads to, and how it is refused."""
    send = entry(toy, "emit-note-send")
    assert (send.group, send.direction, send.name, send.summary) == ("Clients send", "out", "note:send", "Send a note")
    assert [part.title for part in send.requests] == ["Payload"]
    assert [part.title for part in send.answers] == ["Acknowledgement"]
    assert [sample.text for sample in send.requests[0].samples] == ['{ "text": "hi" }']
    assert [link.href for link in send.errors] == ["errors.html#error-INVALID", "errors.html#error-UNAUTHORIZED"]
    assert [(link.name, link.href) for link in send.effects] == [("note:new", "index.html#on-note-new")]
    assert "errors.html#refusals" in send.refusal
    assert "files" in send.words.split()


def test_event_of_the_server(toy: Reference) -> None:
    """It says what causes it, on whatever page that is."""
    new = entry(toy, "on-note-new")
    assert (new.group, new.direction, new.secured) == ("The server sends", "in", None)
    assert "index.html#emit-note-send" in [link.href for link in new.causes]


def test_request(toy: Reference) -> None:
    """It has its parameters, its body, and an answer for each good status."""
    listed = entry(toy, "request-listNotes")
    assert listed.verb == "GET"
    assert {part.title for part in listed.requests} <= {"Path", "Query", "Headers", "Body"}
    assert [part.status[:1] for part in listed.answers] == ["2"] * len(listed.answers)


def test_call(toy: Reference) -> None:
    """It stands under its service, and says whether it needs a token."""
    ring, listing = entry(toy, "call-Ring"), entry(toy, "call-ListBells")
    assert (ring.group, ring.secured, listing.secured) == ("toy.bell.Bell", True, False)
    assert [part.title for part in (*ring.requests, *ring.answers)] == ["Request", "Response"]


def test_operation_without_meaning(operation: dict[str, Operation], bundle: object) -> None:
    """What has no `x-chat` is shown all the same, with all of its responses."""
    from palaver_codegen.docs.reference import reference
    from palaver_codegen.documents import Bundle

    assert isinstance(bundle, Bundle)
    for each in operation.values():
        each.node.pop("x-chat", None)
    bare = entry(reference(bundle), "request-putNote")
    assert (bare.means, bare.errors, bare.scenarios) == ("", [], [])
    assert any(part.status.startswith("4") for part in bare.answers)


def test_anchors_depend_on_the_name_alone(operation: dict[str, Operation]) -> None:
    """A link to an operation stays good whatever else is in the documents."""
    assert [anchor(operation[key]) for key in ("sendNote", "onNote", "listNotes", "toy.bell.Bell/Ring")] == [
        "emit-note-send",
        "on-note-new",
        "request-listNotes",
        "call-Ring",
    ]


@pytest.mark.parametrize(
    ("words", "found"), [("a:b", "a-b"), ("hush!", "hush"), ("get /a/{b}", "get-a-b"), ("?", "unnamed")]
)
def test_slug(words: str, found: str) -> None:
    """Any name can be part of an address."""
    assert slug(words) == found
