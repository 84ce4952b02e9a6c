"""What can be said of a Redis from outside, for those who look for what is wrong. Nothing is kept."""

import asyncio
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass

from palaver_runtime.adapters.redis.link import Away, Line, Link
from palaver_runtime.adapters.redis.wire import Reply

_PINGS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisFacts:
    """What a Redis is like: what INFO says, by name, and what was measured.

    `latency` is the median of some pings in seconds, `offset` how many seconds its clock is ahead of ours, and
    `heard` whether what was published was received.
    """

    info: Mapping[str, str]
    latency: float
    offset: float
    heard: bool


async def examine(url: str, timeout: float = 2.0) -> RedisFacts:
    """Look at a Redis; raise Away when it cannot be used, ValueError for a URL that is none."""
    link, line = Link(url, timeout=timeout), Line(url, timeout=timeout)
    try:
        taken = []
        for _ in range(_PINGS):
            begun = time.perf_counter()
            await link.exchange([("PING",)])
            taken.append(time.perf_counter() - begun)
        latency = sorted(taken)[_PINGS // 2]
        asked = time.time()
        (moment,) = await link.exchange([("TIME",)])
        (info,) = await link.exchange([("INFO",)])
        if not isinstance(moment, list) or not isinstance(info, bytes):
            raise Away("it does not answer as a Redis does")
        seconds, micros = (int(each) for each in moment if isinstance(each, bytes | int))
        return RedisFacts(
            info=_parsed(info),
            latency=latency,
            offset=seconds + micros / 1e6 - asked - latency / 2,
            heard=await _heard(link, line, timeout),
        )
    finally:
        link.close()
        line.close()


async def _heard(link: Link, line: Line, timeout: float) -> bool:
    channel, word = f"palaver:doctor:{secrets.token_hex(8)}", secrets.token_hex(8)
    came: asyncio.Queue[Reply | Exception] = asyncio.Queue()
    await line.connect(came.put_nowait, came.put_nowait)
    try:
        async with asyncio.timeout(timeout):
            line.send([("SUBSCRIBE", channel)])
            await came.get()
            await link.exchange([("PUBLISH", channel, word)])
            # What answers a ping on the same connection comes after the message, if there is one.
            line.send([("PING",)])
            return await came.get() == [b"message", channel.encode(), word.encode()]
    except TimeoutError:
        raise Away("there was no answer in time") from None


def _parsed(info: bytes) -> dict[str, str]:
    lines = (line.partition(":") for line in info.decode(errors="replace").splitlines() if not line.startswith("#"))
    return {name: value for name, found, value in lines if found}
