"""Presence of one of several instances, with a memory of what it was told."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from doubles.clock import ManualClock
from redis.asyncio import Redis

from palaver_runtime.adapters.redis.presence import RedisPresence

WAIT = 30.0
"""Seconds after which a test that waits has failed."""


class Post(RedisPresence):
    """Remembers who was gone and who came back. Its lease outlasts every test, unless the test lets it `lapse`."""

    def __init__(self, url: str, **times: float) -> None:
        self.gone: list[set[str]] = []
        self.back: list[set[str]] = []
        super().__init__(
            url,
            ManualClock(),
            on_gone=lambda user_ids: self.gone.append(set(user_ids)),
            on_back=lambda user_ids: self.back.append(set(user_ids)),
            **{"timeout": 10.0, "lease": 60.0, "renew_interval": 0.1, "retry": 0.05, **times},
        )


async def lapse(url: str, *ended: Post) -> None:
    """Let the leases of instances run out, as they do by themselves some time after a crash."""
    async with Redis.from_url(url) as client:
        await client.delete(*[f"ws:instance:{each._instance}" for each in ended])


async def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition."""
    async with asyncio.timeout(WAIT):
        while not condition():  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.01)


@asynccontextmanager
async def posts(url: str, count: int, **times: float) -> AsyncIterator[list[Post]]:
    """Run the presence of several instances, connected; close them at the end."""
    made = [Post(url, **times) for _ in range(count)]
    try:
        for each in made:
            each.start()
        await until(lambda: all(each.healthy for each in made))
        yield made
    finally:
        for each in made:
            await each.close()
