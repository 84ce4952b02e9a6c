"""Whatever happens on the way, every connection sees each change once, in order."""

import asyncio
import itertools
from collections.abc import Callable

from doubles.delivery import Screen, World, added, attach, removed, renamed, settle
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule

from palaver_runtime.delivery import hub as hub_module
from palaver_runtime.delivery.audience import Member
from palaver_runtime.domain.events import Change, ParticipantRemoved, Superseded

PEOPLE = ("a", "b", "d", "e")


class Delivery(RuleBasedStateMachine):
    """Changes are made, come late, twice or never; people connect, leave, are removed and added; instances restart."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.delays = hub_module.FILL_DELAY, hub_module.FILL_RETRY
        hub_module.FILL_DELAY = hub_module.FILL_RETRY = 0.0
        self.connections: list[tuple[Member, Screen, int]] = []
        self.number = 0

    changes = Bundle("changes")

    @initialize()
    def begin(self) -> None:
        """Start with two people."""
        self.world = World(["a", "b"])

    @rule(target=changes, publish=st.booleans())
    def change(self, publish: bool) -> Change:
        """Commit a change; it is published at once, or later, or never."""
        return self._commit(renamed, publish=publish)

    @rule(target=changes, who=st.sampled_from(PEOPLE), publish=st.booleans())
    def enter_or_leave(self, who: str, publish: bool) -> Change:
        """Remove somebody who is there, or add somebody who is not."""
        make = removed(who) if who in self.world.participants else added(who)
        return self._commit(make, publish=publish)

    @rule(change=changes)
    def publish_again(self, change: Change) -> None:
        """Publish a change late, or once more."""
        self._run(lambda: self.world.publish(change))

    @rule(change=consumes(changes))
    def lose(self, change: Change) -> None:
        """Never publish a change again, if it ever was."""
        assert change in self.world.log

    @rule(who=st.sampled_from(PEOPLE), meanwhile=st.one_of(st.none(), st.sampled_from(PEOPLE)))
    def connect(self, who: str, meanwhile: str | None) -> None:
        """Connect somebody; while the store is read, somebody may be added or removed, and all hear of it."""
        self.number += 1
        screen = Screen()

        def happen() -> None:
            self.world.on_read = lambda: None
            if meanwhile is not None:
                make = removed(meanwhile) if meanwhile in self.world.participants else added(meanwhile)
                self.world.publish(self.world.commit(make))

        self.world.on_read = happen
        member = self.runner.run(attach(self.world, screen, who, self.number))
        self.connections.append((member, screen, self.world.revision))

    @rule(which=st.integers(0, 5))
    def disconnect(self, which: int) -> None:
        """End a connection; nothing reaches it any more."""
        if which < len(self.connections):
            member, screen, _ = self.connections.pop(which)
            self._run(lambda: self.world.hub.detach(member))
            self._check(member, screen)

    @rule()
    def settle(self) -> None:
        """Let the gaps be filled."""
        self.runner.run(settle(self.world))

    @rule()
    def catch_up(self) -> None:
        """Let the heartbeat beat; then everybody has everything."""
        self.runner.run(self._catch_up())
        for member, screen, _ in self.connections:
            self._check(member, screen)
            assert ("c" in member.following) == (member.user_id in self.world.participants)
            if "c" in member.following:
                assert self._seen(member, screen)[-1:] in ([], [self.world.revision])

    @invariant()
    def nobody_is_shown_anything_twice_or_out_of_order(self) -> None:
        """What a connection has seen is the greeting, then revisions that rise."""
        for member, screen, _ in self.connections:
            self._check(member, screen)

    def teardown(self) -> None:
        """Catch up a last time and end."""
        try:
            if hasattr(self, "world"):
                self.catch_up()
                self.runner.run(self.world.hub.close())
        finally:
            self.runner.close()
            hub_module.FILL_DELAY, hub_module.FILL_RETRY = self.delays

    def _commit(self, make: Callable[[int], Change], *, publish: bool) -> Change:
        change = self.world.commit(make)
        if publish:
            self._run(lambda: self.world.publish(change))
        return change

    def _run(self, action: Callable[[], None]) -> None:
        async def run() -> None:
            action()

        self.runner.run(run())

    async def _catch_up(self) -> None:
        await self.world.hub.catch_up()
        await settle(self.world)

    @staticmethod
    def _seen(member: Member, screen: Screen) -> list[int]:
        return [each for each in screen.seen[member.id] if isinstance(each, int)]

    def _check(self, member: Member, screen: Screen) -> None:
        assert screen.seen[member.id][0] == "greeting"
        seen = self._seen(member, screen)
        assert seen == sorted(set(seen))
        # It misses nothing, but what was undone before it was read, what happened while it was out, and what was
        # read only after it had left.
        left = {each.revision for each in self.world.log if self._removes(each, member)}
        told = {each.revision for each in self.world.log if not isinstance(self.world.told(each), Superseded)}
        for earlier, later in itertools.pairwise(seen):
            assert not told & set(range(earlier + 1, later)) or earlier in left or later in left

    @staticmethod
    def _removes(change: Change, member: Member) -> bool:
        return isinstance(change, ParticipantRemoved) and change.user_id == member.user_id


TestDelivery = Delivery.TestCase
TestDelivery.settings = settings(max_examples=300, stateful_step_count=40)
