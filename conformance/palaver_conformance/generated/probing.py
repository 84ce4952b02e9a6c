"""REST requests drawn by Schemathesis: sent, put on record, and judged by what the documents say of the answer.

Schemathesis is synchronous and has a client of its own: all of this is done in a thread. It is imported when needed.
"""

import copy
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from palaver_conformance.contract import pointer as pointers
from palaver_conformance.contract.model import HttpOperation
from palaver_conformance.drivers.http import HttpAnswer
from palaver_conformance.errors import Failure, Refused
from palaver_conformance.people.account import Account
from palaver_conformance.setting import Setting

if TYPE_CHECKING:
    from requests import Session
    from schemathesis import Case, Response
    from schemathesis.engine.recorder import ScenarioRecorder
    from schemathesis.specs.openapi.schemas import OpenApiSchema

_TOO_MANY: Final = 429
_IDENTIFYING: Final = frozenset(
    {"conversation", "id", "message", "sequence", "user", "users", "recipient", "cursor", "before", "after", "reply_to"}
)
_PAUSE: Final = 0.25
_CHECKS: Final = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "ignored_auth",
    "use_after_free",
)
_CONFIG: Final[Mapping[str, Any]] = {
    "checks": {
        "enabled": False,
        **{name: {"enabled": True} for name in _CHECKS},
        # Whether it is too large, or names what is not there, may be found out first.
        "negative_data_rejection": {"enabled": True, "expected-statuses": ["4xx"]},
    },
    # Tokens are no field to try things in: what is not one is refused before anything is looked at.
    "generation": {"with-security-parameters": False},
}


def load(document: Mapping[str, object]) -> "OpenApiSchema":
    """Return an OpenAPI document for Schemathesis."""
    import schemathesis
    from schemathesis.config import SchemathesisConfig

    # It writes into what it is given.
    own = json.loads(json.dumps(document))
    schema = schemathesis.openapi.from_dict(own, config=SchemathesisConfig.from_dict(dict(_CONFIG)))
    # What sends is imported when it is first asked for, and reads sources as it is: here nobody else does, while what
    # is sent goes on beside what others draw.
    assert schema.transport is not None
    return schema


@dataclass
class Prober:
    """Sends what was drawn as one user, and judges the answers. Close it with `close()`.

    When it is all `over`, nothing is waited for.
    """

    setting: Setting
    account: Account
    operations: Mapping[str, HttpOperation]
    over: Callable[[], bool] = lambda: False
    log: list[str] = field(default_factory=list)
    _told: list[str] = field(default_factory=list)
    _session: "Session | None" = None

    def call(self, case: "Case[Any]") -> "Response":
        """Send a request, again while it is one too many, and put it on record."""
        until = time.monotonic() + self.setting.timing.expiry
        while True:
            response = self._send(case)
            if response.status_code != _TOO_MANY or time.monotonic() > until or self.over():
                return response
            time.sleep(_PAUSE)

    def judge(self, case: "Case[Any]", response: "Response", recorder: "ScenarioRecorder | None" = None) -> None:
        """Raise Failure when the answer is not as the documents have it."""
        from schemathesis.errors import FailureGroup

        headers = self._headers(case)
        kwargs = {"headers": headers, "session": self.session, "base_url": self._url, "timeout": self._patience}
        try:
            case.validate_response(response, headers=headers, transport_kwargs=kwargs, recorder=recorder)
        except FailureGroup as group:
            curl = case.as_curl_command(headers=headers, base_url=self._url)
            what = "; ".join(dict.fromkeys(each.title for each in group.exceptions))
            lines = [line for each in group.exceptions for line in str(each).splitlines() if line]
            raise Failure(
                f"{case.operation.label} to keep its document: {what}", (curl, *lines, _shown(response))
            ) from None
        operation = self.operations.get(case.operation.label)
        if operation is not None:
            self._judged_by_us(operation, response)

    def settle(self, case: "Case[Any]", known: Mapping[str, object]) -> None:
        """Have a good request be about what is there: known values go where it has something the server never told.

        `known` has canonical values; what it does not have, such as a place in a listing, is left out where it can be.
        """
        operation = self.operations.get(case.operation.label)
        if operation is None or (case.meta is not None and case.meta.generation.mode.is_negative):
            return
        if operation.means == "participant.leave":
            # All the others would find themselves outside.
            return
        body = copy.deepcopy(case.body) if isinstance(case.body, dict) else None
        parts: dict[str, Any] = {"path": dict(case.path_parameters), "query": dict(case.query)}
        if body is not None:
            parts["body"] = body
        for name, place in operation.fields.items():
            if name not in _IDENTIFYING or not pointers.has(parts, place) or self._was_told(pointers.get(parts, place)):
                continue
            if name in known:
                value = known[name]
                pointers.put(parts, place, [value] if operation.takes_many(name) else value)
            elif not operation.requires(name):
                pointers.drop(parts, place)
        if not operation.request.problems(parts):
            case.path_parameters, case.query = parts["path"], parts["query"]
            if body is not None:
                case.body = body

    def _was_told(self, value: object) -> bool:
        return any(json.dumps(value) in text for text in self._told)

    @property
    def session(self) -> "Session":
        """Connections that last."""
        if self._session is None:
            import requests

            self._session = requests.Session()
            # Proxies of the environment are kept out of the way.
            self._session.trust_env = False
        return self._session

    def close(self) -> None:
        """Close all connections."""
        if self._session is not None:
            self._session.close()

    def _judged_by_us(self, operation: HttpOperation, response: "Response") -> None:
        """Have the oracle judge too: it knows the codes, and counts what was exercised."""
        try:
            body = json.loads(response.content) if response.content else None
        except ValueError:
            raise Failure(f"JSON in the answer to {operation.name}", (_shown(response),)) from None
        kind = next(iter(response.headers.get("content-type", ())), "")
        try:
            self.setting.oracle.response(operation, HttpAnswer(response.status_code, {"content-type": kind}, body))
        except Refused:
            # As good an answer as any.
            return

    def _send(self, case: "Case[Any]") -> "Response":
        import requests

        wire = self.setting.trace.wire("http")
        try:
            response = case.call(
                base_url=self._url, session=self.session, headers=self._headers(case), timeout=self._patience
            )
        except requests.RequestException as error:
            wire.note(f"no answer: {error!r}")
            raise Failure(f"an answer to {case.operation.label}", (repr(error),)) from error
        sent = response.request
        body = sent.body.decode(errors="replace") if isinstance(sent.body, bytes) else sent.body or ""
        wire.sent(f"{sent.method} {sent.path_url} {body}".rstrip())
        wire.received(f"{response.status_code} {response.text}".rstrip())
        self._told.append(response.text)
        self.log.append(f"{sent.method} {sent.path_url} is answered by {response.status_code}")
        return response

    def _headers(self, case: "Case[Any]") -> dict[str, str]:
        operation = self.operations.get(case.operation.label)
        secured = operation is None or operation.secured
        return {"Authorization": f"Bearer {self.account.access_token}"} if secured and self.account.access_token else {}

    @property
    def _url(self) -> str:
        return self.setting.subject.urls[0]

    @property
    def _patience(self) -> float:
        return self.setting.timing.reply


def _shown(response: "Response") -> str:
    return f"{response.status_code} {response.text}"
