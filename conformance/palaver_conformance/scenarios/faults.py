"""Things break, and nothing that was acknowledged is lost. Each of these has a launched server for itself."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from palaver_conformance.errors import Failure, Refused
from palaver_conformance.expectation import ensure, equal, once
from palaver_conformance.facts import Facts
from palaver_conformance.people.actor import Actor
from palaver_conformance.people.crowd import NEEDS, Crowd, Plan, some_at_a_time
from palaver_conformance.people.device import Device
from palaver_conformance.people.stage import Stage
from palaver_conformance.scenario import scenario
from palaver_conformance.topology.proxy import CUT, FREEZE, PASS, Rule
from palaver_conformance.topology.topology import Topology

_SOURCE = "design: an acknowledged message is durable; also when Redis or an instance dies on the way"
_DOWN = "design: when Redis is down or frozen, local chat goes on, and nothing is acknowledged and lost"
_REDIS = ("redis", "instances")
_TALK = ("message.send@socket", "message.created", "conversation.create")

# How long things are left broken, and a crowd left to talk, in seconds.
_BROKEN = 2.0
_TALKING = 1.0
_PAUSE = 0.1
_DURING = 5
# In a storm: so many people with so many devices, and how many of these are opened at the same moment.
_PEOPLE = 50
_DEVICES = 4
_MOMENT = 64
_SOME = 3
_CROWD = Plan(users=9, size=3, pace=0.3)


@scenario("faults.redis.restart", source=_SOURCE, needs=NEEDS, instances=2, disturbs=_REDIS)
async def redis_restarts(stage: Stage, topology: Topology, alice: Actor, newcomer: Actor) -> None:
    """When Redis restarts nothing acknowledged is lost, and delivery resumes by itself within 5 s."""

    async def breaks() -> None:
        await topology.redis.process.kill()

    await _outage(stage, (alice, newcomer), breaks, topology.redis.start)


@scenario("faults.redis.frozen", source=_DOWN, needs=NEEDS, instances=2, disturbs=_REDIS)
async def redis_freezes(stage: Stage, topology: Topology, alice: Actor, newcomer: Actor) -> None:
    """When Redis is frozen sends are refused or delivered later, never acknowledged and lost; local chat goes on."""

    async def breaks() -> None:
        topology.redis.process.pause()

    async def mends() -> None:
        topology.redis.process.resume()

    await _outage(stage, (alice, newcomer), breaks, mends)


@scenario("faults.instance.cut-off", source=_SOURCE, needs=NEEDS, instances=2, disturbs=_REDIS)
async def an_instance_is_cut_off(stage: Stage, topology: Topology, alice: Actor, newcomer: Actor) -> None:
    """An instance that is cut off from the others and back delivers what it missed within 5 s."""
    await _separated(stage, topology, (alice, newcomer), CUT)


@scenario("faults.instance.half-open", source=_SOURCE, needs=NEEDS, instances=2, disturbs=_REDIS)
async def an_instance_hears_nothing(stage: Stage, topology: Topology, alice: Actor, newcomer: Actor) -> None:
    """An instance whose connection to the others is open and silent delivers what it missed within 5 s."""
    await _separated(stage, topology, (alice, newcomer), FREEZE)


@scenario("faults.instance.killed", source=_SOURCE, needs=NEEDS, instances=2, disturbs=("instances",))
async def an_instance_is_killed_under_load(stage: Stage, topology: Topology) -> None:
    """After kill -9 of an instance its clients resume elsewhere, by sync, with no loss."""
    crowd = await _talking(stage)
    await topology.instances[1].process.kill()
    await asyncio.sleep(_BROKEN)
    await _sound(crowd)
    ensure(crowd.figures().reconnects > 0, "some of the crowd to have been on the instance that was killed")


@scenario(
    "faults.instance.ghosts",
    source="design: a killed instance leaves no ghost, its users go offline within 20 s",
    needs=("presence.online", "presence.offline", "presence.list", "participant.add"),
    instances=2,
    disturbs=_REDIS,
)
async def a_killed_instance_leaves_no_ghosts(
    topology: Topology, alice: Actor, bob: Actor, newcomer: Actor, room: Facts
) -> None:
    """A killed instance leaves no ghost: its users go offline within 20 s."""
    await alice.add(room, newcomer)
    await newcomer.connect(instance=1)
    both = await bob.connect(instance=1)
    there = {"user": newcomer.user, "conversation": room.id}
    await alice.expect("presence.online", there)
    await topology.instances[1].process.kill()
    await alice.expect("presence.offline", there, patience=alice.setting.timing.ghost)
    equal(await alice.online(room), {alice.user, bob.user}, "who is online")
    ensure(not both.open_still, "the connections of the killed instance to be gone")
    once((alice.device,), "presence.offline", there)


@scenario(
    "faults.instance.storm",
    source="design: after kill -9 of an instance its clients resume elsewhere; local chat goes on",
    needs=(*_TALK, "session.ready", "message.sync"),
    instances=2,
    disturbs=("instances",),
)
async def everybody_comes_back_at_once(stage: Stage, topology: Topology, alice: Actor, bob: Actor) -> None:
    """When an instance has died its clients come to another at the same moment: all are let in, and chat goes on."""
    people = await some_at_a_time([stage.newcomer(f"user{number}") for number in range(_PEOPLE)])
    await some_at_a_time([each.connect(instance=1) for each in people])
    room = await stage.room(alice, bob, *people)
    known = await alice.send(room, "before the storm")
    await topology.instances[1].process.kill()
    await asyncio.gather(*(each.device.closed() for each in people))
    missed = [await alice.send(room, "while everybody is away")]
    storm = asyncio.create_task(_storm(people))
    try:
        while not storm.done():
            missed.append(await (alice, bob)[len(missed) % 2].send(room, f"during the storm {len(missed)}"))
            await asyncio.sleep(_PAUSE)
        devices = await storm
    finally:
        storm.cancel()
    for each in people[:_SOME]:
        again = (await each.sync(room, after=known, on=each.devices[-1])).many("messages")
        equal([message.id for message in again], [message.id for message in missed], "what was missed")
    last = await alice.send(room, "after the storm")
    for device in devices:
        await device.expect("message.created", {"message.id": last.id})


async def _storm(people: Sequence[Actor]) -> list[Device]:
    """Have everybody come with several devices, and return these once all are let in."""
    coming = [each.dial(each.account.access_token) for each in people for _ in range(_DEVICES)]
    devices = await some_at_a_time(coming, _MOMENT)
    patience = people[0].setting.timing.launch
    await asyncio.gather(*(device.expect("session.ready", patience=patience) for device in devices))
    return devices


@scenario("faults.instance.rolling", source=_SOURCE, needs=NEEDS, instances=2, disturbs=("instances",))
async def instances_are_replaced_one_by_one(stage: Stage, topology: Topology) -> None:
    """A rolling restart under load loses nothing, doubles nothing and reorders nothing."""
    crowd = await _talking(stage)
    for instance in topology.instances:
        await instance.process.stop()
        await instance.start()
        await instance.ready(topology.contract, topology.timing)
    await _sound(crowd)
    ensure(crowd.figures().reconnects > 0, "the crowd to have been moved")


@scenario(
    "faults.database.restart",
    source="error catalogue: a retryable code while the database is out of reach; recovery without a restart",
    needs=NEEDS,
    instances=2,
    disturbs=("database",),
)
async def the_database_restarts(stage: Stage, topology: Topology, alice: Actor, newcomer: Actor) -> None:
    """While the database is down requests are refused with a retryable code, none hangs; then all is as before."""
    device = await newcomer.connect(instance=1)
    room = await stage.room(alice, newcomer)
    await alice.send(room, "before")
    crowd = await _talking(stage)
    await topology.database.process.stop()
    for via in ("socket", "http"):
        if alice.setting.contract.has(f"message.send@{via}"):
            await _refused_for_now(alice, room, via == "http")
    await topology.database.start()
    sent = await _until_accepted(alice, room)
    await device.expect("message.created", {"message.id": sent.id}, patience=alice.setting.timing.healing)
    equal((await newcomer.history(room, instance=1)).many("messages")[-1].id, sent.id, "the newest message")
    await _sound(crowd)


@scenario("faults.client.cut", source=_SOURCE, needs=NEEDS, instances=2, disturbs=("instances",))
async def a_connection_is_cut_in_the_middle(stage: Stage, topology: Topology, alice: Actor, newcomer: Actor) -> None:
    """A member who was away gets exactly what was missed."""
    proxy = await topology.front(1)
    device = await newcomer.connect(url=f"http://127.0.0.1:{proxy.port}")
    room = await stage.room(alice, newcomer)
    proxy.obey(Rule(PASS.fate, 0.05))
    sent = [await alice.send(room, f"message {number}") for number in range(_DURING)]
    await device.expect("message.created", {"message.id": sent[0].id})
    proxy.cut()
    await device.closed()
    sent += [await alice.send(room, f"missed {number}") for number in range(_DURING)]
    heard = [event.facts.facts("message") for event in device.received("message.created")]
    again = await newcomer.connect(instance=0)
    missed = (await newcomer.sync(room, after=heard[-1], on=again)).many("messages")
    last = await alice.send(room, "welcome back")
    await again.expect("message.created", {"message.id": last.id})
    live = [event.facts.facts("message") for event in again.received("message.created")]
    equal([each.id for each in (*heard, *missed, *live)], [each.id for each in (*sent, last)], "what was received")


async def _outage(
    stage: Stage,
    users: tuple[Actor, Actor],
    breaks: Callable[[], Awaitable[None]],
    mends: Callable[[], Awaitable[None]],
) -> None:
    """Break what connects the instances for a while; chat goes on beside it, and everything arrives in the end."""
    sender, receiver = users
    near, far = await receiver.connect(), await receiver.connect(instance=1)
    room = await stage.room(sender, receiver)
    crowd = await _talking(stage)
    await breaks()
    try:
        sent = await _while_broken(sender, room, near)
    finally:
        await mends()
    await _heals(sender, room, sent, far)
    await _sound(crowd)


async def _separated(stage: Stage, topology: Topology, users: tuple[Actor, Actor], rule: Rule) -> None:
    """Keep the second instance from the others for a while."""

    async def breaks() -> None:
        topology.links[1].obey(rule)

    async def mends() -> None:
        topology.links[1].obey(PASS)

    await _outage(stage, users, breaks, mends)


async def _while_broken(sender: Actor, room: Facts, near: Device) -> list[Facts]:
    """Send a few, and see each of the acknowledged ones arrive on the sender's instance."""
    sent: list[Facts] = []
    until = asyncio.get_running_loop().time() + _BROKEN
    while asyncio.get_running_loop().time() < until:
        try:
            sent.append(await sender.send(room, f"meanwhile {len(sent)}"))
        except Refused as refusal:
            if refusal.code not in sender.setting.contract.retryable:
                raise
        else:
            await near.expect("message.created", {"message.id": sent[-1].id})
        await asyncio.sleep(_PAUSE)
    ensure(bool(sent), "chat on one instance to go on", "every message was refused")
    return sent


async def _heals(sender: Actor, room: Facts, sent: list[Facts], far: Device) -> None:
    """See everything arrive on the other instance in time, once and in order."""
    last = await sender.send(room, "mended")
    await far.expect("message.created", {"message.id": last.id}, patience=sender.setting.timing.healing)
    heard = [event.facts.facts("message").id for event in far.received("message.created")]
    equal(heard, [each.id for each in (*sent, last)], "what arrived on the other instance")
    await _signals_cross(sender, room, far)


async def _signals_cross(sender: Actor, room: Facts, far: Device) -> None:
    """See typing arrive on the other instance: unlike a message it is stored nowhere that it could be read from."""
    if not sender.setting.contract.has("typing.changed"):
        return
    where = {"conversation": room.id, "user": sender.user, "active": True}
    patience = sender.setting.timing.healing
    until = asyncio.get_running_loop().time() + patience
    while not far.received("typing.changed", where):
        if asyncio.get_running_loop().time() > until:
            raise Failure(f"typing to cross instances again within {patience:g} s", far.log()[-_DURING:])
        # Typing that is told already is not told again, so it is stopped in between.
        await sender.type(room)
        await asyncio.sleep(_PAUSE)
        await sender.stop_typing(room)


async def _talking(stage: Stage) -> Crowd:
    """Return a crowd that has talked for a while, and goes on."""
    crowd = await stage.crowd(_CROWD)
    crowd.talk()
    await asyncio.sleep(_TALKING)
    return crowd


async def _sound(crowd: Crowd) -> None:
    await asyncio.sleep(_TALKING)
    await crowd.settle()
    crowd.ensure_sound()


async def _refused_for_now(user: Actor, room: Facts, over_http: bool) -> None:
    try:
        await user.send(room, "is anybody there?", via="http" if over_http else "socket")
    except Refused as refusal:
        if refusal.code not in user.setting.contract.retryable:
            raise Failure("a retryable code while the database is down", refusal.arrived) from None
    else:
        raise Failure("sends to be refused while the database is down", ("it was acknowledged",))


async def _until_accepted(user: Actor, room: Facts) -> Facts:
    patience = user.setting.timing.healing
    try:
        async with asyncio.timeout(patience):
            while True:
                try:
                    return await user.send(room, "there again")
                except Refused as refusal:
                    if refusal.code not in user.setting.contract.retryable:
                        raise
                    await asyncio.sleep(_PAUSE)
    except TimeoutError:
        raise Failure(f"sends to be accepted within {patience:g} s after the database is back") from None
