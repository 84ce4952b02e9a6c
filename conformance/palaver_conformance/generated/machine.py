"""Talks at random: whatever people do, everybody knows what a model says that they must know."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from palaver_conformance.errors import Failure, NotApplicable
from palaver_conformance.evidence.oracle import Oracle
from palaver_conformance.evidence.trace import STAGED, Entry, Trace
from palaver_conformance.expectation import equal
from palaver_conformance.generated.search import Bounds, FromThread, search
from palaver_conformance.generated.talk.choices import Choice, Chooser
from palaver_conformance.generated.talk.comparison import Comparison
from palaver_conformance.generated.talk.deeds import Abilities, Deed
from palaver_conformance.generated.talk.performance import Performance
from palaver_conformance.generated.talk.world import World
from palaver_conformance.people.actor import Actor
from palaver_conformance.people.stage import MEMBERS, Stage
from palaver_conformance.scenario import RANDOM, Scenario, scenario
from palaver_conformance.setting import Setting

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

CAPABILITY = "machine"
_LONGEST: Final = 8
_TOGETHER: Final = 4

_TALKING = ("send", "send", "send", "interrupt", "repeat", "edit", "edit", "delete", "mark", "type")
_CONNECTIONS = ("connect", "close", "drop", "sync", "look")
_COMING_AND_GOING = ("add", "remove", "leave", "join", "mute", "enter", "rename")

Story = tuple[Choice, ...]


class Talks:
    """Plays talks on a server, each in new conversations; people are the same for some talks in a row."""

    def __init__(self, setting: Setting, abilities: Abilities) -> None:
        self._setting = setting
        self._abilities = abilities
        self._people: dict[str, Actor] = {}
        self._talks = 0
        self.deeds: list[Deed] = []
        self.entries: list[Entry] = []

    async def play(self, story: Story) -> None:
        """Play one to its end, and raise Failure when the server is not as the model has it."""
        # Each is judged by itself: its frames, and what was heard.
        trace = Trace(redaction=self._setting.trace.redaction)
        oracle = Oracle(self._setting.contract, self._setting.oracle.coverage, note=trace.object)
        stage = Stage(replace(self._setting, oracle=oracle, trace=trace))
        deeds: list[Deed] = []
        try:
            await self._perform(stage, story, deeds)
            equal(oracle.violations, [], "what breaks the documents")
            findings = [str(finding) for finding in stage.setting.witness.findings()]
            equal(findings, [], "what is doubled, reordered, left out or leaked")
        except Failure:
            # Whatever is still on the way to them is not the business of the next talk.
            self._people.clear()
            self.deeds, self.entries = deeds, trace.entries
            raise
        finally:
            await stage.close()

    async def _perform(self, stage: Stage, story: Story, deeds: list[Deed]) -> None:
        names = MEMBERS if self._abilities.groups else MEMBERS[:2]
        world = World(names)
        world.open_room(*names)
        if self._abilities.groups:
            world.open_room(*names[:2])
        people = {name: stage.returning(name, account.account) for name, account in (await self._cast(names)).items()}
        performance = Performance(stage, world, people)
        await performance.begin()
        stage.setting.trace.mark(STAGED)
        chooser = Chooser(world, self._abilities, min(3, self._setting.subject.limits.connections or 3))
        for choice in story:
            deed = chooser.deed(choice)
            if deed is not None:
                deeds.append(deed)
                await performance.do(deed)
        await Comparison(performance).end()

    async def _cast(self, names: Sequence[str]) -> dict[str, Actor]:
        """Return people for a talk. Two who have one conversation for ever are new each time."""
        if not self._people or not self._abilities.groups or self._talks % _TOGETHER == 0:
            stage = Stage(self._setting)
            self._people = {name: await stage.newcomer(name) for name in names}
        self._talks += 1
        return self._people


def machine() -> list[Scenario]:
    """Return the talks that are played at random."""
    return [
        _scenario("messages", (*_TALKING, *_CONNECTIONS), "what is said reaches everybody, whatever people do"),
        _scenario(
            "members",
            (*_TALKING, *_CONNECTIONS, *_COMING_AND_GOING, *_COMING_AND_GOING),
            "what is said reaches those who are there, whoever comes and goes",
        ),
    ]


def _scenario(subject: str, words: Sequence[str], title: str) -> Scenario:
    @scenario(
        f"{CAPABILITY}.talk.{subject}",
        source="docs/topics/delivery.md: what is promised",
        needs=("message.send@socket", "message.created"),
        tags=(RANDOM,),
    )
    async def everybody_knows_what_they_must(stage: Stage) -> None:
        """Compare a server with a model, talk by talk, and tell of the shortest one that shows a difference."""
        setting = stage.setting
        abilities = Abilities.of(setting.contract)
        if (
            not abilities.groups
            and set(words) & set(_COMING_AND_GOING)
            and not abilities.deeds & set(_COMING_AND_GOING)
        ):
            raise NotApplicable("nobody comes or goes where conversations are of two for ever")
        talks = Talks(setting, abilities)
        known = [word for word in words if word in abilities.deeds]
        bounds = Bounds(setting.seed, setting.examples, setting.search_time, setting.shrinking_time)
        playing = FromThread(talks.play)
        try:
            found = await search(lambda: _stories(known), playing, bounds)
        finally:
            playing.cancel()
        if found is not None:
            setting.trace.entries[:] = talks.entries
            story = [f"{number}. {deed}" for number, deed in enumerate(talks.deeds, 1)] or ["nobody does anything"]
            what = f"of {found.tried} talks {found.failures} went wrong; the shortest of them:"
            raise Failure(found.failure.expected, (what, *story, *found.failure.arrived))

    return replace(
        everybody_knows_what_they_must,
        title=title,
        requirement=(
            "An acknowledged message is durable. Every connected member of the conversation receives it exactly once,"
            " and all of them in the same order; a member who was away gets exactly what was missed, edits and"
            " deletions included. Histories, unread counts, listings and members agree with it."
        ),
    )


def _stories(words: Sequence[str]) -> "SearchStrategy[Story]":
    from hypothesis import strategies as st

    number = st.integers(0, 7)
    choice = st.builds(Choice, st.sampled_from(list(words)), st.integers(0, 2), *[number] * 3)
    # Of lists of lists more come out long, and can be made short all the same.
    stretches = st.lists(st.lists(choice, min_size=1, max_size=5), min_size=1, max_size=_LONGEST)
    return stretches.map(lambda found: tuple(each for stretch in found for each in stretch))
