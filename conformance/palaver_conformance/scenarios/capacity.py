"""How much is on a page, and how many are in a conversation. Both are met only where they are known to be few."""

from palaver_conformance.errors import NotApplicable
from palaver_conformance.expectation import ensure, equal, refused
from palaver_conformance.facts import Facts
from palaver_conformance.people.actor import Actor
from palaver_conformance.people.stage import Stage
from palaver_conformance.scenario import scenario

_PAGES = "design, Limits: page sizes"
_MEMBERS = "error catalogue, CONFLICT: a conversation has as many as it may"
_MOST = 30


@scenario("limits.page.size", source=_PAGES, needs=("message.send", "message.history"), limit="page")
async def pages_are_bounded(alice: Actor, room: Facts) -> None:
    """Page sizes: who asks for more than a page may have gets a full one, and the rest on the next."""
    most = _few(alice.setting.subject.limits.page, "messages are on a page")
    operation = alice.setting.contract.operation("message.history")
    if "limit" not in operation.fields:
        raise NotApplicable("nobody says how large a page is to be")
    sent = [await alice.send(room, f"message {number}") for number in range(most + 1)]
    if "page" in operation.fields:
        for number, expected in ((1, sent[1:]), (2, sent[:1])):
            values = {"conversation": room.id, "page": number, "limit": most + 1}
            numbered = await alice.perform("message.history", values)
            equal(numbered.many("messages"), expected, f"page {number}, of which {most + 1} messages were asked for")
        return
    page = await alice.history(room, limit=most + 1)
    equal(page.many("messages"), sent[1:], f"a page of which {most + 1} messages were asked for")
    ensure(page.flag("has_more"), "more on the next page", page)
    rest = await alice.history(room, before=sent[1], limit=most)
    equal(rest.many("messages"), sent[:1], "the next page")
    if alice.setting.contract.has("message.sync"):
        missed = await alice.sync(room, limit=most + 1)
        equal(missed.many("messages"), sent[:most], "the first page of what was missed")
        ensure(missed.flag("has_more"), "more on the next page", missed)


@scenario("limits.members.count", source=_MEMBERS, needs=("conversation.create",), limit="members")
async def a_full_conversation_takes_nobody_more(stage: Stage, alice: Actor) -> None:
    """Conversation size: a participant too many is refused with CONFLICT, whether added, joining, or there at once."""
    most = _few(alice.setting.subject.limits.members, "are in a conversation")
    contract = alice.setting.contract
    if not alice.makes_groups:
        raise NotApplicable("the documents have conversations of two alone")
    others = [await stage.newcomer(f"member-{number}") for number in range(1, most)]
    late = await stage.newcomer("late")
    room = await alice.create(*others)
    if contract.has("participant.add"):
        await refused(alice.add(room, late), "CONFLICT")
    if contract.has("participant.join"):
        await refused(late.perform("participant.join", {"conversation": room.id}), "CONFLICT")
    if contract.operation("conversation.create").takes_many("users"):
        await refused(alice.create(*others, late), "CONFLICT")
    await alice.inhabit(room)
    await alice.send(room, "among ourselves")


def _few(limit: int | None, what: str) -> int:
    if limit is None:
        raise NotApplicable(f"how many {what} is not known")
    if limit > _MOST:
        raise NotApplicable(f"{limit} {what}, and a scenario does not make so many")
    return limit
