"""What becomes of a request."""

import pytest
from doubles.mocked import BUNDLES

from palaver_runtime.mock.answering import Answers, Audience, Refused, Wishes
from palaver_runtime.mock.contract import read_contract

CONTRACT = read_contract(BUNDLES["gateway"])


def test_an_error_has_to_be_one_of_the_operation() -> None:
    """Who asks for a code that the operation does not have is told which it has."""
    answers = Answers(CONTRACT, Wishes())
    meaning = CONTRACT.asked["message:send"].meaning
    answers.check_wishes(meaning, ("message:send",), {"content": "hello"})
    with pytest.raises(Refused) as refused:
        answers.check_wishes(meaning, ("message:send",), {}, "CONFLICT")
    assert refused.value.code == "VALIDATION_ERROR"
    assert "CONFLICT is no error code of message:send; it has FORBIDDEN, NOT_FOUND" in refused.value.message
    with pytest.raises(Refused) as refused:
        answers.check_wishes(meaning, ("message:send",), {}, "NOT_FOUND")
    assert (refused.value.code, refused.value.message) == ("NOT_FOUND", CONTRACT.reasons["NOT_FOUND"])


def test_events_go_to_whom_they_concern() -> None:
    """What an operation causes goes to everybody, typing to the others, and a room that was entered to the sender."""
    answers = Answers(CONTRACT, Wishes())

    def audiences(name: str) -> list[tuple[str, Audience]]:
        asked = CONTRACT.asked[name]
        facts = answers.speaker.facts(asked.meaning, {}, "alice")
        return [(event.name, audience) for event, _, audience in answers.events(asked.meaning, asked.answers, facts)]

    assert audiences("message:send") == [("message:new", Audience.EVERYBODY)]
    assert audiences("typing:start") == [("user:typing", Audience.OTHERS)]
    assert audiences("ping") == []
    aether = read_contract(BUNDLES["aether"])
    joined = aether.asked["join_room"]
    told = Answers(aether, Wishes()).events(
        joined.meaning, joined.answers, answers.speaker.facts(joined.meaning, {}, "a")
    )
    assert [(event.name, audience) for event, _, audience in told] == [
        ("joined_room", Audience.SENDER),
        ("user_joined", Audience.EVERYBODY),
    ]


def test_what_is_wrong_is_said_in_short() -> None:
    """A refusal names the first fields, and lists no more than twenty."""
    refused = Answers(CONTRACT, Wishes()).invalid([(f"/{number}", "is bad") for number in range(30)])
    assert refused.message == "/0: is bad; /1: is bad; /2: is bad"
    assert len(refused.problems) == 20
