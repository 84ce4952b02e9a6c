"""A witness finds what nobody in a scenario asked about, and accuses nobody of what may be in order."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence

import pytest
from proxy import Tamper, events
from samples import facts, lie, scenario

from palaver_conformance.contract.model import Contract
from palaver_conformance.errors import Failure, Refused
from palaver_conformance.evidence.verdict import Outcome, Verdict
from palaver_conformance.evidence.witness import Witness
from palaver_conformance.facts import Facts
from palaver_conformance.people.actor import Actor
from palaver_conformance.scenarios import all_scenarios

CODES = {"FORBIDDEN": 403, "CONFLICT": 409, "UNAVAILABLE": 503}
ROOM = {"conversation": "room"}


class Scene:
    """Alice's room, and the shorthand to say what happens in it."""

    def __init__(self, *members: str) -> None:
        self.witness = Witness(CODES)
        for user in ("alice", "bob", "carol"):
            self.witness.opens(user, f"{user}/1", user)
        self.members = members
        self._messages = 0

    async def begin(self) -> None:
        """Create the room."""
        await self.do("alice", "conversation.create", {"users": list(self.members)}, conversation=facts(id="room"))

    async def do(self, user: str, means: str, values: dict[str, object], **result: object) -> None:
        """Have something done."""

        async def done() -> Facts:
            return facts(**result)

        await self.witness.watch(user, means, values, done())

    async def fail(self, user: str, means: str, values: dict[str, object], error: Exception) -> None:
        """Have something end with an error."""

        async def failing() -> Facts:
            raise error

        with pytest.raises(type(error)):
            await self.witness.watch(user, means, values, failing())

    async def say(self, user: str, number: int, client_id: str | None = None) -> None:
        """Send a message."""
        values = {**ROOM, "client_id": client_id}
        await self.do(user, "message.send", values, message=facts(id=f"m{number}", sequence=number))

    def hear(self, user: str, number: int, means: str = "message.created", **more: object) -> None:
        """Have a message arrive."""
        told = facts(id=f"m{number}", sequence=number, **{**ROOM, **more})
        self.witness.hears(user, means, facts(message=told) if means == "message.created" else told)

    def found(self) -> set[str]:
        """Return the checkers that found something."""
        return {each.checker for each in self.witness.findings()}


@pytest.fixture
async def scene() -> Scene:
    """A room with alice and bob, but without carol."""
    made = Scene("bob")
    await made.begin()
    return made


def refusal(code: str) -> Refused:
    """Return a refusal."""
    return Refused("it", code, "no", {})


async def test_quiet_scene_is_sound(scene: Scene) -> None:
    """What is sent, received, edited and deleted as it should be gives no finding."""
    for number in (1, 2):
        await scene.say("alice", number, f"a{number}")
        for user in ("alice", "bob"):
            scene.hear(user, number)
    for user in ("alice", "bob"):
        scene.hear(user, 1, "message.edited", revision=4)
        scene.hear(user, 1, "message.deleted", revision=5)
        scene.hear(user, 1, "typing.changed")
    scene.witness.hears("nobody", "message.created", facts())
    scene.witness.hears("bob", "message.created", facts(message=facts(sequence=9)))
    scene.hear("bob", 7, conversation="")
    assert scene.found() == set()
    assert len(scene.witness.chronicle.entries) == 2 + 4 + 4 + 4


async def test_duplicates_are_found(scene: Scene) -> None:
    """A message that comes twice on one connection is found; on two of one name it comes once."""
    scene.witness.opens("phone", "bob/1", "bob")
    scene.hear("bob", 1)
    scene.hear("phone", 1)
    assert scene.found() == set()
    scene.hear("phone", 1)
    (finding,) = scene.witness.findings()
    assert str(finding) == "duplicate: bob/1 (2) received created of message m1 2 times"


async def test_one_client_id_is_one_message(scene: Scene) -> None:
    """What is repeated under one id and acknowledged as another message is found."""
    await scene.say("alice", 1, "once")
    await scene.say("alice", 1, "once")
    assert scene.found() == set()
    await scene.say("alice", 2, "once")
    assert scene.found() == {"duplicate"}


async def test_disagreement_is_found(scene: Scene) -> None:
    """Two receivers who hear of two changes in different order are found."""
    for user, revisions in (("alice", (3, 4)), ("bob", (4, 3))):
        for revision in revisions:
            scene.hear(user, 1, "message.edited", revision=revision)
    assert scene.found() == {"order"}


async def test_edits_without_revision_have_no_order(scene: Scene) -> None:
    """Where edits cannot be told apart, one receiver may mean the first and another the second."""
    scene.hear("alice", 1, "message.edited")
    for user in ("alice", "bob"):
        scene.hear(user, 2)
        scene.hear(user, 1, "message.edited")
    assert scene.found() == set()


async def test_messages_out_of_turn_are_found(scene: Scene) -> None:
    """What was sent after an acknowledgement comes after what was acknowledged."""
    scene.witness.opens("old", "old/1", "bob")
    await scene.do("alice", "message.send", ROOM, message=facts(id="m1"))
    await scene.do("alice", "message.send", ROOM, message=facts(id="m2"))
    for number in (2, 1):
        scene.witness.hears("old", "message.created", facts(message=facts(id=f"m{number}", **ROOM)))
    assert scene.found() == {"sender"}


async def test_what_is_sent_side_by_side_has_no_turn(scene: Scene) -> None:
    """Of two messages that are under way together, or of which one had no certain answer, either may come first."""
    answers = [asyncio.get_running_loop().create_future() for _ in range(2)]
    sending = [
        asyncio.create_task(scene.witness.watch("alice", "message.send", ROOM, _awaited(answer))) for answer in answers
    ]
    await asyncio.sleep(0)
    for number, answer in enumerate(answers, 1):
        answer.set_result(facts(message=facts(id=f"m{number}")))
    await asyncio.gather(*sending)
    await scene.fail("bob", "message.send", {**ROOM, "client_id": "b1"}, refusal("UNAVAILABLE"))
    await scene.do("bob", "message.send", ROOM, message=facts(id="m4"))
    await scene.do("bob", "message.send", {**ROOM, "client_id": "b1"}, message=facts(id="m3"))
    scene.witness.suspects("alice", "message.send", {**ROOM, "client_id": "hurried"})
    await scene.do("alice", "message.send", ROOM, message=facts(id="m6"))
    await scene.do("alice", "message.send", {**ROOM, "client_id": "hurried"}, message=facts(id="m5"))
    for number in (2, 1, 3, 4, 5, 6):
        scene.witness.hears("bob", "message.created", facts(message=facts(id=f"m{number}", **ROOM)))
    assert scene.found() == set()


async def test_certain_refusal_is_not_under_way(scene: Scene) -> None:
    """A refused message is not beside those that follow: their turns count."""
    await scene.fail("alice", "message.send", ROOM, refusal("FORBIDDEN"))
    await scene.do("alice", "message.send", ROOM, message=facts(id="m1"))
    await scene.do("alice", "message.send", ROOM, message=facts(id="m2"))
    for number in (2, 1):
        scene.witness.hears("bob", "message.created", facts(message=facts(id=f"m{number}", **ROOM)))
    assert scene.found() == {"sender"}


async def test_gaps_are_found(scene: Scene) -> None:
    """A connection that hears of the first and the third message was to hear of the second."""
    for number in (1, 3):
        scene.hear("bob", number)
    assert scene.found() == {"gap"}


@pytest.mark.parametrize("means", ["room.leave", "participant.leave", "participant.remove"])
@pytest.mark.parametrize("watched", [True, False])
async def test_gaps_of_the_absent_are_none(scene: Scene, means: str, watched: bool) -> None:
    """Who mutes, leaves or is removed, or may have been, may miss something."""
    user = "alice" if means == "participant.remove" else "bob"
    values = {**ROOM, "user": "bob"} if means == "participant.remove" else ROOM
    if watched:
        await scene.do(user, means, values)
    else:
        scene.witness.suspects(user, means, values)
    await scene.do("bob", "room.join", ROOM)
    for number in (1, 3):
        scene.hear("bob", number)
    assert scene.found() == set()


async def test_leaks_are_found(scene: Scene) -> None:
    """Who was never in a conversation, or was refused, is not to hear from it."""
    for error in (refusal("FORBIDDEN"), refusal("CONFLICT")):
        await scene.fail("carol", "room.join", ROOM, error)
    await scene.say("alice", 1)
    assert scene.found() == set()
    scene.hear("carol", 1)
    assert scene.found() == {"leak"}


async def test_leaks_to_the_removed_are_found(scene: Scene) -> None:
    """Who was removed hears nothing of what is sent afterwards, though perhaps of what was under way."""
    await scene.say("alice", 1)
    await scene.do("alice", "participant.remove", {**ROOM, "user": "bob"})
    scene.hear("bob", 1)
    assert scene.found() == set()
    await scene.say("alice", 2)
    scene.hear("bob", 2)
    assert scene.found() == {"leak"}


@pytest.mark.parametrize(
    ("user", "means", "values"),
    [
        ("alice", "participant.add", {**ROOM, "user": "carol"}),
        ("carol", "room.join", ROOM),
    ],
)
@pytest.mark.parametrize("how", ["done", "unanswered", "unavailable", "attempted"])
async def test_whoever_may_be_in_may_hear(
    scene: Scene, user: str, means: str, values: dict[str, object], how: str
) -> None:
    """Added, perhaps added, or entered by oneself: what arrives then, or before the answer, is no leak."""
    if how == "attempted":
        scene.witness.suspects(user, means, values)
    else:
        answer: asyncio.Future[Facts] = asyncio.get_running_loop().create_future()
        asking = asyncio.create_task(scene.witness.watch(user, means, values, _awaited(answer)))
        await asyncio.sleep(0)
    scene.hear("carol", 1)
    match how:
        case "done":
            answer.set_result(facts())
            await asking
        case "unanswered" | "unavailable":
            answer.set_exception(Failure("an answer") if how == "unanswered" else refusal("UNAVAILABLE"))
            with pytest.raises(Failure):
                await asking
    await scene.say("alice", 2)
    scene.hear("carol", 2)
    assert scene.found() == set()


@pytest.mark.parametrize("first", ["the addition", "the removal"])
async def test_side_by_side_nobody_knows_who_is_in(scene: Scene, first: str) -> None:
    """Where a user is added and removed at the same time, either may have come last."""
    answers = {name: asyncio.get_running_loop().create_future() for name in ("participant.add", "participant.remove")}
    names = list(answers) if first == "the addition" else list(answers)[::-1]
    tasks = []
    for name in names:
        deed = scene.witness.watch("alice", name, {**ROOM, "user": "bob"}, _awaited(answers[name]))
        tasks.append(asyncio.create_task(deed))
        await asyncio.sleep(0)
    for name in names[::-1]:
        answers[name].set_result(facts())
        await asyncio.sleep(0)
    await asyncio.gather(*tasks)
    await scene.say("alice", 1)
    scene.hear("bob", 1)
    assert scene.found() == set()


async def test_nothing_is_said_of_unknown_conversations(scene: Scene) -> None:
    """Of a conversation of which nobody is known to be a member no one is said not to be one."""
    scene.hear("carol", 1, conversation="elsewhere")
    scene.witness.suspects("carol", "message.send", {})
    await scene.do("carol", "session.ping", {})
    assert scene.found() == set()


@pytest.mark.parametrize(
    ("means", "values", "result"),
    [
        ("conversation.create", {"users": "carol"}, {"conversation": facts(id="new")}),
        ("message.send", {"recipient": "carol"}, {"message": facts(id="m1", conversation="new")}),
        ("room.join", {"user": "carol"}, {"conversation": "new"}),
    ],
)
async def test_beginning_includes_the_others(
    scene: Scene, means: str, values: dict[str, object], result: dict[str, object]
) -> None:
    """By whatever a conversation begins, the other one is in it, also for what arrives before the answer."""
    scene.hear("carol", 1, conversation="new")
    await scene.do("alice", means, values, **result)
    assert scene.found() == set()
    scene.hear("bob", 1, conversation="new")
    assert scene.found() == {"leak"}


async def _awaited(answer: "asyncio.Future[Facts]") -> Facts:
    return await answer


def _some(change: Callable[[list[dict]], Sequence[dict]]) -> Tamper:
    """Let `change` have pairs of messages, in place of which it gives others; the third is let alone."""
    held: list[dict] = []
    seen = Counter[str]()

    def tamper(payload: dict) -> Sequence[dict]:
        seen["all"] += 1
        if seen["all"] not in (2, 3):
            return [payload]
        held.append(payload)
        return change(held) if len(held) == 2 else []

    return events("message:new", tamper)


async def _liar(reference: str, shipped: Contract, tamper: Tamper) -> Outcome:
    """Judge a liar by a scenario that looks at acknowledgements and at the history alone."""
    (blind,) = [each for each in all_scenarios() if each.id == "sync.history.at-once"]
    return await lie(reference, shipped, blind, tamper)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda held: [held[0], held[1], held[1]], "duplicate: alice/1 received created of message"),
        (lambda held: held[::-1], "order: alice/1 received message"),
        (lambda held: held[:1], "gap: alice/1 received the messages 1 to 5 and not 3"),
    ],
)
async def test_liar_fails_a_scenario_that_did_not_look(
    reference: str, shipped: Contract, change: Callable[[list[dict]], Sequence[dict]], told: str
) -> None:
    """What a server doubles, swaps or leaves out beside the matter of a scenario fails it, in the checker's words."""
    outcome = await _liar(reference, shipped, _some(change))
    assert outcome.verdict is Verdict.FAIL
    assert "beside it" in outcome.reason
    assert outcome.arrived[0].startswith(told)


async def test_honest_server_passes_it(reference: str, shipped: Contract) -> None:
    """The same scenario passes when the two messages are let alone."""
    assert (await _liar(reference, shipped, _some(lambda held: held))).verdict is Verdict.PASS


async def test_leak_fails_a_scenario_that_did_not_look(reference: str, shipped: Contract) -> None:
    """A message that a stranger receives, though nobody asked what strangers receive, fails the scenario."""
    heard: list[str] = []

    def tamper(frame: str) -> Sequence[str]:
        if frame.startswith('42["message:new"'):
            heard.append(frame)
        # Strangers alone ask for a sign of life here.
        return [heard[0], frame] if frame.startswith("43") and "pong" in frame else [frame]

    async def act(alice: Actor, bob: Actor, stranger: Actor, room: Facts) -> None:
        sent = await alice.send(room, "between us")
        await bob.expect("message.created", {"message.id": sent.id})
        await stranger.ping()

    played = scenario(parameters=("alice", "bob", "stranger", "room"), act=act)
    outcome = await lie(reference, shipped, played, tamper)
    assert outcome.verdict is Verdict.FAIL
    assert outcome.arrived[0].startswith("leak: stranger/1 received message")
