"""What can be said of a Redis."""

import pytest
from redis.asyncio import Redis

from palaver_runtime.adapters.redis.examination import examine
from palaver_runtime.adapters.redis.link import Away


async def test_redis_is_described_and_not_changed(redis_url: str) -> None:
    """What INFO says, that it answers, that its clock is ours, and that what is published is heard."""
    facts = await examine(redis_url, 10)
    assert facts.heard
    assert facts.latency > 0
    assert abs(facts.offset) < 10
    assert facts.info["maxmemory_policy"] == "noeviction"
    async with Redis.from_url(redis_url) as client:
        assert await client.dbsize() == 0


async def test_redis_that_is_away_is_told() -> None:
    """Nobody listens there."""
    with pytest.raises(Away):
        await examine("redis://127.0.0.1:1/0", 5)
