"""Contracts, scenarios and outcomes for tests."""

import copy
from collections.abc import Sequence
from datetime import UTC, datetime

from proxy import Tamper, proxied

from palaver_conformance.contract.model import Contract
from palaver_conformance.contract.reading import read_bundle
from palaver_conformance.evidence.coverage import Coverage
from palaver_conformance.evidence.oracle import Oracle
from palaver_conformance.evidence.trace import ENDED, STAGED, Entry, Trace
from palaver_conformance.evidence.verdict import Outcome, Verdict
from palaver_conformance.facts import Facts
from palaver_conformance.report.summary import Run
from palaver_conformance.running.runner import Runner
from palaver_conformance.scenario import Scenario
from palaver_conformance.setting import Setting
from palaver_conformance.subject import Subject
from palaver_conformance.timing import Timing

STARTED = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)

_NOTE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["id", "text"],
    "properties": {
        "id": {"type": "string"},
        "text": {"type": "string", "minLength": 1},
        "at": {"type": "integer"},
    },
    "x-chat": {"entity": "message", "fields": {"id": "/id", "content": "/text", "sequence": "/at"}},
}
_REFUSED = {
    "type": "object",
    "required": ["error"],
    "properties": {"error": {"type": "string"}, "why": {"type": "string"}, "details": {"type": "object"}},
    "x-chat": {"entity": "error", "fields": {"code": "/error", "message": "/why", "details": "/details"}},
}
_SCHEMAS = {
    "Note": _NOTE,
    "Refused": _REFUSED,
    "Say": {
        "type": "object",
        "additionalProperties": False,
        "required": ["text"],
        "properties": {
            "text": {"type": "string"},
            "notes": {"type": "array", "items": {"$ref": "#/components/schemas/Note"}},
        },
    },
    "Said": {"type": "object", "required": ["note"], "properties": {"note": {"$ref": "#/components/schemas/Note"}}},
    "Hello": {"type": "object", "required": ["who"], "properties": {"who": {"type": "string"}}},
    "Oops": {
        "type": "object",
        "properties": {"oops": {"$ref": "#/components/schemas/Refused"}},
    },
}


FOR_OTHER_WIRES = {
    "auth.token.expires",
    "auth.token.forged",
    "conversations.direct.first",
    "limits.requests.rate",
    "membership.join.entry",
    "sync.history.numbered",
}
"""What shows only in the middle of a scenario not to apply to the reference server's documents, to its speed, or
because users are registered and no secret is known to sign tokens with."""


def _message(name: str | None, schema: str) -> dict:
    named = {} if name is None else {"name": name}
    return {**named, "payload": {"$ref": f"#/components/schemas/{schema}"}}


def _reference(message: str) -> dict:
    return {"$ref": f"#/channels/main/messages/{message}"}


BUNDLE = {
    "dialect": "toy",
    "errors": {
        "FORBIDDEN": {"status": 403, "retryable": False, "description": "No.", "raised": "Often."},
        "CONFLICT": {"status": 409, "retryable": False, "description": "No.", "raised": "Seldom."},
    },
    "asyncapi": {
        "channels": {
            "main": {
                "x-socketio": {
                    "namespace": "/",
                    "path": "/socket.io/",
                    "maxEventBytes": 1000,
                    "auth": {"type": "object", "properties": {"token": {"type": "string"}}},
                },
                "bindings": {"ws": {"query": {"type": "object", "properties": {"key": {"type": "string"}}}}},
                "messages": {
                    "say": {"$ref": "#/components/messages/say"},
                    "said": {"$ref": "#/components/messages/said"},
                    "refused": {"$ref": "#/components/messages/refused"},
                    "heard": {"$ref": "#/components/messages/heard"},
                    "hello": {"$ref": "#/components/messages/hello"},
                    "oops": {"$ref": "#/components/messages/oops"},
                },
            }
        },
        "operations": {
            "say": {
                "action": "receive",
                "messages": [_reference("say")],
                "reply": {"messages": [_reference("refused"), _reference("said")]},
                "x-chat": {
                    "means": "message.send",
                    "fields": {"content": "/text", "notes": "/notes"},
                    "result": {"message": "/note"},
                    "errors": ["FORBIDDEN"],
                },
            },
            "heard": {
                "action": "send",
                "messages": [_reference("heard")],
                "x-chat": {"means": "message.created", "fields": {"message": ""}},
            },
            "hello": {
                "action": "send",
                "messages": [_reference("hello")],
                "x-chat": {"means": "session.ready", "fields": {"user": "/who"}},
            },
            "oops": {
                "action": "send",
                "messages": [_reference("oops")],
                "x-chat": {"means": "session.error", "fields": {"error": "/oops"}},
            },
            "unannotated": {"action": "send", "messages": []},
        },
        "components": {
            "messages": {
                "say": _message("say", "Say"),
                "said": _message(None, "Said"),
                "refused": _message(None, "Refused"),
                "heard": _message("heard", "Note"),
                "hello": _message("hello", "Hello"),
                "oops": _message("oops", "Oops"),
            },
            "schemas": _SCHEMAS,
        },
    },
    "openapi": {
        "security": [{"bearer": []}],
        "paths": {
            "/rooms/{room}/notes": {
                "parameters": [{"name": "room", "in": "path", "required": True, "schema": {"type": "string"}}],
                "post": {
                    "parameters": [{"$ref": "#/components/parameters/loud"}],
                    "requestBody": {
                        "required": True,
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Say"}}},
                    },
                    "responses": {
                        "201": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Note"}}}},
                        "204": {"description": "Said before."},
                        "403": {"$ref": "#/components/responses/Refused"},
                        "409": {"$ref": "#/components/responses/Refused"},
                    },
                    "x-chat": {
                        "means": "message.send",
                        "fields": {"conversation": "/path/room", "content": "/body/text", "loud": "/query/loud"},
                        "result": {"message": ""},
                        "errors": ["FORBIDDEN"],
                    },
                },
            },
            "/door": {
                "get": {
                    "security": [],
                    "responses": {"204": {"description": "Open."}},
                    "x-chat": {"means": "account.me"},
                }
            },
        },
        "components": {
            "parameters": {"loud": {"name": "loud", "in": "query", "schema": {"type": "boolean"}}},
            "responses": {
                "Refused": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Refused"}}}}
            },
            "schemas": _SCHEMAS,
        },
    },
}


def bundle() -> dict:
    """Return a copy of a small bundle that a test may change."""
    return copy.deepcopy(BUNDLE)


def tagged_bundle() -> dict:
    """Return a bundle of frames over a bare WebSocket, in which one event stands for two meanings."""

    def frame(tag: str, **fields: dict) -> dict:
        return {
            "name": tag,
            "payload": {
                "type": "object",
                "required": ["type", "payload"],
                "properties": {
                    "type": {"const": tag},
                    "payload": {"type": "object", "required": list(fields), "properties": fields},
                },
            },
        }

    text, flag = {"type": "string"}, {"type": "boolean"}
    messages = {
        "typing": frame("typing", room=text, active=flag),
        "presence": frame("presence", who=text, status=text),
        "enter": frame("enter", room=text),
        "entered": frame("entered", room=text),
        "oops": frame("oops", code=text, about=text),
    }
    messages["oops"]["payload"]["properties"]["payload"]["x-chat"] = {
        "entity": "error",
        "fields": {"code": "/code", "original_event": "/about"},
    }

    def operation(action: str, message: str, means: str, fields: dict, *replies: str, **more: object) -> dict:
        note = {"means": means, "fields": fields, **more}
        reply = {"reply": {"messages": [_reference(each) for each in replies]}} if replies else {}
        return {"action": action, "messages": [_reference(message)], **reply, "x-chat": note}

    place = {"conversation": "/payload/room"}
    return {
        "dialect": "tagged",
        "errors": {"FORBIDDEN": {"status": 403, "retryable": False, "description": "No.", "raised": "Often."}},
        "openapi": None,
        "asyncapi": {
            "channels": {
                "main": {
                    "address": "/ws",
                    "x-websocket": {"path": "/ws", "tag": "/type"},
                    "bindings": {"ws": {"query": {"type": "object", "properties": {"token": text}}}},
                    "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
                }
            },
            "operations": {
                "typing": operation(
                    "receive",
                    "typing",
                    "typing.set",
                    {**place, "active": "/payload/active"},
                    "oops",
                    errors=["FORBIDDEN"],
                ),
                "enter": operation(
                    "receive", "enter", "room.join", place, "entered", "oops", errors=["FORBIDDEN"], entry=True
                ),
                "entered": operation("send", "entered", "room.joined", place),
                "presence": operation(
                    "send", "presence", "presence.changed", {"user": "/payload/who", "status": "/payload/status"}
                ),
                "oops": operation("send", "oops", "session.error", {"error": "/payload"}),
            },
            "components": {"messages": messages, "schemas": {}},
        },
    }


def contract() -> Contract:
    """Return the contract of the small bundle."""
    return read_bundle(bundle())


def oracle() -> Oracle:
    """Return a judge for the small bundle."""
    known = contract()
    return Oracle(known, Coverage(known))


def setting(url: str, known: Contract | None = None, factor: float = 0.2) -> Setting:
    """Return the surroundings of a scenario against a server; a real one takes its time, and a factor of 1."""
    used = known or contract()
    timing = Timing(factor)
    return Setting(Subject((url,), used, timing), used, Oracle(used, Coverage(used)), Trace(), timing)


async def _nothing() -> None:
    """Prove nothing."""


def scenario(identity: str = "area.subject.case", **changes: object) -> Scenario:
    """Return a scenario that passes at once."""
    values: dict = {
        "id": identity,
        "title": "it works",
        "requirement": "It shall work.",
        "source": "a book",
        "case": None,
        "needs": (),
        "instances": 1,
        "slow": False,
        "disturbs": (),
        "parameters": (),
        "act": _nothing,
    }
    return Scenario(**(values | changes))


def outcome(verdict: Verdict, identity: str = "area.subject.case", **changes: object) -> Outcome:
    """Return an outcome with evidence where there has to be some."""
    bad = verdict is not Verdict.PASS
    values: dict = {
        "scenario": scenario(identity, case="G5"),
        "verdict": verdict,
        "seconds": 0.25,
        "reason": "expected a wonder" if bad else "",
        "arrived": ["nothing & <nobody>"] if bad else [],
        "expected": "a wonder" if verdict in (Verdict.FAIL, Verdict.UNTESTABLE) else "",
        "wire": wire() if bad else [],
    }
    return Outcome(**(values | changes))


def wire() -> list[Entry]:
    """Return the wire log of a scenario in which something is said and refused."""
    return [
        Entry(0.001, "alice/http", "->", 'POST /rooms/6b06f8efa33a0727ebb9ac0f/notes?loud=true {"text": "hello"}'),
        Entry(0.002, "alice/http", "<-", '201 {"id":"6b06f8efa33a0727ebb9ac0f","text":"hello"}'),
        Entry(0.003, "", "==", STAGED),
        Entry(0.004, "alice/1", "->", '420["say",{"text":"<b>hi</b>"}]'),
        Entry(0.005, "bob/1", "<-", '42["heard",{"id":"1","text":"<b>hi</b>"}]'),
        Entry(0.006, "alice/1", "<-", '430[{"error":"FORBIDDEN","why":"No."}]'),
        Entry(0.007, "", "!!", "event heard breaks its schema"),
        Entry(0.008, "", "==", ENDED),
        Entry(0.009, "alice/1", "--", "closed: bye"),
    ]


def run(*verdicts: Verdict) -> Run:
    """Return a run with an outcome for each verdict."""
    outcomes = [outcome(verdict, f"area.subject.case{number}") for number, verdict in enumerate(verdicts)]
    return Run("toy", ["http://127.0.0.1:1"], outcomes, Coverage(contract()), STARTED, 1.5)


async def judge(
    url: str | Sequence[str], known: Contract, scenarios: Sequence[Scenario], factor: float = 1.0
) -> dict[str, Outcome]:
    """Run scenarios against a server and return the outcomes by id."""
    urls = (url,) if isinstance(url, str) else tuple(url)
    # Requests set the stage, which is not what a hurried test is about.
    subject = Subject(urls, known)
    try:
        outcomes = await Runner(subject, known, Timing(factor), concurrency=6).run(scenarios)
    finally:
        await subject.close()
    return {each.scenario.id: each for each in outcomes}


async def lie(url: str, known: Contract, scenario: Scenario, tamper: Tamper) -> Outcome:
    """Run one scenario against a server with a liar before it and return the outcome."""
    async with proxied(url, tamper) as address:
        outcomes = await judge(address, known, [scenario], factor=0.2)
    return outcomes[scenario.id]


def failures(outcomes: dict[str, Outcome]) -> list[str]:
    """Return a line for each outcome that is neither a pass nor not applicable."""
    good = (Verdict.PASS, Verdict.NOT_APPLICABLE)
    return [
        f"{each.scenario.id}: {each.verdict}: {each.reason} {list(each.arrived)}"
        for each in outcomes.values()
        if each.verdict not in good
    ]


def untried(outcomes: dict[str, Outcome], known: Contract) -> list[str]:
    """Return what did not apply although the documents have what it needs, what is for other wires aside."""
    return [
        f"{each.scenario.id}: {each.reason}"
        for each in outcomes.values()
        if each.verdict is Verdict.NOT_APPLICABLE
        and not known.missing(each.scenario.needs)
        and each.scenario.id not in FOR_OTHER_WIRES
    ]


def facts(**values: object) -> Facts:
    """Return facts."""
    return Facts(values)
