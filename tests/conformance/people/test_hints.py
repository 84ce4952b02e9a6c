"""What a failure most often comes from."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from samples import facts

from palaver_conformance.errors import Failure, Missed, Unanswered
from palaver_conformance.facts import Facts
from palaver_conformance.people.hints import hints
from palaver_conformance.people.inbox import Received


@dataclass
class Connection:
    """A connection that has received something."""

    name: str = "bob/1"
    instance: int = 0
    silent: bool = False
    open_still: bool = True
    events: list[Received] = field(default_factory=list)

    def hears(self, means: str, name: str, told: Facts) -> "Connection":
        """Receive an event."""
        self.events.append(Received(len(self.events), means, name, told))
        return self

    def received(self, means: str, where: Mapping[str, object] | None = None, /) -> list[Received]:
        """Return what fits."""
        return [event for event in self.events if event.means == means and event.facts.matches(where or {})]


def refusal(of: str) -> Facts:
    """Return an event that says that another one was refused."""
    return Facts({"error": facts(code="FORBIDDEN", original_event=of)})


def missed(owner: str, means: str, **where: object) -> Missed:
    """Return that an event did not come."""
    return Missed([], owner=owner, meanings=[means], where=where)


def test_refusal_without_acknowledgement() -> None:
    """Where an event says that it was refused, the acknowledgement was forgotten; where none does, nobody knows."""
    failure = Unanswered("an acknowledgement of say", [], owner="bob/1", asked="say")
    told = Connection().hears("session.error", "oops", refusal("say"))
    (hint,) = hints(failure, [Connection("alice/1"), told])
    assert "say was refused by the event `oops`, and its acknowledgement was never called" in hint
    other = Connection().hears("session.error", "oops", refusal("whisper"))
    assert hints(failure, [Connection("alice/1", events=told.events), other]) == []


def test_connection_without_token_that_stays_open() -> None:
    """Who said nothing and is refused by nobody was let in; who asked for something, or was hung up on, was not."""
    failure = missed("bob/1", "session.error")
    (hint,) = hints(failure, [Connection(silent=True)])
    assert "accepted and left open" in hint
    assert hints(failure, [Connection(silent=False)]) == []
    assert hints(failure, [Connection(silent=True, open_still=False)]) == []
    assert hints(missed("bob/1", "message.created"), [Connection(silent=True)]) == []


def test_event_that_stays_on_its_instance() -> None:
    """What arrived from one instance, and not from another, did not cross; on the same one it is another matter."""
    failure = missed("bob/2", "message.created", id="7")
    bob = Connection("bob/2", instance=1)
    near = Connection("alice/1").hears("message.created", "said", facts(id="7"))
    (hint,) = hints(failure, [near, bob])
    assert "alice/1 received it from instance 1; instance 2 did not send it to bob/2" in hint
    assert hints(failure, [Connection("alice/1").hears("message.created", "said", facts(id="6")), bob]) == []
    assert hints(failure, [Connection("alice/1", instance=1, events=near.events), bob]) == []


def test_of_other_failures_nothing_is_guessed() -> None:
    """What is not known to come of one thing has no hint, and neither has what no connection is known for."""
    assert hints(Failure("peace", ["war"]), [Connection(silent=True)]) == []
    assert hints(missed("nobody/1", "session.error"), [Connection(silent=True)]) == []
