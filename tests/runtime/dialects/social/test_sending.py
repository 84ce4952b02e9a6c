"""Sending, over the real services."""

from palaver_runtime.core import Core
from palaver_runtime.dialects.social.sending import send
from palaver_runtime.domain.values import Caller
from palaver_wire.social import models


async def test_conversation_is_that_of_the_recipient(core: Core, alice: Caller, bob: Caller) -> None:
    """A message to somebody makes the conversation, into which either can send by its name; it comes as stored."""
    first = await send(core, alice, models.NewMessage(recipient_id="bob", content="hello"))
    answer = await send(core, bob, models.NewMessage(conversation_id=first.conversation_id, content="hi"))
    assert (answer.conversation_id, answer.sender_id, answer.sequence) == (first.conversation_id, "bob", 2)
    stored, more = await core.messages.history(alice, first.conversation_id, limit=9)
    assert ([each.id for each in stored], more) == ([first.id, answer.id], False)
