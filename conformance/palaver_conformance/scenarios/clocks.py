"""Instances whose clocks are five minutes apart, and nobody notices. Each of these has a launched server for itself."""

import asyncio

from palaver_conformance.errors import Failure, NotApplicable
from palaver_conformance.expectation import equal, never
from palaver_conformance.facts import Facts
from palaver_conformance.people.accounts import registered as register
from palaver_conformance.people.actor import Actor
from palaver_conformance.people.crowd import NEEDS, Plan
from palaver_conformance.people.stage import Stage
from palaver_conformance.scenario import Scenario, scenario
from palaver_conformance.scenarios import instances
from palaver_conformance.topology.topology import Topology

_SOURCE = "design: all in the same order, however many instances there are; with clocks five minutes apart"
_CLOCKS = ("clocks", "instances")
_SYNC = ("message.sync", "message.edit", "message.send@socket", "message.created", "conversation.create")

# In seconds: how far the second instance is behind, and long enough for a lease to be judged by the wrong clock.
_BEHIND = 300
_TALKING = 4.0
_CROWD = Plan(users=9, size=3, pace=0.3)


@scenario("faults.clocks.crowd", source=_SOURCE, needs=NEEDS, instances=2, disturbs=_CLOCKS)
async def a_crowd_does_not_notice_that_clocks_are_apart(
    stage: Stage, topology: Topology, alice: Actor, bob: Actor, newcomer: Actor, room: Facts
) -> None:
    """Messages, changes and read marks over instances whose clocks are apart are sound, and nobody seems to be away."""
    await _set_apart(topology)
    far = await bob.connect(instance=1)
    await newcomer.connect(instance=1)
    if alice.setting.contract.has("participant.add"):
        await alice.add(room, newcomer)
    crowd = await stage.crowd(_CROWD)
    crowd.talk()
    await asyncio.sleep(_TALKING)
    await crowd.settle()
    crowd.ensure_sound()
    await stage.fence(alice, alice, bob, room=room)
    if alice.setting.contract.has("presence.list"):
        everybody = {alice.user, bob.user, newcomer.user}
        equal(await alice.online(room), everybody, "who is online")
    for user in (alice, bob, newcomer):
        never((alice.device, bob.device, far), "presence.offline", {"user": user.user})


@scenario(
    "faults.clocks.crossing",
    source="house rules: every kind of event crosses instances, removal, logout and limits cross; with clocks apart",
    needs=("message.send@socket", "message.created"),
    instances=2,
    disturbs=_CLOCKS,
)
async def everything_crosses_between_clocks_that_are_apart(stage: Stage, topology: Topology) -> None:
    """What is true of instances is true of instances whose clocks are five minutes apart."""
    await _set_apart(topology)
    for each in vars(instances).values():
        if isinstance(each, Scenario) and not topology.contract.missing(each.needs):
            await _holds(each, stage)


@scenario("faults.clocks.sync", source=_SOURCE, needs=_SYNC, instances=2, disturbs=_CLOCKS)
async def catching_up_misses_nothing_between_clocks_that_are_apart(
    topology: Topology, alice: Actor, bob: Actor, newcomer: Actor
) -> None:
    """A member who was away gets exactly what was missed, edits included, from whichever instance it came."""
    await _set_apart(topology)
    far = await bob.connect(instance=1)
    room = await alice.create(bob, newcomer)
    there = await newcomer.connect(instance=1)
    early = await alice.send(room, "to be edited")
    known = await bob.send(room, "the last before", on=far)
    revision = (await newcomer.sync(room, after=known, on=there)).number("revision")
    await there.close()
    sent: list[Facts] = []
    for number in range(3):
        sent.append(await alice.send(room, f"missed {number}"))
        sent.append(await bob.send(room, f"missed {number} as well", on=far))
    edited = await alice.edit(early, "edited meanwhile")
    again = await newcomer.connect(instance=0)
    for device in (again, await newcomer.connect(instance=1)):
        answer = await newcomer.sync(room, after=known, revision=revision, on=device)
        equal(answer.many("messages"), sent, "the missed messages")
        equal(answer.many("changed"), [edited], "the messages that changed")
    history = (await newcomer.history(room, instance=1)).many("messages")
    equal([each.id for each in history], [each.id for each in (early, known, *sent)], "the history")
    equal([each.sequence for each in history], list(range(1, len(history) + 1)), "the sequence")


@scenario(
    "faults.clocks.listing",
    source="REST document, listConversations: latest activity first; with clocks five minutes apart",
    needs=("conversation.list", "conversation.create", "message.send@socket"),
    instances=2,
    disturbs=_CLOCKS,
)
async def the_latest_activity_is_that_which_came_last(
    stage: Stage, topology: Topology, alice: Actor, bob: Actor
) -> None:
    """Latest activity first, whatever the clock of the instance says where it took place."""
    if not alice.makes_groups:
        raise NotApplicable("two people have one conversation only")
    await _set_apart(topology)
    far = await bob.connect(instance=1)
    first, second = await stage.room(alice, bob), await stage.room(alice, bob)
    for latest, other in ((first, second), (second, first)):
        await alice.send(other, "by the clock that is ahead")
        await bob.send(latest, "later, by the clock that is behind", on=far)
        listed = [each.id for each in (await alice.conversations()).many("conversations")]
        found = [each for each in listed if each in (first.id, second.id)]
        equal(found, [latest.id, other.id], "the conversations, latest activity first")


@scenario(
    "faults.clocks.tokens",
    source="RFC 7519, section 4.1.6: when a token was issued says nothing of when it is good",
    needs=("account.register", "account.login", "account.me", "session.ready"),
    instances=2,
    disturbs=_CLOCKS,
)
async def a_token_is_good_on_every_instance(topology: Topology, registered: Actor) -> None:
    """Tokens that one instance issues are good on one whose clock is behind, and the other way round."""
    await _set_apart(topology)
    account = registered.account
    values = {"name": account.name, "password": account.password}
    for issuer, reader in ((0, 1), (1, 0), (1, 1)):
        session = await registered.perform("account.login", values, instance=issuer)
        account.access_token = session.facts("session").text("access_token")
        registered.setting.trace.hide(account.access_token)
        me = await registered.perform("account.me", instance=reader)
        equal(me.facts("user").id, registered.user, f"the user of a token from instance {issuer} on {reader}")
        await registered.connect(instance=reader)
        if registered.setting.contract.has("account.refresh"):
            token = session.facts("session").text("refresh_token")
            registered.setting.trace.hide(token)
            renewed = await registered.perform("account.refresh", {"refresh_token": token}, instance=reader)
            registered.setting.trace.hide(renewed.facts("session").text("refresh_token"))
    newcomer = await register("newcomer", registered.setting)
    await newcomer.connect(instance=1)


async def _set_apart(topology: Topology) -> None:
    """Have the second instance's clock behind that of the first."""
    behind = topology.instances[1]
    await behind.set_clock(-_BEHIND)
    await behind.ready(topology.contract, topology.timing)


async def _holds(each: Scenario, stage: Stage) -> None:
    """Play another scenario here, with people of its own."""
    try:
        await each.act(**await stage.fixtures(each.parameters))
    except NotApplicable:
        pass
    except Failure as failure:
        raise Failure(f"{each.id} with clocks apart: {failure.expected}", failure.arrived) from failure
