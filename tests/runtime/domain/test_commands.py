"""Commands."""

from palaver_runtime.domain.commands import CreateConversation, SendDirect, SendMessage
from palaver_runtime.domain.values import Attachment, ConversationType, MessageKind


def test_defaults_are_empty_and_not_shared() -> None:
    """What is left out is empty, and no two commands share it."""
    one, two = (SendMessage(conversation_id="c1", content="x") for _ in range(2))
    assert (one.attachments, one.metadata, one.reply_to, one.client_id) == ((), {}, None, None)
    assert one.kind is MessageKind.TEXT
    assert one.metadata is not two.metadata
    group = CreateConversation(type=ConversationType.GROUP, user_ids=())
    assert (group.name, group.metadata, group.public) == (None, {}, False)


def test_message_to_somebody_is_one_of_a_conversation() -> None:
    """All that is said stays when it gets its conversation."""
    attachments = (Attachment(file_id="f"),)
    direct = SendDirect(recipient_id="bob", content="x", attachments=attachments, client_id="mine")
    assert direct.within("c1") == SendMessage(
        conversation_id="c1", content="x", attachments=attachments, client_id="mine"
    )
