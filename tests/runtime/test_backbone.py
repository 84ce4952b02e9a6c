"""What ties instances together."""

import asyncio

import pytest

from palaver_runtime.adapters.clock import SystemClock
from palaver_runtime.backbone import Calls, LoneBackbone, RedisBackbone, backbone
from palaver_runtime.domain.events import Event, SessionEnded
from palaver_runtime.domain.limits import Rate
from palaver_runtime.metrics import Metrics


def _ignore(user_ids: frozenset[str]) -> None:
    pytest.fail(f"nobody was lost or found: {user_ids}")


async def test_a_process_without_redis_is_alone_and_well() -> None:
    """Without a URL everything stays within the process."""
    metrics = Metrics()
    lone = backbone(None, SystemClock(), Calls(recovered=lambda: None, gone=_ignore, back=_ignore), metrics)
    assert isinstance(lone, LoneBackbone)
    received: list[Event] = []
    lone.bus.attach(received.append)
    lone.start()
    event = SessionEnded(user_id="ann", session_id="s")
    lone.bus.subscribe("user:ann")
    lone.bus.publish(["user:ann"], event)
    assert received == [event]
    assert lone.healthy
    assert metrics.backbone_healthy.values() == {(): True}
    await lone.close()


async def test_instances_meet_in_redis(redis_url: str) -> None:
    """With a URL events, presence and limits are those of all instances, and what goes between them is counted."""
    counted = [Metrics(), Metrics()]
    recovered = [asyncio.Event(), asyncio.Event()]
    spines = [
        backbone(redis_url, SystemClock(), Calls(recovered=each.set, gone=_ignore, back=_ignore), metrics)
        for each, metrics in zip(recovered, counted, strict=True)
    ]
    assert all(isinstance(each, RedisBackbone) for each in spines)
    first, second = spines
    received: asyncio.Queue[Event] = asyncio.Queue()
    first.bus.attach(lambda event: pytest.fail(f"{event} is for the other"))
    second.bus.attach(received.put_nowait)
    second.bus.subscribe("user:ann")
    for each in spines:
        each.start()
    async with asyncio.timeout(10):
        for happened in recovered:
            await happened.wait()
        event = SessionEnded(user_id="ann", session_id="s")
        first.bus.publish(["user:ann"], event)
        assert await received.get() == event
        assert await first.presence.arrive("ann", "1") == 1
        assert await second.presence.arrive("ann", "2") == 2
        assert await first.limiter.spend("ann", Rate(1, 60)) == 0
        assert await second.limiter.spend("ann", Rate(1, 60)) > 0
        assert first.healthy
        here, there = counted
        assert here.backbone_healthy.values() == {(): True}
        assert there.backbone_received.values() == {(): 1}
        assert here.backbone_received.values() == {(): 0}
        for each in spines:
            await each.close()
    assert not first.healthy
    assert here.backbone_healthy.values() == {(): False}
    assert here.backbone_sent.values() == {(): 1}
    assert here.backbone_queue.values() == {(): 0}
    assert here.backbone_dropped.values() == here.backbone_reconnects.values() == {(): 0}
