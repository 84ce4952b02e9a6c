"""What a dialect answers and tells, as a client reads it."""

import asyncio
import json
from typing import Any

from pydantic import BaseModel

from palaver_runtime.dialects._voice import Notification
from palaver_runtime.transports.encoding import encode
from palaver_runtime.transports.sockets import Pending


def read(answer: object) -> object:
    """Give an acknowledgement as JSON values, where it is one."""
    return answer.model_dump(mode="json", by_alias=True) if isinstance(answer, BaseModel) else answer


def told(notification: Notification | None) -> tuple[str, dict[str, Any]]:
    """Give an event's name and its payload as it is sent; fail where nothing is told."""
    assert notification is not None
    name, payload = notification
    return name, json.loads(encode(payload))


async def settled(answer: object) -> object:
    """Wait for an acknowledgement that is pending, and give it as `read` does."""
    if not isinstance(answer, Pending):
        return read(answer)
    done = asyncio.Event()
    answer.when_done(done.set)
    async with asyncio.timeout(30):
        await done.wait()
    return read(answer.result())
