"""Redis is looked at."""

from dataclasses import replace

import pytest

from palaver_runtime.adapters.redis.examination import RedisFacts
from palaver_runtime.doctor import redis
from palaver_runtime.doctor.finding import Finding, Level
from palaver_runtime.settings import Settings

INFO = {"redis_version": "7.2.4", "role": "master", "maxmemory": "0", "maxmemory_policy": "noeviction"}
FACTS = RedisFacts(info=INFO, latency=0.001, offset=0.0, heard=True)


async def look(url: str | None) -> dict[str, Finding]:
    """Give what is found, by name."""
    return {each.name: each for each in await redis.look(Settings(redis_url=url))}


async def test_redis_in_order(redis_url: str) -> None:
    """Nothing is to be mended."""
    found = await look(redis_url)
    assert {"reachable", "version", "eviction", "pub/sub", "redis"} <= found.keys()
    assert not [each for each in found.values() if each.level is Level.ERROR]


async def test_no_redis_is_in_order() -> None:
    """A single instance needs none."""
    assert [each.level for each in (await look(None)).values()] == [Level.OK]


@pytest.mark.parametrize(
    ("facts", "name", "level"),
    [
        (FACTS, "version", Level.OK),
        (replace(FACTS, info=INFO | {"redis_version": "4.0.1"}), "version", Level.ERROR),
        (replace(FACTS, info=INFO | {"valkey_version": "9.1.0"}), "version", Level.OK),
        (replace(FACTS, info=INFO | {"cluster_enabled": "1"}), "cluster", Level.ERROR),
        (replace(FACTS, info=INFO | {"role": "slave"}), "role", Level.ERROR),
        (
            replace(FACTS, info=INFO | {"maxmemory": "1000000", "maxmemory_policy": "allkeys-lru"}),
            "eviction",
            Level.WARNING,
        ),
        (replace(FACTS, info=INFO | {"maxmemory_policy": "allkeys-lru"}), "eviction", Level.OK),
        (replace(FACTS, heard=False), "pub/sub", Level.ERROR),
        (replace(FACTS, latency=0.1), "reachable", Level.WARNING),
        (replace(FACTS, offset=-2.0), "redis", Level.WARNING),
    ],
)
async def test_what_is_wrong_is_told(
    monkeypatch: pytest.MonkeyPatch, facts: RedisFacts, name: str, level: Level
) -> None:
    """With a remedy."""

    async def given(_url: str) -> RedisFacts:
        return facts

    monkeypatch.setattr(redis, "examine", given)
    found = (await look("redis://127.0.0.1"))[name]
    assert found.level is level
    assert bool(found.remedy) == (level is not Level.OK)


async def test_redis_out_of_reach_is_told() -> None:
    """Named without the password."""
    (found,) = (await look("redis://:geheim@127.0.0.1:1/0")).values()
    assert found.level is Level.ERROR
    assert found.remedy
    assert "geheim" not in repr(found)
