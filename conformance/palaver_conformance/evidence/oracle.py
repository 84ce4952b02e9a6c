"""The judge: every frame, in both directions, against the schema that the documents give it.

What the server does wrong is collected as violations, which fail the scenario at its end, or raised as Failure
where the scenario cannot go on. What the harness itself does wrong is a HarnessError.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from palaver_conformance.contract.calls import CallOperation
from palaver_conformance.contract.model import Contract, Event, HttpOperation, Operation, SocketOperation
from palaver_conformance.contract.schema import Schema
from palaver_conformance.drivers.grpc import CallAnswer
from palaver_conformance.drivers.http import HttpAnswer
from palaver_conformance.errors import Failure, HarnessError, Refused
from palaver_conformance.evidence.coverage import Coverage
from palaver_conformance.facts import Facts

# Which statuses of a call go with a code whose status over HTTP is this.
_STATUSES: Mapping[int, frozenset[str]] = {
    400: frozenset({"INVALID_ARGUMENT", "OUT_OF_RANGE"}),
    401: frozenset({"UNAUTHENTICATED"}),
    403: frozenset({"PERMISSION_DENIED"}),
    404: frozenset({"NOT_FOUND"}),
    409: frozenset({"FAILED_PRECONDITION", "ALREADY_EXISTS", "ABORTED"}),
    413: frozenset({"RESOURCE_EXHAUSTED"}),
    429: frozenset({"RESOURCE_EXHAUSTED"}),
    500: frozenset({"INTERNAL", "UNKNOWN"}),
    503: frozenset({"UNAVAILABLE"}),
}


@dataclass
class Oracle:
    """Judges the frames of one scenario.

    `strangers` are the events that the documents do not have. `note` is told of each violation at once.
    """

    contract: Contract
    coverage: Coverage
    violations: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    note: Callable[[str], None] = lambda _: None

    def request(self, operation: Operation, payload: object) -> None:
        """Judge what the harness is about to send; raises HarnessError when it is not what the documents ask."""
        self.coverage.judged()
        problems = operation.request.problems(payload)
        if problems:
            raise HarnessError(f"the harness would send a bad {operation.name}: {'; '.join(problems)}")

    def violation(self, text: str) -> None:
        """Note something that the server may not do."""
        self.violations.append(text)
        self.note(text)

    def event(self, name: str, arguments: Sequence[object]) -> tuple[Event, Facts] | None:
        """Judge an event and read it; None when the documents have no such event, or give it no meaning.

        Arguments after the payload are tolerated when they are strings: servers with connection-state recovery
        append the event's offset.
        """
        self.coverage.judged()
        meant = self.contract.events_named(name)
        if not meant:
            self.strangers.append(name)
            self.violation(f"event {name}, which the documents do not have")
            return None
        payload = arguments[0] if arguments else None
        event = meant[0]
        if not arguments or not all(isinstance(extra, str) for extra in arguments[1:]):
            self.violation(f"event {name} with {len(arguments)} arguments instead of one")
        for problem in event.schema.problems(payload):
            self.violation(f"event {name} breaks its schema at {problem}")
        if not event.means:
            return None
        self.coverage.event(name)
        facts = event.schema.facts(payload, event.fields, f"event {name}")
        fitting = [each for each in meant if facts.matches(each.where)]
        if not fitting:
            self.violation(f"event {name} with {dict(facts)!r}, which is none of {[each.means for each in meant]}")
            return None
        event = fitting[0]
        self._code(facts.find("error.code"), self.contract.codes, f"event {name}")
        return event, facts

    def acknowledgement(self, operation: SocketOperation, arguments: Sequence[object]) -> Facts:
        """Judge an acknowledgement and read it. Raises Refused for a refusal, Failure for what is neither."""
        self.coverage.judged()
        what = f"the acknowledgement of {operation.name}"
        if operation.success is None:
            raise Failure(f"no acknowledgement of {operation.name}", (repr(list(arguments)),))
        if len(arguments) != 1:
            raise Failure(f"one argument in {what}", (repr(list(arguments)),))
        answer = arguments[0]
        if operation.refusal is not None and not operation.refusal.problems(answer):
            raise self._refusal(operation, operation.refusal, answer)
        problems = operation.success.problems(answer)
        if problems:
            raise Failure(f"{what} to keep its schema", (*problems, f"in {answer!r}"))
        self.coverage.carried_out(operation.name)
        return operation.success.facts(answer, operation.result, what)

    def reply(self, operation: SocketOperation, payload: object) -> Facts:
        """Read the event that answers an operation; it was judged as an event already."""
        what = f"the answer to {operation.name}"
        if operation.success is None:
            raise HarnessError(f"{operation.name} has no answer in the documents")
        self.coverage.carried_out(operation.name)
        return operation.success.facts(payload, operation.result, what)

    def unanswered(self, operation: SocketOperation) -> Facts:
        """Take note of an operation that was carried out, as it was not refused."""
        self.coverage.carried_out(operation.name)
        return Facts({}, operation.name)

    def refusal(self, operation: SocketOperation, error: Facts) -> Refused:
        """Judge the event by which an operation was refused; its schema was judged already."""
        return self._refused(operation, error)

    def response(self, operation: HttpOperation, answer: HttpAnswer) -> Facts:
        """Judge a REST answer and read it. Raises Refused for a refusal, Failure for an undeclared answer."""
        self.coverage.judged()
        what = f"the answer to {operation.name}"
        if answer.status not in operation.answers:
            declared = ", ".join(map(str, operation.answers))
            raise Failure(f"{what} to have a status of {declared}", (f"{answer.status} {answer.body!r}",))
        self.coverage.answered(answer.status)
        schema = operation.answers[answer.status]
        if schema is None:
            if answer.body is not None:
                raise Failure(f"{what} with status {answer.status} to have no body", (repr(answer.body),))
            self.coverage.carried_out(operation.name)
            return Facts({}, what)
        if not answer.headers.get("content-type", "").startswith("application/json"):
            self.violation(f"{what} has content type {answer.headers.get('content-type')!r}")
        problems = schema.problems(answer.body)
        if problems:
            raise Failure(f"{what} {answer.status} to keep its schema", (*problems, f"in {answer.body!r}"))
        if answer.status >= 400:
            refused = self._refusal(operation, schema, answer.body)
            if self.contract.codes.get(refused.code) != answer.status:
                self.violation(f"{what} has status {answer.status} with the code {refused.code}")
            raise refused
        self.coverage.carried_out(operation.name)
        return schema.facts(answer.body, operation.result, what)

    def call(self, operation: CallOperation, answer: CallAnswer) -> Facts:
        """Judge how a call ended and read its answer. Raises Refused for a refusal, Failure for an undeclared end."""
        self.coverage.judged()
        what = f"the answer to {operation.name}"
        if answer.body is None:
            raise self._refused_by_status(operation, answer)
        problems = operation.answer.problems(answer.body)
        if problems:
            raise Failure(f"{what} to keep its schema", (*problems, f"in {answer.body!r}"))
        if operation.refusal is not None and operation.refusal.fits(answer.body):
            places = operation.refusal.places
            raise self._refused(
                operation, operation.answer.facts(answer.body, places, f"the refusal of {operation.name}")
            )
        self.coverage.carried_out(operation.name)
        return operation.answer.facts(answer.body, operation.result, what)

    def _refused_by_status(self, operation: CallOperation, answer: CallAnswer) -> Failure:
        """Return what a call that ended with a status other than OK amounts to."""
        place = self.contract.calls.code if self.contract.calls is not None else None
        code = answer.metadata.get(place) if place is not None else None
        if operation.refusal is not None or code is None:
            arrived = f"{answer.status} {answer.details}"
            return Failure(f"the call of {operation.name} to end as the documents have it", (arrived,))
        if answer.status not in _STATUSES.get(self.contract.codes.get(code, 0), frozenset({answer.status})):
            self.violation(f"the call of {operation.name} has the status {answer.status} with the code {code}")
        return self._refused(operation, Facts({"code": code, "message": answer.details}, "the status"))

    def _refusal(self, operation: Operation, schema: Schema, answer: object) -> Refused:
        facts = schema.read(answer)
        if not isinstance(facts, Facts):
            raise HarnessError(f"the refusal of {operation.name} has no error annotation in the documents")
        return self._refused(operation, facts)

    def _refused(self, operation: Operation, facts: Facts) -> Refused:
        code = facts.text("code")
        self._code(code, operation.errors, f"the refusal of {operation.name}")
        details = facts.get("details")
        return Refused(operation.name, code, str(facts.get("message")), details if isinstance(details, Mapping) else {})

    def _code(self, code: object, known: object, what: str) -> None:
        if not isinstance(code, str):
            return
        self.coverage.refused(code)
        if isinstance(known, frozenset | Mapping) and code not in known:
            self.violation(f"{what} has the code {code}, which the documents do not name for it")
