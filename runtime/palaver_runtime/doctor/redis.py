"""Looks at Redis."""

import re
from collections.abc import Iterator

from palaver_runtime.adapters.redis.examination import RedisFacts, examine
from palaver_runtime.adapters.redis.link import Away
from palaver_runtime.doctor.clock import compared
from palaver_runtime.doctor.configuration import without_password
from palaver_runtime.doctor.finding import Finding, error, ok, warning
from palaver_runtime.settings import Settings

AREA = "redis"
_SLOW = 0.02
_OLDEST = (5, 0)


async def look(settings: Settings) -> list[Finding]:
    """Look at the Redis that the settings name."""
    if settings.redis_url is None:
        return [ok(AREA, "reachable", "none is set: the server is a single instance")]
    url = without_password(settings.redis_url)
    try:
        facts = await examine(settings.redis_url)
    except Away as problem:
        # What the library says may quote the URL.
        reason = "it does not answer" if "@" in str(problem) else str(problem).rstrip(".")
        remedy = "Check that it runs, and host, port and password; until then instances do not hear each other."
        return [error(AREA, "reachable", f"{url}: {reason}", remedy)]
    return [*_reached(facts), *compared("redis", facts.offset)]


def _reached(facts: RedisFacts) -> Iterator[Finding]:
    latency = f"answers in {facts.latency * 1000:.1f} ms"
    if facts.latency > _SLOW:
        yield warning(AREA, "reachable", latency, "Put it nearer to the server: limits and presence wait for it.")
    else:
        yield ok(AREA, "reachable", latency)
    yield _version(facts)
    if facts.info.get("cluster_enabled") == "1":
        yield error(AREA, "cluster", "it is sharded", "Use a Redis that is not: the scripts reach several keys.")
    if facts.info.get("role") == "slave":
        yield error(AREA, "role", "it is a replica, which refuses to be written", "Name the primary.")
    yield _eviction(facts)
    if facts.heard:
        yield ok(AREA, "pub/sub", "what is published is received")
    else:
        remedy = "Allow PUBLISH and SUBSCRIBE on channels palaver:*, and no proxy that does not know them."
        yield error(AREA, "pub/sub", "what was published was not received", remedy)


def _version(facts: RedisFacts) -> Finding:
    version = facts.info.get("valkey_version") or facts.info.get("redis_version", "unknown")
    name = "Valkey" if "valkey_version" in facts.info else "Redis"
    match = re.match(r"(\d+)\.(\d+)", version)
    if match is None or (int(match[1]), int(match[2])) < _OLDEST:
        return error(AREA, "version", f"{name} {version}", f"Use {_OLDEST[0]}.{_OLDEST[1]} or later.")
    return ok(AREA, "version", f"{name} {version}")


def _eviction(facts: RedisFacts) -> Finding:
    policy, most = facts.info.get("maxmemory_policy", "unknown"), int(facts.info.get("maxmemory", "0"))
    used = int(facts.info.get("used_memory", "0"))
    said = f"{policy}, {used / 1e6:.1f} MB of {f'{most / 1e6:.0f} MB' if most else 'any number'} used"
    if most and policy != "noeviction":
        remedy = "Set maxmemory-policy noeviction, or no maxmemory: who is online and what was spent may be forgotten."
        return warning(AREA, "eviction", said, remedy)
    return ok(AREA, "eviction", said)
