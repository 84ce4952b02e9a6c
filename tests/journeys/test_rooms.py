"""A dialect of rooms that are entered, over sockets and gRPC, keeps its contract, on one instance and over two."""

from pathlib import Path

from servers.judge import judge
from servers.palaver import serving

SECRET = "the secret of these tests, which is long enough"
ARGUMENTS = ("--dialect", "aether", "--grpc-port", "0")

ONE = {
    "auth.connect.valid",
    "auth.connect.missing",
    "auth.token.validated",
    "conversations.get.stranger",
    "membership.join.told",
    "membership.join.entry",
    "membership.leave.told",
    "membership.room.joined",
    "membership.room.left",
    "messages.send.broadcast",
    "messages.send.non-member",
    "messages.send.contents",
    "messages.order.pipelined",
    "sync.history.numbered",
    "typing.start.others",
    "protocol.health.asked",
    "protocol.validation.fields",
    "limits.messages.rate",
    "limits.event.oversized",
}
SEVERAL = {
    "instances.message.crosses",
    "instances.typing.crosses",
    "instances.leave.crosses",
    "instances.order.agreed",
}


async def test_rooms_conform(tmp_path: Path) -> None:
    """What applies passes, and every operation and event of the documents was seen."""
    async with serving(*ARGUMENTS, env={"PALAVER_JWT_SECRET": SECRET}) as server:
        found = await judge(tmp_path, "aether", [server], secret=SECRET)
    assert set(found.verdicts.values()) == {"pass", "not-applicable"}, found.printed
    assert {each: found.verdicts[each] for each in ONE} == dict.fromkeys(ONE, "pass"), found.printed
    assert found.code == 0
    assert "operations 12/12; events 8/8;" in found.printed
    assert not [line for line in server.lines if " ERROR " in line], server.output


async def test_rooms_cross_instances(tmp_path: Path, postgres_url: str, redis_url: str) -> None:
    """Two instances on one PostgreSQL and one Redis are to those in a room as one."""
    env = {"PALAVER_DATABASE_URL": postgres_url, "PALAVER_REDIS_URL": redis_url, "PALAVER_JWT_SECRET": SECRET}
    async with serving(*ARGUMENTS, env=env) as first, serving(*ARGUMENTS, env=env) as second:
        found = await judge(tmp_path, "aether", [first, second], secret=SECRET)
    assert set(found.verdicts.values()) == {"pass", "not-applicable"}, found.printed
    wanted = ONE | SEVERAL
    assert {each: found.verdicts[each] for each in wanted} == dict.fromkeys(wanted, "pass"), found.printed
    assert found.code == 0
    assert not [line for line in (*first.lines, *second.lines) if " ERROR " in line]
