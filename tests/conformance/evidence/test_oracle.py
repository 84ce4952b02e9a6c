"""The judge."""

from dataclasses import replace

import pytest
from doubles.bell import BUNDLE
from samples import bundle, contract, oracle

from palaver_conformance.contract.calls import CallOperation
from palaver_conformance.contract.model import HttpOperation, SocketOperation
from palaver_conformance.contract.reading import read_bundle
from palaver_conformance.drivers.grpc import CallAnswer
from palaver_conformance.drivers.http import HttpAnswer
from palaver_conformance.errors import Failure, HarnessError, Refused
from palaver_conformance.evidence.coverage import Coverage
from palaver_conformance.evidence.oracle import Oracle

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


def test_violations_are_told_at_once() -> None:
    """Whoever keeps the log hears of a violation when it is found."""
    told: list[str] = []
    known = contract()
    Oracle(known, Coverage(known), note=told.append).event("gossip", [{}])
    assert told == ["event gossip, which the documents do not have"]


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


# Calls.


def toy() -> Oracle:
    """Return a judge of the toy, which is called over gRPC."""
    known = read_bundle(BUNDLE)
    return Oracle(known, Coverage(known))


def ring(judge: Oracle, **changes: object) -> CallOperation:
    """Return the call that may say no in its answer."""
    operation = judge.contract.operation("message.send", "grpc")
    assert isinstance(operation, CallOperation)
    return replace(operation, **changes)


def well(judge: Oracle) -> CallOperation:
    """Return the call that says no by its status alone."""
    operation = judge.contract.operation("service.health")
    assert isinstance(operation, CallOperation)
    return operation


RUNG = {"id": "b1", "from": "ann", "text": "hi", "loudness": "1", "heard_by": ["bob"], "pitches": {}}


def ended(status: str, code: str | None = "INVALID") -> CallAnswer:
    """Return a call that ended with a status other than OK."""
    return CallAnswer(status, "no", {} if code is None else {"error-code": code}, None)


def test_answers_of_calls() -> None:
    """An answer gives its result, and counts."""
    judge = toy()
    answer = judge.call(ring(judge), CallAnswer("OK", "", {}, {"success": True, "rung": RUNG}))
    assert answer.facts("message").content == "hi"
    assert judge.violations == []
    assert judge.coverage.table()["operations"]["toy.bell.Bell/Ring"] == 1


def test_answer_that_says_no() -> None:
    """An answer with the sign of a refusal is one, with its code; a code that is not declared is noted."""
    judge = toy()
    no = {"success": False, "error": "INVALID"}
    with pytest.raises(Refused) as refused:
        judge.call(ring(judge), CallAnswer("OK", "", {}, no))
    assert refused.value.code == "INVALID"
    assert judge.violations == []
    with pytest.raises(Refused):
        judge.call(ring(judge, errors=frozenset()), CallAnswer("OK", "", {}, no))
    assert any("INVALID" in violation for violation in judge.violations)
    assert judge.coverage.table()["operations"]["toy.bell.Bell/Ring"] == 0


def test_status_that_says_no() -> None:
    """A status is a refusal where answers cannot say no; one that is not its code's is noted."""
    judge = toy()
    with pytest.raises(Refused) as refused:
        judge.call(well(judge), ended("INVALID_ARGUMENT"))
    assert (refused.value.code, refused.value.message) == ("INVALID", "no")
    assert judge.violations == []
    with pytest.raises(Refused):
        judge.call(well(judge), ended("NOT_FOUND"))
    assert any("NOT_FOUND" in violation for violation in judge.violations)


def test_undeclared_ends_of_calls_are_failures() -> None:
    """A broken schema, a status without a code, one where the answer is to say no, and no code are failures."""
    judge = toy()
    ends: list[tuple[CallOperation, CallAnswer]] = [
        (ring(judge), CallAnswer("OK", "", {}, {"success": True, "rung": {**RUNG, "heard_by": []}})),
        (ring(judge), CallAnswer("OK", "", {}, {"success": False})),
        (ring(judge), ended("INVALID_ARGUMENT")),
        (well(judge), ended("UNAVAILABLE", None)),
    ]
    for operation, answer in ends:
        with pytest.raises(Failure) as caught:
            judge.call(operation, answer)
        assert not isinstance(caught.value, Refused)


@pytest.mark.parametrize(
    ("note", "payload", "told"),
    [
        ({"own": "bell.rung"}, {"who": "ann"}, []),
        ({"own": "bell.rung"}, {"who": 7}, ["/who"]),
        (None, {"who": "ann"}, []),
        (None, {}, ["who"]),
    ],
)
def test_an_event_without_a_meaning_is_judged_by_its_schema_alone(
    note: dict[str, str] | None, payload: dict[str, object], told: list[str]
) -> None:
    """It is documented, so it may come; nobody reads it, and nothing demands it."""
    documents = bundle()
    ring = {"action": "send", "messages": [{"$ref": "#/channels/main/messages/rung"}]}
    documents["asyncapi"]["operations"]["rung"] = ring if note is None else {**ring, "x-chat": note}
    message = {"name": "rung", "payload": {"$ref": "#/components/schemas/Hello"}}
    documents["asyncapi"]["channels"]["main"]["messages"]["rung"] = message
    known = read_bundle(documents)
    judge = Oracle(known, Coverage(known))
    assert judge.event("rung", [payload]) is None
    assert len(judge.violations) == len(told)
    assert all(part in violation for part, violation in zip(told, judge.violations, strict=True))
    assert judge.strangers == []
    assert "rung" not in judge.coverage.table()["events"]
