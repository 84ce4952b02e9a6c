"""What becomes of a request: it is refused, or answered and told to the sockets. No input or output is done here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from palaver_runtime.mock.contract import Contract, Meaning, Told
from palaver_runtime.mock.speaking import Facts, Speaker, wished_error

INVALID = "VALIDATION_ERROR"
UNAUTHORIZED = "UNAUTHORIZED"
TOO_LARGE = "PAYLOAD_TOO_LARGE"
FAILED = "INTERNAL_ERROR"
NOWHERE = "NOT_FOUND"


class Audience(Enum):
    """Which sockets an event goes to."""

    SENDER = auto()
    OTHERS = auto()
    EVERYBODY = auto()


# Events that concern the sender alone, or everybody else; all others go to everybody.
_AUDIENCES: Mapping[str, Audience] = {
    "message.accepted": Audience.SENDER,
    "room.joined": Audience.SENDER,
    "room.left": Audience.SENDER,
    "session.ready": Audience.SENDER,
    "session.error": Audience.SENDER,
    "typing.changed": Audience.OTHERS,
}


@dataclass(frozen=True)
class Refused(Exception):
    """A request is refused. `problems` are pointers into it, each with what is wrong there."""

    code: str
    message: str
    problems: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Wishes:
    """What whoever starts the mock wants: seconds before each answer, the errors of operations, and the seed."""

    delay: float = 0.0
    fail: Mapping[str, str] = field(default_factory=dict)
    seed: int = 0


class Answers:
    """Makes the answers of one contract."""

    def __init__(self, contract: Contract, wishes: Wishes) -> None:
        self.contract = contract
        self.wishes = wishes
        self.speaker = Speaker(wishes.seed)

    def check_wishes(self, meaning: Meaning, names: tuple[str, ...], request: Any, header: str | None = None) -> None:
        """Raise Refused if an error was asked for: in a header, in a text of the request, or for all of its kind."""
        asked = header or wished_error(request)
        standing = next((self.wishes.fail[name] for name in names if name in self.wishes.fail), None)
        code = asked or standing
        if code is None:
            return
        if code not in meaning.errors:
            listed = ", ".join(meaning.errors) or "none"
            raise Refused(INVALID, f"x-palaver-error: {code} is no error code of {names[0]}; it has {listed}")
        raise Refused(code, self.contract.reasons.get(code, code))

    def invalid(self, problems: list[tuple[str, str]]) -> Refused:
        """Return the refusal of a request that is not valid."""
        first = "; ".join(f"{pointer or 'the whole'}: {problem}" for pointer, problem in problems[:3])
        return Refused(INVALID, first[:500], problems[:20])

    def events(self, meaning: Meaning, answers: tuple[str, ...], facts: Facts) -> list[tuple[Told, Any, Audience]]:
        """Return the events that an operation leads to: those that answer it, and those that it causes."""
        refusal = self.contract.refusal()
        wanted = [
            event
            for event in self.contract.told
            if event is not refusal and (event.key in answers or event.meaning.means in meaning.emits)
        ]
        return [
            (
                event,
                self.speaker.say(event.schema, event.meaning.fields, facts),
                _AUDIENCES.get(event.meaning.means, Audience.EVERYBODY),
            )
            for event in wanted
        ]
