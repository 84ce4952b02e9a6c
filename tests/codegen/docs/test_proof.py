"""Scenarios are found by what they are about."""

import pytest

from palaver_codegen.docs.proof import Proofs, Scenario, read_scenarios
from palaver_codegen.documents.operations import Direction, Operation, operations
from palaver_codegen.documents.tree import Json


def operation(means: str, direction: Direction = Direction.EVENT_IN) -> Operation:
    """Return an operation that means something."""
    chat: Json = {"means": means}
    return next(operations({"operations": {means: {"action": str(direction), "x-chat": chat}}}))


def scenario(name: str, *needs: str, tags: tuple[str, ...] = ()) -> Scenario:
    """Return a scenario that needs something."""
    return Scenario(name, name, "", "", "", needs, tags)


SEND, EDIT, CREATED = (
    operation("message.send"),
    operation("message.edit"),
    operation("message.created", Direction.EVENT_OUT),
)
SCENARIOS = (
    scenario("messages.edit.other", "message.send", "message.edit"),
    scenario("matrix.message-edit", "message.edit@socket", tags=("matrix",)),
    scenario("messages.send.plain", "message.send", "message.created"),
    scenario("sync.missed", "message.send", "message.edit", "message.created"),
    scenario("messages.edit.rest", "message.edit@http"),
    scenario("presence.list", "presence.list", "message.send"),
)


def test_only_what_a_dialect_can_do() -> None:
    """A scenario that needs what the documents do not have, or not on that transport, proves nothing of them."""
    proofs = Proofs(SCENARIOS, [SEND, EDIT, CREATED])
    assert {each.id for each in proofs.applicable} == {
        "messages.edit.other",
        "matrix.message-edit",
        "messages.send.plain",
        "sync.missed",
    }


def test_what_is_about_it_comes_first() -> None:
    """Scenarios that name the operation come first, those that sweep over everything last."""
    proofs = Proofs(SCENARIOS, [SEND, EDIT, CREATED])
    assert [each.id for each in proofs.of(EDIT)] == ["messages.edit.other", "sync.missed", "matrix.message-edit"]
    assert proofs.of(SEND)[0].id == "messages.send.plain"
    assert proofs.of(operation("")) == []


def test_one_operation_for_two_meanings() -> None:
    """An operation that stands for two is proven by the scenarios of both."""
    both = operation("typing.set")
    found = Proofs([scenario("a", "typing.start"), scenario("b", "typing.stop")], [both]).of(both)
    assert [each.id for each in found] == ["a", "b"]


def test_reading() -> None:
    """A listing is read as `palaver conform` writes it, and anything else is refused."""
    listed = {
        "id": "a",
        "title": "t",
        "requirement": "r\n r",
        "source": "s",
        "case": None,
        "needs": ["x"],
        "tags": ["y"],
    }
    assert read_scenarios({"scenarios": [listed]}) == (Scenario("a", "t", "r r", "s", "", ("x",), ("y",)),)
    with pytest.raises(ValueError, match="no list"):
        read_scenarios([])
    with pytest.raises(ValueError, match="no id"):
        read_scenarios({"scenarios": [{}]})
