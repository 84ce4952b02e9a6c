"""The reference server keeps its contract in every dialect, as the conformance suite judges it over real sockets."""

import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from servers.judge import Judgement, judge
from servers.palaver import Server, serving

from palaver_conformance.contract import sources
from palaver_conformance.scenarios import all_scenarios

SECRET = "the secret of these tests, which is long enough"
ALL = ("--all", "--grpc-port", "0")

ACROSS_INSTANCES = {each.id for each in all_scenarios() if each.instances > 1 and not each.id.startswith("faults.")}
"""What takes several instances; what breaks things takes servers that the harness has started itself."""

PROVEN = {
    "aether": {
        "auth.token.validated",
        "membership.join.told",
        "membership.join.entry",
        "membership.leave.told",
        "messages.send.call",
        "protocol.health.asked",
        "sync.history.numbered",
        "typing.start.others",
    },
    "envelope": {
        "auth.connect.query",
        "conversations.direct.race",
        "membership.join.entry",
        "messages.send.retry-race",
        "presence.offline.last",
        "receipts.mark.late",
        "sync.history.backwards",
        "sync.retention.cleanup",
    },
    "gateway": {"auth.logout.closes", "membership.remove.told", "messages.edit.own", "sync.reconnect.missed"},
    "messenger": {
        "conversations.direct.race",
        "membership.add.history",
        "messages.send.confirmed",
        "presence.online.first",
        "receipts.mark.counts",
        "sync.reconnect.history",
    },
    "social": {
        "conversations.direct.first",
        "messages.send.rest",
        "receipts.mark.counts",
        "sync.reconnect.history",
        "typing.end.expired",
    },
}
"""Some of what is to pass in each dialect, so that a suite in which little applied would be noticed."""

EVERYWHERE = {"messages.send.contents", "messages.order.pipelined", "limits.messages.rate", "protocol.frame.malformed"}

UNSEEN = {"aether": {"CONFLICT"}}
"""Codes that no scenario can bring about, besides those of a failing server: this takes a room of a thousand users."""

ALONE = "gateway"
"""The dialect that needs no setting."""

OTHERS = pytest.mark.parametrize("dialect", [each for each in sources.known() if each != ALONE])


@pytest.fixture(scope="module")
async def lone() -> AsyncIterator[Server]:
    """One server for all dialects, on SQLite in its folder."""
    async with serving(*ALL, env={"PALAVER_JWT_SECRET": SECRET}) as server:
        yield server


async def judged(folder: Path, dialect: str, servers: Sequence[Server], *options: str) -> Judgement:
    """Judge one dialect of servers for all; tokens are those of another service.

    Where there are accounts too, people register in what is about that: to keep a password takes the processor as long
    as all that somebody does afterwards.
    """
    contract = sources.load(dialect)
    instances = [
        replace(each, url=f"{each.url}/{dialect}", grpc=each.grpc if contract.calls is not None else None)
        for each in servers
    ]
    return await judge(folder, dialect, instances, *options, secret=SECRET)


def sound(found: Judgement, dialect: str, problems: Sequence[str]) -> None:
    """Fail unless all that applies has passed, with what must apply, and nothing of the documents went unseen.

    Why a server refuses what it should not is among the `problems` that it has printed.
    """
    assert set(found.verdicts.values()) == {"pass", "not-applicable"}, "\n".join([found.printed, *problems])
    wanted = PROVEN[dialect] | EVERYWHERE
    assert {each: found.verdicts[each] for each in wanted} == dict.fromkeys(wanted, "pass"), found.printed
    assert found.code == 0
    assert re.search(r"operations (\d+)/\1; events (\d+)/\2;", found.printed), found.printed
    errors = re.search(r"errors \d+/\d+ \((?:not ([A-Z_, ]+); )?not [A-Z_, ]+: only a server that fails", found.printed)
    assert errors is not None, found.printed
    assert set((errors[1] or "").split(", ")) - {""} == UNSEEN.get(dialect, set()), found.printed


@OTHERS
async def test_every_dialect_of_one_server_conforms(tmp_path: Path, lone: Server, dialect: str) -> None:
    """Served together by one process, each keeps the whole of its own documents."""
    before = len(lone.lines)
    found = await judged(tmp_path, dialect, [lone])
    sound(found, dialect, lone.problems(before))
    assert not [line for line in lone.lines[before:] if " ERROR " in line], lone.output


async def test_one_dialect_alone_conforms_without_any_setting(tmp_path: Path) -> None:
    """SQLite in the current folder, a secret beside it, and users who register: all but several instances applies."""
    async with serving() as server:
        found = await judge(tmp_path, ALONE, [server])
    sound(found, ALONE, server.problems())
    assert {name for name, verdict in found.shortcomings.items() if verdict != "not-applicable"} == set()
    assert found.shortcomings.keys() >= ACROSS_INSTANCES
    assert not [line for line in server.lines if " ERROR " in line], server.output


async def test_two_instances_conform(tmp_path: Path, postgres_url: str, redis_url: str) -> None:
    """Two instances on one PostgreSQL and one Redis are to their clients as one.

    One dialect is judged whole, so that all of it is on this database too; the others by what it takes two for.
    """
    env = {"PALAVER_DATABASE_URL": postgres_url, "PALAVER_REDIS_URL": redis_url, "PALAVER_JWT_SECRET": SECRET}
    async with serving(*ALL, env=env) as first, serving(*ALL, env=env) as second:
        for dialect in sources.known():
            options = () if dialect == ALONE else ("--tag", "instances", "--skip", "faults.*")
            found = await judged(tmp_path, dialect, [first, second], *options)
            assert (found.code, set(found.verdicts.values()) - {"not-applicable"}) == (0, {"pass"}), found.printed
            across = {name for name in ACROSS_INSTANCES if found.verdicts[name] == "pass"}
            assert across >= {"instances.message.crosses", "instances.duplicate.none"}, found.printed
            if dialect == ALONE:
                sound(found, dialect, [*first.problems(), *second.problems()])
                assert across == ACROSS_INSTANCES, found.printed
    assert not [line for line in (*first.lines, *second.lines) if " ERROR " in line]
