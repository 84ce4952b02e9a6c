"""Events on their way to the connections of an instance."""

import asyncio
from collections.abc import Sequence

import pytest
from doubles.delivery import NOW, Screen, World, added, attach, conversation, removed, renamed, settle

from palaver_runtime.delivery import hub as hub_module
from palaver_runtime.delivery.audience import Member
from palaver_runtime.domain.events import Change, ConversationCreated, Event, SessionEnded, TypingChanged
from palaver_runtime.domain.values import UNNAMED
from palaver_runtime.fairness import Account, Fairness, current
from palaver_runtime.ports import Standing


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "FILL_DELAY", 0.0)
    monkeypatch.setattr(hub_module, "FILL_RETRY", 0.0)


@pytest.fixture
def screen() -> Screen:
    """Give an outlet."""
    return Screen()


async def test_changes_reach_everybody_in_order_after_the_greeting(screen: Screen) -> None:
    """Connections receive each change once, by revision, whatever order they are published in."""
    world = World(["a", "b"])
    await attach(world, screen, "a")
    await attach(world, screen, "b")
    first, second, third = (world.commit(renamed) for _ in range(3))
    for each in (second, first, second, third):
        world.publish(each)
    await settle(world)
    assert screen.seen == {"a1": ["greeting", 2, 3, 4], "b1": ["greeting", 2, 3, 4]}


async def test_who_begins_later_is_not_told_what_was_before(screen: Screen) -> None:
    """A connection that begins at the second of three changes, all of them still on their way, gets the third alone."""
    world = World(["a", "b"])
    await attach(world, screen, "a")
    changes = [world.commit(renamed) for _ in range(2)]
    await attach(world, screen, "b")
    for each in (*changes, world.commit(renamed)):
        world.publish(each)
    assert screen.seen == {"a1": ["greeting", 2, 3, 4], "b1": ["greeting", 4]}


async def test_whom_to_deliver_to_is_kept_of_so_many_conversations(
    screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is found out anew for those that come after them."""
    monkeypatch.setattr(hub_module, "MAX_KNOWN", 1)
    world = World(["a", "b"])
    await attach(world, screen, "a")
    for number in range(3):
        world.hub.receive(TypingChanged(conversation_id=f"d{number}", user_id="b", active=True, at=NOW))
        world.publish(world.commit(renamed))
    assert screen.seen == {"a1": ["greeting", 2, 3, 4]}
    assert len(world.hub._known) == 1


async def test_what_the_bus_lost_is_read_from_the_store(screen: Screen) -> None:
    """A later change shows the gap, which is filled, also when the store fails at first."""
    world = World(["a"], failures=2)
    await attach(world, screen, "a")
    world.commit(renamed)
    world.commit(renamed)
    world.publish(world.commit(renamed))
    assert screen.seen["a1"] == ["greeting"]
    await settle(world)
    assert screen.seen["a1"] == ["greeting", 2, 3, 4]
    assert world.reads == [(1, 4)]


async def test_what_is_missing_is_read_on_nobodys_account(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever's request shows the gap: all wait for what fills it, so it is nobody's turn."""
    world = World(["a"])
    await attach(world, screen, "a")
    world.commit(renamed)
    change, read, accounts = world.commit(renamed), world.changes, list[Account | None]()

    async def noting(conversation_id: str, after: int, until: int) -> tuple[Change, ...]:
        accounts.append(current())
        return await read(conversation_id, after, until)

    async def request() -> Account | None:
        world.publish(change)
        return current()

    monkeypatch.setattr(world, "changes", noting)
    account = Fairness().account("one")
    assert await asyncio.create_task(account.metered(request())) is account
    await settle(world)
    assert accounts == [None]
    assert screen.seen["a1"] == ["greeting", 2, 3]


async def test_a_new_conversation_is_followed_at_once(screen: Screen) -> None:
    """Who is in a conversation when it is made receives it and all that follows, on each device."""
    world = World([])
    await attach(world, screen, "a", 1)
    await attach(world, screen, "a", 2)
    world.participants.append("a")
    world.publish(ConversationCreated(conversation_id="c", revision=1, conversation=conversation("a")))
    world.publish(world.commit(renamed))
    await settle(world)
    assert screen.seen == {"a1": ["greeting", 1, 2], "a2": ["greeting", 1, 2]}


async def test_who_is_added_receives_the_addition_and_what_follows(screen: Screen) -> None:
    """An added user's connection follows from the addition on, also where nobody followed before."""
    world = World(["a"])
    await attach(world, screen, "b")
    world.commit(renamed)
    world.publish(world.commit(added("b")))
    world.publish(world.commit(renamed))
    await settle(world)
    assert screen.seen["b1"] == ["greeting", 3, 4]


async def test_a_late_addition_lets_nobody_in_who_has_left_again(screen: Screen) -> None:
    """An addition that the bus brings after the removal is told to nobody, and nothing is left behind."""
    world = World(["a"])
    member = await attach(world, screen, "b")
    addition = world.commit(added("b"))
    world.commit(removed("b"))
    world.publish(addition)
    await settle(world)
    world.publish(world.commit(renamed))
    assert screen.seen["b1"] == ["greeting"]
    assert member.following == set()
    assert world.bus.topics == {"user:b"}


async def test_an_addition_that_others_have_seen_already_lets_its_user_in(screen: Screen) -> None:
    """Who connects may have read an addition before the bus brings it: the one who was added still follows."""
    world = World(["a"])
    await attach(world, screen, "b")
    addition = world.commit(added("b"))
    await attach(world, screen, "a")
    world.publish(addition)
    await settle(world)
    world.publish(world.commit(renamed))
    assert screen.seen == {"b1": ["greeting", 2, 3], "a1": ["greeting", 3]}


def _typing(user_id: str) -> TypingChanged:
    return TypingChanged(conversation_id="c", user_id=user_id, profile=UNNAMED, active=True, at=NOW)


async def test_signals_meanwhile_reach_who_is_being_let_in(screen: Screen) -> None:
    """What is of the moment while the store is asked about an addition is told when its answer has come, once."""
    world = World(["a"])
    await attach(world, screen, "b")
    world.publish(world.commit(added("b")))
    world.publish(_typing("a"))
    world.publish(_typing("b"))
    assert screen.seen["b1"] == ["greeting"]
    await settle(world)
    world.publish(_typing("a"))
    assert screen.seen["b1"] == ["greeting", 2, _typing("a"), _typing("a")]


async def test_signals_meanwhile_are_not_for_who_has_left_again(screen: Screen) -> None:
    """Who turns out to be gone is told nothing of what happened meanwhile."""
    world = World(["a"])
    await attach(world, screen, "b")
    addition = world.commit(added("b"))
    world.commit(removed("b"))
    world.publish(addition)
    world.publish(_typing("a"))
    await settle(world)
    assert screen.seen["b1"] == ["greeting"]


async def test_selective_connection_receives_from_when_it_enters(screen: Screen) -> None:
    """It follows what its user is in from the start and is shown nothing of it before it enters."""
    world = World(["a"])
    member = await attach(world, screen, "a", entered=())
    world.publish(world.commit(renamed))
    member.entered.add("c")
    world.publish(world.commit(renamed))
    member.entered.discard("c")
    world.publish(world.commit(renamed))
    await settle(world)
    assert screen.seen == {"a1": ["greeting", 3]}


async def test_selective_connection_that_entered_is_not_deaf_when_its_user_comes_again(screen: Screen) -> None:
    """An earlier removal that is delivered late, together with the addition, undoes no entering."""
    world = World(["a", "b"])
    await attach(world, screen, "a")
    member = await attach(world, screen, "b", entered=("c",))
    world.commit(renamed)
    world.commit(removed("b"))
    addition = world.commit(added("b"))
    member.entered.add("c")
    world.publish(addition)
    await settle(world)
    world.publish(world.commit(renamed))
    assert screen.seen["b1"][-2:] == [4, 5]
    assert member.following == {"c"}


async def test_who_is_removed_receives_the_removal_and_nothing_more(screen: Screen) -> None:
    """A removed user's connections hear of it and fall silent; the others go on."""
    world = World(["a", "b"])
    await attach(world, screen, "a")
    gone = await attach(world, screen, "b")
    removal = world.commit(removed("b"))
    later = world.commit(renamed)
    world.publish(later)
    world.publish(removal)
    await settle(world)
    assert screen.seen == {"a1": ["greeting", 2, 3], "b1": ["greeting", 2]}
    assert gone.following == set()


async def test_a_removal_while_connecting_is_not_missed(screen: Screen) -> None:
    """Somebody removed between the reading of the store and its end follows nothing afterwards."""
    world = World(["a", "b"])
    await attach(world, screen, "a")

    def remove_once() -> None:
        world.on_read = lambda: None
        world.publish(world.commit(removed("b")))

    world.on_read = remove_once
    member = await attach(world, screen, "b")
    world.publish(world.commit(renamed))
    assert member.following == set()
    assert screen.seen == {"a1": ["greeting", 2, 3], "b1": ["greeting"]}


async def test_an_addition_while_connecting_is_not_missed(screen: Screen) -> None:
    """Somebody added between the reading of the store and its end follows, and is greeted first."""
    world = World(["a"])

    def add_once() -> None:
        world.on_read = lambda: None
        world.publish(world.commit(added("b")))

    world.on_read = add_once
    member = await attach(world, screen, "b")
    assert member.following == {"c"}
    world.publish(world.commit(renamed))
    assert screen.seen == {"b1": ["greeting", 3]}


async def test_a_change_while_connecting_is_read_or_delivered_not_both(screen: Screen) -> None:
    """What the reading has seen is not delivered, what comes after it is."""
    world = World(["a"])
    moments = iter([world.commit(renamed), None, world.commit(renamed)])

    def publish_next() -> None:
        if (change := next(moments, None)) is not None:
            world.publish(change)

    world.on_read = publish_next
    await attach(world, screen, "a")
    late = world.commit(renamed)
    world.publish(late)
    await settle(world)
    assert screen.seen == {"a1": ["greeting", late.revision]}


@pytest.mark.parametrize("alone", [True, False], ids=["nobody else publishes", "others publish, too"])
async def test_the_store_is_read_again_where_something_can_have_been_missed(screen: Screen, alone: bool) -> None:
    """Where every change passes here, who connects is found in one reading, and what follows is delivered."""
    world, readings = World(["a"]), list[int]()
    world.bus.unheard = 0 if alone else None
    world.on_read = lambda: readings.append(world.revision)
    member = await attach(world, screen, "a")
    assert len(readings) == (1 if alone else 2)
    assert member.following == {"c"}
    world.publish(world.commit(renamed))
    assert screen.seen == {"a1": ["greeting", 2]}


@pytest.mark.parametrize("others", [["b"], []], ids=["heard by another", "heard by nobody"])
@pytest.mark.parametrize("alone", [True, False], ids=["nobody else publishes", "others publish, too"])
async def test_what_happens_right_after_the_reading_is_not_missed(
    screen: Screen, others: list[str], alone: bool
) -> None:
    """Who is removed while connecting follows nothing, whether anybody here heard of it or not."""
    world = World(["a", *others])
    world.bus.unheard = 0 if alone else None
    for each in others:
        await attach(world, screen, each)
    moments = iter([removed("a")])

    def publish_next() -> None:
        if (change := next(moments, None)) is not None:
            world.publish(world.commit(change))

    world.on_read = publish_next
    member = await attach(world, screen, "a")
    assert member.following == set()
    world.publish(_typing("b"))
    assert screen.seen["a1"] == ["greeting"]


async def test_who_is_asked_first_takes_the_place_of_one_reading(screen: Screen) -> None:
    """What somebody else reads is taken for what the store says, and asked for once; what it raises is raised."""
    world, asked = World(["a"]), list[bool]()
    world.bus.unheard = 0
    world.on_read = lambda: pytest.fail("the store is read")

    async def read() -> dict[str, int]:
        asked.append("user:a" in world.bus.topics)
        return {"c": world.revision}

    member = Member(id="a1", user_id="a", session_id=None, outlet=screen)
    await world.hub.attach(member, lambda: None, read)
    assert asked == [True]
    assert member.following == {"c"}

    async def fail() -> dict[str, int]:
        raise OSError("the store is away")

    with pytest.raises(OSError, match="away"):
        await world.hub.attach(Member(id="a2", user_id="a", session_id=None, outlet=screen), lambda: None, fail)


async def test_interest_ends_with_the_last_connection(screen: Screen) -> None:
    """Topics are held as long as somebody needs them; detaching twice changes nothing."""
    world = World(["a"])
    first = await attach(world, screen, "a", 1)
    second = await attach(world, screen, "a", 2)
    assert world.bus.topics == {"user:a", "conversation:c"}
    world.hub.detach(first)
    world.hub.detach(first)
    assert world.bus.topics == {"user:a", "conversation:c"}
    world.hub.detach(second)
    assert world.bus.topics == set()


async def test_a_session_that_ends_closes_its_connections(screen: Screen) -> None:
    """Only the connections of that session are dismissed, ready or not."""
    world = World(["a"])
    await attach(world, screen, "a", 1)
    other = await attach(world, screen, "a", 2)
    other.session_id = "another"
    world.publish(SessionEnded(user_id="a", session_id="s-a"))
    assert screen.dismissed == ["a1"]


async def test_all_sessions_of_a_user_can_end(screen: Screen) -> None:
    """Without a session named, every connection of the user is dismissed, and nobody else's."""
    world = World(["a", "b"])
    await attach(world, screen, "a", 1)
    other = await attach(world, screen, "a", 2)
    other.session_id = None
    await attach(world, screen, "b", 1)
    world.publish(SessionEnded(user_id="a", session_id=None))
    assert sorted(screen.dismissed) == ["a1", "a2"]


async def test_one_broken_outlet_does_not_silence_the_others(screen: Screen, caplog: pytest.LogCaptureFixture) -> None:
    """An exception while writing is logged, and the rest is delivered."""

    class Broken(Screen):
        def deliver(self, event: Event, members: Sequence[Member]) -> None:
            raise OSError("the wire is cut")

    world = World(["a", "b"])
    await attach(world, Broken(), "a")
    await attach(world, screen, "b")
    world.publish(world.commit(renamed))
    world.publish(TypingChanged(conversation_id="c", user_id="a", active=True, at=NOW))
    assert [each for each in screen.seen["b1"] if each in ("greeting", 2)] == ["greeting", 2]
    assert len(screen.seen["b1"]) == 3
    assert "could not be written" in caplog.text


async def test_closing_ends_the_filling(screen: Screen) -> None:
    """A fill that cannot succeed ends with the hub."""
    world = World(["a"], failures=10**9)
    await attach(world, screen, "a")
    world.commit(renamed)
    world.publish(world.commit(renamed))
    await asyncio.sleep(0)
    await world.hub.close()
    assert not world.hub._mending


async def test_a_lost_change_is_found_by_catching_up(screen: Screen) -> None:
    """What no later change betrays is found where the conversation stands in the store."""
    world = World(["a"])
    await attach(world, screen, "a")
    world.commit(renamed)
    await world.hub.catch_up()
    await settle(world)
    assert screen.seen == {"a1": ["greeting", 2]}


async def test_a_lost_deletion_is_found_by_catching_up(screen: Screen) -> None:
    """Who was deleted without our hearing of it is dismissed, of whatever session."""
    world = World(["a", "b"])
    await attach(world, screen, "a")
    await attach(world, screen, "b")
    world.deleted.add("a")
    await world.hub.catch_up()
    assert screen.dismissed == ["a1"]


async def test_a_lost_addition_is_found_by_catching_up(screen: Screen) -> None:
    """Who was added without hearing of it follows from the addition on, whether others here follow or not."""
    world = World(["a"])
    await attach(world, screen, "b")
    world.commit(renamed)
    world.commit(added("b"))
    world.commit(renamed)
    await world.hub.catch_up()
    await settle(world)
    assert screen.seen["b1"] == ["greeting", 3, 4]
    await attach(world, screen, "d")
    world.commit(added("d"))
    await world.hub.catch_up()
    await settle(world)
    assert screen.seen["d1"] == ["greeting", 5]


async def test_a_lost_removal_is_found_by_catching_up(screen: Screen) -> None:
    """Who was removed without hearing of it is told, follows nothing, and nothing is left behind."""
    world = World(["a", "b"])
    gone = await attach(world, screen, "b")
    world.commit(removed("b"))
    await world.hub.catch_up()
    await settle(world)
    assert screen.seen["b1"] == ["greeting", 2]
    assert gone.following == set()
    assert world.bus.topics == {"user:b"}


async def test_who_is_still_late_is_let_in_by_catching_up(screen: Screen) -> None:
    """Whatever has kept a connection from what it is to have, also where nothing has changed since."""
    world = World(["a"])
    late = await attach(world, screen, "a")
    world.publish(world.commit(renamed))
    world.hub._late["c"] = {late: 1}
    await world.hub.catch_up()
    await settle(world)
    assert world.hub._late == {}


async def test_a_lost_end_of_a_session_is_found_by_catching_up(screen: Screen) -> None:
    """The connections of a session that has ended are dismissed."""
    world = World(["a"], ended={"s-a"})
    await attach(world, screen, "a")
    await world.hub.catch_up()
    assert screen.dismissed == ["a1"]


async def test_what_is_read_late_is_not_for_those_who_have_left(screen: Screen) -> None:
    """The store shows messages as they are now: who is removed on the way gets the removal alone."""
    world = World(["a", "b"])
    await attach(world, screen, "a")
    await attach(world, screen, "b")
    world.commit(renamed)
    world.commit(removed("b"))
    world.publish(world.commit(renamed))
    await settle(world)
    assert screen.seen == {"a1": ["greeting", 2, 3, 4], "b1": ["greeting", 3]}


async def test_who_is_removed_and_added_again_goes_on(screen: Screen) -> None:
    """A removal and an addition that are read together leave the only follower following."""
    world = World(["a", "b"])
    member = await attach(world, screen, "b")
    world.commit(removed("b"))
    world.commit(added("b"))
    world.publish(world.commit(renamed))
    await settle(world)
    world.publish(world.commit(renamed))
    assert screen.seen["b1"] == ["greeting", 2, 3, 4, 5]
    assert member.following == {"c"}


async def test_who_is_removed_twice_hears_of_the_first_time(screen: Screen) -> None:
    """Two removals, of which each was undone, are read together: the first one ends what they heard until then."""
    world = World(["a", "b"])
    member = await attach(world, screen, "b")
    world.commit(renamed)
    world.commit(removed("b"))
    world.commit(added("b"))
    world.commit(removed("b"))
    world.publish(world.commit(added("b")))
    await settle(world)
    assert screen.seen["b1"] == ["greeting", 3, 6]
    assert member.following == {"c"}


async def test_the_heartbeat_catches_up(screen: Screen) -> None:
    """Once started the hub finds by itself what was lost, also after the store has failed."""
    world = World(["a"])
    await attach(world, screen, "a")
    world.commit(renamed)
    found = asyncio.Event()
    deliver = screen.deliver

    def tell(event: Event, members: Sequence[Member]) -> None:
        deliver(event, members)
        found.set()

    standings, failures = world.standings, iter([True])

    async def unsteady(user_ids: Sequence[str]) -> tuple[Standing, ...]:
        if next(failures, False):
            raise OSError("the store is away")
        return await standings(user_ids)

    screen.deliver = tell  # type: ignore[method-assign]
    world.standings = unsteady  # type: ignore[method-assign]
    world.hub.start(heartbeat=0.001)
    await asyncio.wait_for(found.wait(), 5)
    await world.hub.close()
    assert screen.seen["a1"] == ["greeting", 2]


async def test_hurry_does_not_wait_for_the_heartbeat(screen: Screen) -> None:
    """Whoever knows that something was lost need not wait."""
    world = World(["a"])
    await attach(world, screen, "a")
    world.commit(renamed)
    world.hub.start(heartbeat=3600)
    world.hub.hurry()
    found = asyncio.Event()
    deliver = screen.deliver

    def tell(event: Event, members: Sequence[Member]) -> None:
        deliver(event, members)
        found.set()

    screen.deliver = tell  # type: ignore[method-assign]
    await asyncio.wait_for(found.wait(), 5)
    assert world.hub.connections == 1
    await world.hub.close()
    assert screen.seen["a1"] == ["greeting", 2]


async def test_a_revision_that_the_store_does_not_have_is_waited_for(
    screen: Screen, caplog: pytest.LogCaptureFixture
) -> None:
    """A gap that reading does not close is logged and read again, not spun on."""
    world = World(["a"])
    await attach(world, screen, "a")
    hidden = [world.commit(renamed), world.commit(renamed)]
    world.log.clear()
    changes = world.changes

    async def late(conversation_id: str, after: int, until: int) -> tuple[Change, ...]:
        found = await changes(conversation_id, after, until)
        world.log[:] = hidden
        return found

    world.changes = late  # type: ignore[method-assign]
    world.publish(hidden[1])
    await settle(world)
    assert screen.seen["a1"] == ["greeting", 2, 3]
    assert "revisions of conversation c are not in the store: Gap(after=1, until=3)" in caplog.text


async def test_a_revision_that_comes_while_the_store_is_read_is_not_taken_for_missing(
    screen: Screen, caplog: pytest.LogCaptureFixture
) -> None:
    """Who is let in late is read for; a gap that opens meanwhile is read next."""
    world = World(["a"])
    await attach(world, screen, "b")
    addition = world.commit(added("b"))
    await attach(world, screen, "a")
    changes = world.changes

    async def busy(conversation_id: str, after: int, until: int) -> tuple[Change, ...]:
        found = await changes(conversation_id, after, until)
        if until == addition.revision:
            world.commit(renamed)
            world.publish(world.commit(renamed))
        return found

    world.changes = busy  # type: ignore[method-assign]
    world.publish(addition)
    await settle(world)
    assert screen.seen == {"b1": ["greeting", 2, 3, 4], "a1": ["greeting", 3, 4]}
    assert "not in the store" not in caplog.text
