"""Campfire: a chat server with a vocabulary of its own, in memory. It knows nothing of Palaver.

`python server.py PORT` serves it.
"""

import hmac
import itertools
import sys
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import jsonschema_rs
import socketio
import uvicorn
import yaml
from passes import pass_of
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

NAMESPACE = "/hearth"
STATUS = {"bad-pass": 401, "keep-out": 403, "nowhere": 404, "garbled": 400, "broken": 500}

DOCUMENT = yaml.safe_load((Path(__file__).parent / "asyncapi.yaml").read_text(encoding="utf-8"))
REQUESTS = {
    name: jsonschema_rs.validator_for(DOCUMENT["components"]["schemas"][name.title()])
    for name in ("light", "utter", "reword", "poke")
}


class Complaint(Exception):
    """Why something is not done."""

    def __init__(self, why: str, says: str, where: Mapping[str, str] | None = None) -> None:
        super().__init__(says)
        self.body = {"why": why, "says": says} | ({"where": where} if where else {})
        self.status = STATUS[why]


def soul_of(given: object) -> str:
    """Return whose pass it is; raises Complaint when it is nobody's."""
    name = given.rpartition(".")[0] if isinstance(given, str) else ""
    if not name or not hmac.compare_digest(pass_of(name).encode(), str(given).encode()):
        raise Complaint("bad-pass", "Nobody has this pass")
    return name


class Hearth:
    """All fires, who sits around them and what was said."""

    def __init__(self) -> None:
        self.souls: dict[str, set[str]] = {}
        self.around: dict[str, list[str]] = {}
        self.lines: dict[str, list[dict]] = {}
        self.refs: dict[tuple[str, str, str], dict] = {}
        self.number = itertools.count(1)

    def sits(self, soul: str, fire: str) -> None:
        """Raise Complaint unless somebody sits around a fire; who does not cannot tell whether there is one."""
        if soul not in self.around.get(fire, ()):
            raise Complaint("keep-out", "You do not sit around this fire")

    def find(self, soul: str, line: str) -> dict:
        """Return a line; raises Complaint when there is none that somebody can hear."""
        for each in itertools.chain.from_iterable(self.lines.values()):
            if each["line"] == line and soul in self.around[each["fire"]]:
                return each
        raise Complaint("nowhere", "There is no such line")


hearth = Hearth()
server = socketio.AsyncServer(async_mode="asgi", always_connect=True, async_handlers=False, cors_allowed_origins=[])


async def light(soul: str, asked: dict) -> dict:
    """Light a fire."""
    around = list(dict.fromkeys([soul, *asked["souls"]]))
    if any(each not in hearth.souls for each in around):
        raise Complaint("nowhere", "Nobody has seen one of these souls")
    fire = f"fire-{next(hearth.number)}"
    hearth.around[fire], hearth.lines[fire] = around, []
    lit = {"fire": fire, "around": around} | ({"about": asked["about"]} if "about" in asked else {})
    for sid in [sid for each in around for sid in hearth.souls[each]]:
        await server.enter_room(sid, fire, namespace=NAMESPACE)
    await server.emit("lit", lit, room=fire, namespace=NAMESPACE)
    return lit


async def utter(soul: str, asked: dict) -> dict:
    """Say something."""
    fire = asked["fire"]
    hearth.sits(soul, fire)
    key = (soul, fire, asked.get("ref", ""))
    if "ref" in asked and key in hearth.refs:
        return hearth.refs[key]
    nth = len(hearth.lines[fire]) + 1
    said = {"line": f"{fire}-{nth}", "soul": soul, "nth": nth, "reworded": False, **asked}
    hearth.lines[fire].append(said)
    if "ref" in asked:
        hearth.refs[key] = said
    await server.emit("spoken", said, room=fire, namespace=NAMESPACE)
    return said


async def reword(soul: str, asked: dict) -> dict:
    """Put a line into other words."""
    said = hearth.find(soul, asked["line"])
    if said["soul"] != soul:
        raise Complaint("keep-out", "Somebody else said this")
    said |= {"words": asked["words"], "reworded": True}
    await server.emit("reworded", said, room=said["fire"], namespace=NAMESPACE)
    return said


async def poke(_soul: str, _asked: dict) -> dict:
    """Tell the time."""
    return {"clock": int(time.time() * 1000)}


def check(event: str, asked: object) -> None:
    """Raise Complaint unless a request is what the documents ask for."""
    wrong: dict[str, str] = {}
    for each in REQUESTS[event].iter_errors(asked):
        field = "/".join(map(str, each.instance_path)) or "request"
        wrong[field] = "; ".join(filter(None, (wrong.get(field), each.message)))
    if wrong:
        raise Complaint("garbled", "This is not what the documents ask for", wrong)


async def asked_for(event: str, sid: str, asked: object = None) -> dict:
    """Check a request, carry it out and return its acknowledgement."""
    handler = {"light": light, "utter": utter, "reword": reword, "poke": poke}[event]
    try:
        check(event, asked)
        return {"ok": await handler((await server.get_session(sid, NAMESPACE))["soul"], asked)}
    except Complaint as complaint:
        return {"no": complaint.body}


@server.on("connect", namespace=NAMESPACE)
async def connect(sid: str, _environ: dict, auth: object = None) -> bool:
    """Let somebody in who has a pass."""
    try:
        soul = soul_of(auth.get("pass") if isinstance(auth, dict) else None)
    except Complaint as complaint:
        await server.emit("turned-away", complaint.body, to=sid, namespace=NAMESPACE)
        return False
    await server.save_session(sid, {"soul": soul}, NAMESPACE)
    hearth.souls.setdefault(soul, set()).add(sid)
    for fire, around in hearth.around.items():
        if soul in around:
            await server.enter_room(sid, fire, namespace=NAMESPACE)
    await server.emit("welcome", {"soul": soul}, to=sid, namespace=NAMESPACE)
    return True


@server.on("disconnect", namespace=NAMESPACE)
async def disconnect(sid: str, reason: object = None, *_: object) -> None:
    """Let somebody go; whoever only sends an event of this name stays."""
    if isinstance(reason, str):
        for sids in hearth.souls.values():
            sids.discard(sid)


for name in REQUESTS:
    server.on(name, partial(asked_for, name), namespace=NAMESPACE)


def page(soul: str, fire: str, query: Mapping[str, str]) -> dict:
    """Return some of the lines at a fire."""
    hearth.sits(soul, fire)
    most = query.get("most", "50")
    if not most.isdecimal() or not 1 <= int(most) <= 100 or {"older", "newer"} <= set(query):
        raise Complaint("garbled", "most is from 1 to 100, and either older or newer is given", {"most": most})
    found = hearth.lines[fire]
    for way in ("older", "newer"):
        if way in query:
            line = hearth.find(soul, query[way])
            if line["fire"] != fire:
                raise Complaint("nowhere", "There is no such line at this fire")
            found = found[: line["nth"] - 1] if way == "older" else found[line["nth"] :]
    shown = found[: int(most)] if "newer" in query else found[-int(most) :]
    return {"lines": shown, "more": len(shown) < len(found)}


async def lines(request: Request) -> JSONResponse:
    """Answer with some of the lines at a fire."""
    try:
        soul = soul_of(request.headers.get("authorization", "").removeprefix("Bearer "))
        return JSONResponse(page(soul, request.path_params["fire"], request.query_params))
    except Complaint as complaint:
        return JSONResponse(complaint.body, complaint.status)


if __name__ == "__main__":
    app = socketio.ASGIApp(server, Starlette(routes=[Route("/fires/{fire}/lines", lines)]))
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
