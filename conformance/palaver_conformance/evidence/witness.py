"""Watches what the people of a scenario do and receive, and judges what none of them alone would notice.

Scenarios repeat, mute, leave, cut connections and ask for what is refused, on purpose. So a witness takes for allowed
whatever may be: who was perhaps added is perhaps a member, and what was sent side by side has no order.
"""

from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Hashable, Iterator, Mapping

from palaver_conformance.errors import Refused
from palaver_conformance.evidence.checkers import Finding, duplicate, gap, leak, order, sender
from palaver_conformance.evidence.chronicle import (
    KINDS,
    Acknowledged,
    Chronicle,
    Departed,
    Entered,
    Message,
    Paused,
    Received,
    Sent,
)
from palaver_conformance.facts import Facts

_DEPARTURES = frozenset({"participant.remove", "participant.leave"})
_ENTRANCES = frozenset({"participant.add", "participant.join", "room.join"})
_PAUSES = _DEPARTURES | {"room.leave"}
_BEGINNINGS = frozenset({"conversation.create", "message.send", "room.join"})
_SERVERS_FAULT = 500

_Place = tuple[str, str]
_Key = tuple[str, str, str]


class Witness:
    """The chronicle of one scenario, as far as it can be told from outside.

    `codes` has the HTTP status of each error code: after a refusal that is the server's own fault, what was asked for
    may have been done all the same.
    """

    def __init__(self, codes: Mapping[str, int]) -> None:
        self.chronicle = Chronicle()
        self._codes = codes
        self._connections: dict[Hashable, tuple[str, str]] = {}
        self._names = Counter[str]()
        self._entrances = Counter[_Place]()
        self._unanswered = Counter[_Place]()
        self._sent: set[_Key] = set()
        self._sending: defaultdict[_Place, set[_Key]] = defaultdict(set)
        self._side_by_side: set[_Key] = set()

    def opens(self, connection: Hashable, name: str, user: str) -> None:
        """Learn of a connection. Its name is for people to read, another one may have the same."""
        self._names[name] += 1
        label = name if self._names[name] == 1 else f"{name} ({self._names[name]})"
        self._connections[connection] = (label, user)

    def hears(self, connection: Hashable, means: str, facts: Facts) -> None:
        """Learn of an event that arrived on a connection."""
        if means not in KINDS or connection not in self._connections or "id" not in _message(facts):
            return
        name, user = self._connections[connection]
        message = Message.told(KINDS[means], facts)
        if message.conversation:
            self.chronicle.add(Received(user, name, KINDS[means], message))

    async def watch(self, user: str, means: str, values: Mapping[str, object], deed: Awaitable[Facts]) -> Facts:
        """Await what a user has asked for, take note of it and return its result; raises what it raises."""
        place = _place(user, means, values)
        if place is None:
            return await (self._beginning(user, values, deed) if means in _BEGINNINGS else deed)
        if means == "message.send":
            return await self._sending_to(place, values, deed)
        if means in _ENTRANCES:
            return await self._entering(place, deed)
        if means in _DEPARTURES:
            return await self._departing(place, deed)
        if means in _PAUSES:
            self.chronicle.add(Paused(*place))
        return await deed

    def suspects(self, user: str, means: str, values: Mapping[str, object]) -> None:
        """Learn of what is asked for and not watched: it need not be well-formed, and may be done."""
        place = _place(user, means, values)
        if place is None:
            return
        if means in _ENTRANCES:
            self._enters(place)
        if means in _PAUSES:
            self.chronicle.add(Paused(*place))
        if means == "message.send" and isinstance(values.get("client_id"), str):
            key = (*place, str(values["client_id"]))
            self._sent.add(key)
            self._side_by_side.add(key)

    def findings(self) -> list[Finding]:
        """Return the broken promises that show whatever a scenario is about."""
        entries = self.chronicle.entries
        # Of a conversation that nobody is known to be in, nobody can be said not to be in it.
        known = {entry.conversation for entry in self.chronicle.all(Entered)}
        inside = [each for each in entries if not isinstance(each, Received) or each.message.conversation in known]
        in_turn = [each for each in entries if not (isinstance(each, Sent) and _key(each) in self._side_by_side)]
        return [
            *duplicate(self.chronicle),
            *order(self.chronicle),
            *gap(self.chronicle),
            *sender(Chronicle(in_turn)),
            *leak(Chronicle(inside)),
        ]

    async def _beginning(self, user: str, values: Mapping[str, object], deed: Awaitable[Facts]) -> Facts:
        """Something by which a conversation may begin; who is in it may hear from it before the answer comes."""
        result = await deed
        for path in ("conversation.id", "conversation", "message.conversation"):
            conversation = result.find(path)
            if isinstance(conversation, str):
                for member in (user, *_texts(values, "users", "user", "recipient")):
                    self.chronicle.entries.insert(0, Entered(member, conversation))
        return result

    async def _sending_to(self, place: _Place, values: Mapping[str, object], deed: Awaitable[Facts]) -> Facts:
        client_id = values.get("client_id")
        key = (*place, client_id if isinstance(client_id, str) else f"without an id, {len(self._sent)}")
        others = self._sending[place]
        if others:
            self._side_by_side |= {key, *others}
        if key not in self._sent:
            self._sent.add(key)
            self.chronicle.add(Sent(*key))
        others.add(key)
        # Whatever was never answered may be done at any time, beside all that follows.
        result = await self._answer(deed, lambda: others.discard(key))
        others.discard(key)
        stored = result.get("message")
        if isinstance(stored, Facts) and "id" in stored:
            self.chronicle.add(Acknowledged(place[0], key[2], Message.of(stored, place[1])))
        return result

    async def _entering(self, place: _Place, deed: Awaitable[Facts]) -> Facts:
        entered = self._enters(place)

        def answered() -> None:
            self._unanswered[place] -= 1

        def refused() -> None:
            answered()
            self.chronicle.retract(entered)

        result = await self._answer(deed, refused)
        answered()
        return result

    def _enters(self, place: _Place) -> Entered:
        self._entrances[place] += 1
        self._unanswered[place] += 1
        entered = Entered(*place)
        self.chronicle.add(entered)
        return entered

    async def _departing(self, place: _Place, deed: Awaitable[Facts]) -> Facts:
        self.chronicle.add(Paused(*place))
        before = self._entrances[place]
        alone = not self._unanswered[place]
        result = await deed
        # With an entrance beside it nobody could say which came last.
        if alone and self._entrances[place] == before:
            self.chronicle.add(Departed(*place))
        return result

    async def _answer(self, deed: Awaitable[Facts], refused: Callable[[], None]) -> Facts:
        """Await a result; `refused` is called when it is certain that nothing was done."""
        try:
            return await deed
        except Refused as refusal:
            if self._codes.get(refusal.code, _SERVERS_FAULT) < _SERVERS_FAULT:
                refused()
            raise


def _place(user: str, means: str, values: Mapping[str, object]) -> _Place | None:
    """Return whose place in which conversation something is about, where it says in which."""
    conversation = values.get("conversation")
    who = values.get("user") if means in ("participant.add", "participant.remove") else user
    return (who, conversation) if isinstance(conversation, str) and isinstance(who, str) else None


def _message(facts: Facts) -> Facts:
    inner = facts.get("message")
    return inner if isinstance(inner, Facts) else facts


def _key(entry: Sent) -> _Key:
    return entry.user, entry.conversation, entry.client_id


def _texts(values: Mapping[str, object], *names: str) -> Iterator[str]:
    for name in names:
        value = values.get(name)
        for each in value if isinstance(value, list | tuple) else (value,):
            if isinstance(each, str):
                yield each
