"""What is known of an event before it is asked for."""

from typing import Any

import pytest

from palaver_runtime.dialects._served import Served
from palaver_wire.contract import BoundEvent, WireModel
from palaver_wire.gateway.table import EVENTS


def answer(_session: object, _payload: WireModel) -> None:
    """Handle an event without waiting."""


async def call(session: Any, payload: WireModel) -> None:
    """Handle an event."""
    answer(session, payload)


@pytest.mark.parametrize(
    ("name", "plain", "keeps_order"),
    [("message:send", True, True), ("message:send", False, False), ("ping", True, False)],
)
def test_messages_that_are_begun_at_once_keep_their_order(name: str, plain: bool, keeps_order: bool) -> None:
    """A coroutine has done nothing yet when it is made, and what other events do depends on when they are done."""
    (event,) = (each for each in EVENTS if each.name == name)
    served = Served(BoundEvent(event, call, answer if plain else None))
    assert (served.name, served.means, served.payload) == (name, event.means, event.payload)
    assert served.keeps_order is keeps_order
