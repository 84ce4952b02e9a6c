"""What a dialect answers, as a client reads it."""

import asyncio

from pydantic import BaseModel

from palaver_runtime.transports.sockets import Pending


def read(answer: object) -> object:
    """Give an acknowledgement as JSON values, where it is one."""
    return answer.model_dump(mode="json", by_alias=True) if isinstance(answer, BaseModel) else answer


async def settled(answer: object) -> object:
    """Wait for an acknowledgement that is pending, and give it as `read` does."""
    if not isinstance(answer, Pending):
        return read(answer)
    done = asyncio.Event()
    answer.when_done(done.set)
    async with asyncio.timeout(30):
        await done.wait()
    return read(answer.result())
