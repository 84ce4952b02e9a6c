"""Judging whole traces: what no single scenario sees, because it shows only between several people or over time.

Each checker is a pure function from a chronicle to its findings; none means that the promise was kept. They expect a
chronicle that has come to rest: everything that was under way has arrived or never will.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from types import MappingProxyType

from palaver_conformance.evidence.chronicle import (
    Acknowledged,
    Caught,
    Chronicle,
    Counted,
    Departed,
    Entered,
    Fresh,
    Message,
    Paused,
    Received,
    Sent,
    members,
)


@dataclass(frozen=True)
class Finding:
    """One broken promise: the id of the checker, and what is wrong, with who saw it."""

    checker: str
    text: str

    def __str__(self) -> str:
        return f"{self.checker}: {self.text}"


Checker = Callable[[Chronicle], Iterator[Finding]]


def lost(chronicle: Chronicle) -> Iterator[Finding]:
    """An acknowledged message is stored, and reaches every member who stays to the end: live, or by catching up."""
    stored: dict[str, set[str]] = {}
    for fresh in chronicle.all(Fresh):
        stored.setdefault(fresh.conversation, set()).update(message.id for message in fresh.messages)
    got = _got(chronicle)
    stays = _stays(chronicle)
    for place, entry in enumerate(chronicle.entries):
        if not isinstance(entry, Acknowledged):
            continue
        message = entry.message
        name = f"message {message.id} ({entry.client_id!r} of {entry.user})"
        if message.conversation in stored and message.id not in stored[message.conversation]:
            yield Finding("lost", f"{name} was acknowledged, and the history does not have it")
        for user, since in stays.get(message.conversation, {}).items():
            if since < place and message.id not in got.get(user, ()):
                yield Finding("lost", f"{name} was acknowledged, and never reached {user}")


def duplicate(chronicle: Chronicle) -> Iterator[Finding]:
    """No connection hears of one change twice, and what is sent under one id is one message."""
    for (connection, _), stream in chronicle.streams().items():
        heard = Counter((entry.kind, entry.message.id, entry.message.revision) for entry in stream)
        for (kind, message, revision), count in heard.items():
            # Where the server has no revisions, two edits of a message cannot be told from one that came twice.
            if count > 1 and (kind != "edited" or revision is not None):
                yield Finding("duplicate", f"{connection} received {kind} of message {message} {count} times")
    known: dict[tuple[str, str, str], str] = {}
    for entry in chronicle.all(Acknowledged):
        key = (entry.user, entry.message.conversation, entry.client_id)
        if known.setdefault(key, entry.message.id) != entry.message.id:
            both = f"{known[key]} and {entry.message.id}"
            yield Finding("duplicate", f"{entry.client_id!r} of {entry.user} was acknowledged as {both}")
    for fresh in _one_each(chronicle):
        ids = Counter(message.id for message in fresh.messages)
        sent = Counter((message.sender, message.client_id) for message in fresh.messages if message.client_id)
        twice = [f"message {each}" for each, count in ids.items() if count > 1]
        twice += [f"{client!r} of {sender}" for (sender, client), count in sent.items() if count > 1]
        for each in twice:
            yield Finding("duplicate", f"the history of {fresh.conversation} has {each} more than once")


def order(chronicle: Chronicle) -> Iterator[Finding]:
    """All receivers of a conversation hear of its changes in one order, which is that of the history."""
    graphs: dict[str, TopologicalSorter[tuple[str, str, int | None]]] = {}
    for (connection, conversation), stream in chronicle.streams().items():
        graph = graphs.setdefault(conversation, TopologicalSorter())
        # Where the server has no revisions, nobody can say of two receivers whether they mean the same edit.
        plain = [entry for entry in stream if entry.kind != "edited" or entry.message.revision is not None]
        firsts = list({_key(entry): entry for entry in reversed(plain)}.values())[::-1]
        for earlier, later in pairwise(firsts):
            graph.add(_key(later), _key(earlier))
        created = [entry.message for entry in firsts if entry.kind == "created" and entry.message.sequence is not None]
        for one, other in pairwise(created):
            if (one.sequence or 0) > (other.sequence or 0):
                told = f"message {one.id} ({one.sequence}) before {other.id} ({other.sequence})"
                yield Finding("order", f"{connection} received {told}")
    for conversation, graph in graphs.items():
        try:
            graph.prepare()
        except CycleError as error:
            around = " before ".join(f"{kind} {message}" for kind, message, _ in error.args[1])
            yield Finding("order", f"receivers in {conversation} disagree: {around}")


def sender(chronicle: Chronicle) -> Iterator[Finding]:
    """What one user sends, one after the other, is received and kept in that order."""
    turn = {(entry.user, entry.conversation, entry.client_id): at for at, entry in enumerate(chronicle.all(Sent))}
    turns = {
        entry.message.id: (entry.user, turn[key])
        for entry in chronicle.all(Acknowledged)
        if (key := (entry.user, entry.message.conversation, entry.client_id)) in turn
    }
    for (connection, _), stream in chronicle.streams().items():
        messages = [entry.message for entry in stream if entry.kind == "created"]
        yield from _in_turn(messages, turns, f"{connection} received")
    for fresh in _one_each(chronicle):
        yield from _in_turn(fresh.messages, turns, f"the history of {fresh.conversation} has")


def gap(chronicle: Chronicle) -> Iterator[Finding]:
    """The sequence of a conversation starts at 1 and has no gap; no connection skips a message while it lasts."""
    for fresh in _one_each(chronicle):
        sequences = [message.sequence for message in fresh.messages if message.sequence is not None]
        if sequences != list(range(1, len(sequences) + 1)):
            wrong = next(at for at, each in enumerate(sequences, 1) if at != each)
            found = f"has {sequences[wrong - 1]} in place {wrong}"
            yield Finding("gap", f"the sequence in the history of {fresh.conversation} {found}")
    # Who left and came back rightly misses what was sent in between.
    left = {(each.user, each.conversation) for each in chronicle.entries if isinstance(each, Departed | Paused)}
    for (connection, conversation), stream in chronicle.streams().items():
        if (stream[0].user, conversation) in left:
            continue
        told = [entry.message.sequence for entry in stream if entry.kind == "created"]
        heard = [sequence for sequence in told if sequence is not None]
        skipped = set(range(min(heard, default=0), max(heard, default=0))) - set(heard)
        if skipped:
            stretch = f"{min(heard)} to {max(heard)} and not {', '.join(map(str, sorted(skipped)[:5]))}"
            yield Finding("gap", f"{connection} received the messages {stretch} of {conversation}")


def leak(chronicle: Chronicle) -> Iterator[Finding]:
    """Nobody receives a message that was sent when they were no member, nor anything if they never were one."""
    asked = {
        (entry.user, entry.conversation, entry.client_id): place
        for place, entry in enumerate(chronicle.entries)
        if isinstance(entry, Sent)
    }
    sent = {
        entry.message.id: asked[key]
        for entry in chronicle.all(Acknowledged)
        if (key := (entry.user, entry.message.conversation, entry.client_id)) in asked
    }
    stretches: dict[str, dict[str, list[tuple[int, int]]]] = {}
    for place, entry in enumerate(chronicle.entries):
        if isinstance(entry, Received):
            messages: tuple[Message, ...] = (entry.message,)
        elif isinstance(entry, Caught):
            messages = entry.messages
        else:
            continue
        for message in messages:
            where = message.conversation
            if where not in stretches:
                stretches[where] = members(chronicle.entries, where)
            times = [stretch for stretch in stretches[where].get(entry.user, []) if stretch[0] < place]
            # They may read, while they are a member, what was sent before; and what was under way when they left.
            allowed = bool(times) and (times[-1][1] > place or sent.get(message.id, 0) < times[-1][1])
            if not allowed:
                yield Finding("leak", f"{entry.connection} received message {message.id} of {where}, as no member")


def unread(chronicle: Chronicle) -> Iterator[Finding]:
    """The count of unread messages is what one counts in the history: those of others, after the last one read."""
    histories = {(fresh.user, fresh.conversation): fresh.messages for fresh in chronicle.all(Fresh)}
    for entry in chronicle.all(Counted):
        history = histories.get((entry.user, entry.conversation))
        if history is None:
            continue
        others = [message for message in history if message.sender != entry.user and not message.deleted]
        count = sum(1 for message in others if (message.sequence or 0) > entry.read)
        if count != entry.unread:
            told = f"{entry.unread} unread in {entry.conversation}, where there are {count} after {entry.read}"
            yield Finding("unread", f"{entry.user} has {told}")


def snapshot(chronicle: Chronicle) -> Iterator[Finding]:
    """What a user knows from catching up and from events is what the history says afresh."""
    known = _known(chronicle)
    for fresh in chronicle.all(Fresh):
        mine = known.get((fresh.user, fresh.conversation), {})
        now = {message.id: message for message in fresh.messages}
        for identity, message in mine.items():
            there = now.get(identity)
            if there is None:
                yield Finding("snapshot", f"{fresh.user} knows message {identity}, which the history does not have")
            elif (message.deleted, message.content) != (there.deleted, there.content):
                told = f"as {_shown(message)} and the history has it as {_shown(there)}"
                yield Finding("snapshot", f"{fresh.user} knows message {identity} {told}")


CHECKERS: Mapping[str, Checker] = MappingProxyType(
    {
        "lost": lost,
        "duplicate": duplicate,
        "order": order,
        "sender": sender,
        "gap": gap,
        "leak": leak,
        "unread": unread,
        "snapshot": snapshot,
    }
)


def judge(chronicle: Chronicle) -> dict[str, list[Finding]]:
    """Return the findings of every checker, by its id."""
    return {name: list(checker(chronicle)) for name, checker in CHECKERS.items()}


def _key(entry: Received) -> tuple[str, str, int | None]:
    return entry.kind, entry.message.id, entry.message.revision


def _one_each(chronicle: Chronicle) -> Iterator[Fresh]:
    """Return one history of each conversation: they are the same for all."""
    return iter({fresh.conversation: fresh for fresh in chronicle.all(Fresh)}.values())


def _in_turn(
    messages: "list[Message] | tuple[Message, ...]", turns: Mapping[str, tuple[str, int]], who: str
) -> Iterator[Finding]:
    latest: dict[str, tuple[int, str]] = {}
    for message in messages:
        if message.id not in turns:
            continue
        user, turn = turns[message.id]
        before, other = latest.get(user, (-1, ""))
        if turn < before:
            yield Finding("sender", f"{who} message {message.id} of {user} after {other}, which was sent later")
        latest[user] = max((before, other), (turn, message.id))


def _got(chronicle: Chronicle) -> dict[str, set[str]]:
    """Return the messages that each user has, however they came."""
    found: dict[str, set[str]] = {}
    for entry in chronicle.entries:
        if isinstance(entry, Received):
            found.setdefault(entry.user, set()).add(entry.message.id)
        elif isinstance(entry, Caught):
            found.setdefault(entry.user, set()).update(message.id for message in entry.messages)
    return found


def _stays(chronicle: Chronicle) -> dict[str, dict[str, int]]:
    """Return, for each conversation, its members to the end, and since which place; only those who read it then."""
    found: dict[str, dict[str, int]] = {}
    for place, entry in enumerate(chronicle.entries):
        if isinstance(entry, Entered):
            found.setdefault(entry.conversation, {}).setdefault(entry.user, place)
        elif isinstance(entry, Departed):
            found.get(entry.conversation, {}).pop(entry.user, None)
    read = {(entry.user, entry.conversation) for entry in chronicle.all(Fresh)}
    return {where: {user: at for user, at in them.items() if (user, where) in read} for where, them in found.items()}


def _known(chronicle: Chronicle) -> dict[tuple[str, str], dict[str, Message]]:
    """Return what each user knows of each conversation: for each message what has the highest revision."""
    found: dict[tuple[str, str], dict[str, Message]] = {}
    for entry in chronicle.entries:
        if isinstance(entry, Received):
            _learn(found.setdefault((entry.user, entry.message.conversation), {}), entry.message)
        elif isinstance(entry, Caught):
            for message in entry.messages:
                _learn(found.setdefault((entry.user, message.conversation), {}), message)
    return found


def _learn(known: dict[str, Message], message: Message) -> None:
    before = known.get(message.id)
    if before is None or before.revision is None or message.revision is None or message.revision >= before.revision:
        known[message.id] = message


def _shown(message: Message) -> str:
    return "deleted" if message.deleted else repr(message.content)
