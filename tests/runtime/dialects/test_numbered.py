"""Which payloads can have numbers, and which need not be searched for them."""

import pytest
from pydantic import BaseModel, ConfigDict

from palaver_runtime.dialects._numbered import numbered
from palaver_wire.aether import models as aether
from palaver_wire.contract import WireModel
from palaver_wire.gateway import models as gateway


@pytest.mark.parametrize(
    ("model", "fields"),
    [
        (gateway.SendMessage, {"metadata"}),
        (gateway.SyncMessages, {"revision", "limit"}),
        (gateway.TypingRequest, set()),
        (gateway.Ping, set()),
        (gateway.NewConversation, {"metadata"}),
        (aether.SendMessage, set()),
    ],
)
def test_fields_of_the_documents(model: type[WireModel], fields: set[str]) -> None:
    """Free-form values and integers may be numbers; texts, enumerations and what is made of them are not."""
    assert numbered(model) == fields


def test_whatever_is_not_known_may_be_a_number() -> None:
    """Deep in lists, in choices and where a model takes more than it names."""

    class Open(BaseModel):
        model_config = ConfigDict(extra="allow")

    class Tree(BaseModel):
        model_config = ConfigDict(extra="forbid")
        name: str
        branches: list["Tree"]

    class Every(BaseModel):
        text: str | None
        tree: Tree
        flags: list[list[bool]]
        either: str | list[float]
        anything: object
        opened: Open
        untyped: list[object]

    assert numbered(Every) == {"either", "anything", "opened", "untyped"}
