"""The judge."""

import pytest
from samples import oracle

from palaver_conformance.contract.model import HttpOperation, SocketOperation
from palaver_conformance.drivers.http import HttpAnswer
from palaver_conformance.errors import Failure, HarnessError, Refused
from palaver_conformance.oracle import Oracle

JSON = {"content-type": "application/json"}
NOTE = {"id": "1", "text": "x"}


def say(judge: Oracle) -> SocketOperation:
    """Return the operation over the socket."""
    operation = judge.contract.operation("message.send")
    assert isinstance(operation, SocketOperation)
    return operation


def post(judge: Oracle) -> HttpOperation:
    """Return the operation over HTTP."""
    operation = judge.contract.operation("message.send", "http")
    assert isinstance(operation, HttpOperation)
    return operation


def test_own_bad_request_is_a_harness_error() -> None:
    """The harness may not send what the documents forbid, and is not the server's fault."""
    judge = oracle()
    judge.request(say(judge), {"text": "x"})
    with pytest.raises(HarnessError, match="/text"):
        judge.request(say(judge), {"text": 1})


def test_good_event_is_read_and_counted() -> None:
    """An event that keeps its schema is read and is no violation; an appended offset is tolerated."""
    judge = oracle()
    judged = judge.event("heard", [NOTE, "offset"])
    assert judged is not None
    event, facts = judged
    assert event.means == "message.created"
    assert facts.find("message.content") == "x"
    assert judge.violations == []
    assert judge.coverage.table()["events"]["heard"] == 1


@pytest.mark.parametrize(
    ("name", "arguments", "told"),
    [
        ("gossip", [{}], "do not have"),
        ("heard", [{"id": "1"}], "text"),
        ("heard", [{**NOTE, "extra": 1}], "extra"),
        ("heard", [], "0 arguments"),
        ("heard", [NOTE, NOTE], "2 arguments"),
        ("oops", [{"oops": {"error": "MADE_UP"}}], "MADE_UP"),
    ],
)
def test_bad_events_are_violations(name: str, arguments: list[object], told: str) -> None:
    """Undocumented events, broken schemas, wrong arguments and unknown codes are noted."""
    judge = oracle()
    judge.event(name, arguments)
    assert any(told in violation for violation in judge.violations)


def test_acknowledgements() -> None:
    """A success gives its result, a refusal is raised with its code, and both are counted."""
    judge = oracle()
    assert judge.acknowledgement(say(judge), [{"note": NOTE}]).facts("message").id == "1"
    with pytest.raises(Refused) as caught:
        judge.acknowledgement(say(judge), [{"error": "FORBIDDEN", "why": "no", "details": {"x": 1}}])
    assert (caught.value.code, caught.value.message, caught.value.details) == ("FORBIDDEN", "no", {"x": 1})
    assert judge.violations == []
    table = judge.coverage.table()
    assert (table["operations"]["say"], table["errors"]["FORBIDDEN"]) == (1, 1)


def test_undeclared_code_is_a_violation() -> None:
    """A code that the catalogue has and the operation does not name is noted."""
    judge = oracle()
    with pytest.raises(Refused):
        judge.acknowledgement(say(judge), [{"error": "CONFLICT"}])
    assert any("CONFLICT" in violation for violation in judge.violations)


@pytest.mark.parametrize("arguments", [[], [{"note": NOTE}, 2], [{"note": {}}], ["ok"], [None]])
def test_bad_acknowledgements_are_failures(arguments: list[object]) -> None:
    """What is neither success nor refusal is a failure that is no refusal."""
    judge = oracle()
    with pytest.raises(Failure) as caught:
        judge.acknowledgement(say(judge), arguments)
    assert not isinstance(caught.value, Refused)


def test_responses() -> None:
    """A declared success gives its result, one without a body gives none."""
    judge = oracle()
    assert judge.response(post(judge), HttpAnswer(201, JSON, NOTE)).facts("message").id == "1"
    assert len(judge.response(post(judge), HttpAnswer(204, {}, None))) == 0
    assert judge.violations == []
    assert judge.coverage.table()["operations"]["POST /rooms/{room}/notes"] == 2


@pytest.mark.parametrize(
    "answer",
    [HttpAnswer(200, JSON, NOTE), HttpAnswer(201, JSON, {}), HttpAnswer(204, JSON, {}), HttpAnswer(403, JSON, {})],
)
def test_bad_responses_are_failures(answer: HttpAnswer) -> None:
    """Undeclared statuses, broken schemas and bodies where there should be none are failures."""
    judge = oracle()
    with pytest.raises(Failure) as caught:
        judge.response(post(judge), answer)
    assert not isinstance(caught.value, Refused)


def test_refused_requests() -> None:
    """A refusal is raised; one whose status is not its code's, or whose code is not declared, is noted too."""
    judge = oracle()
    with pytest.raises(Refused, match="carried out"):
        judge.response(post(judge), HttpAnswer(403, JSON, {"error": "FORBIDDEN"}))
    assert judge.violations == []
    with pytest.raises(Refused):
        judge.response(post(judge), HttpAnswer(409, JSON, {"error": "FORBIDDEN"}))
    assert any("409" in violation for violation in judge.violations)


def test_content_type_is_judged() -> None:
    """JSON has to say that it is JSON."""
    judge = oracle()
    judge.response(post(judge), HttpAnswer(201, {"content-type": "text/plain"}, NOTE))
    assert any("text/plain" in violation for violation in judge.violations)
