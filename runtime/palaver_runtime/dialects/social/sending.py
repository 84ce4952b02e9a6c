"""Sending, which the socket and REST do alike."""

from palaver_runtime.core import Core
from palaver_runtime.dialects.social import codec
from palaver_runtime.domain.commands import SendDirect
from palaver_runtime.domain.values import Caller
from palaver_wire.social import models


async def send(core: Core, caller: Caller, message: models.NewMessage) -> models.Message:
    """Send a message to somebody, or into a conversation, and give it as stored."""
    command = codec.send_command(message)
    if isinstance(command, SendDirect):
        return codec.message(await core.directs.send(caller, command))
    return codec.message(await core.messages.send(caller, command))
