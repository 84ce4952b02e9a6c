"""Where dialects are served."""

from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from palaver_runtime.places import Place, places, under
from palaver_runtime.transports.entrance import entrance, with_entrance
from palaver_runtime.transports.request import Request as WebSocketRequest


def test_each_has_the_port_that_it_wants() -> None:
    """Alone on its port a dialect gets it; of several the first by name, the others the next that nobody wants."""
    assert places({"b": 3000, "a": 3000, "c": 3001, "d": 3000}) == {
        "a": Place(3000),
        "b": Place(3002),
        "c": Place(3001),
        "d": Place(3003),
    }


def test_one_port_is_shared_by_paths() -> None:
    """On a port that is given several dialects are told apart by their names, and one has it for itself."""
    assert places({"a": 1, "b": 2}, 4000) == {"a": Place(4000, "/a"), "b": Place(4000, "/b")}
    assert places({"a": 1}, 4000) == {"a": Place(4000)}


def _echo(name: str) -> ASGIApp:
    async def answer(request: Request) -> JSONResponse:
        return JSONResponse([name, request.scope["path"], request.scope["raw_path"].decode()])

    return Starlette(routes=[Route("/{rest:path}", answer)])


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/a/x%20y", ["a", "/x y", "/x%20y"]),
        ("/a", ["a", "/", "/"]),
        ("/a/", ["a", "/", "/"]),
        ("/b/a/x", ["b", "/a/x", "/a/x"]),
        ("/ab/x", ["else", "/ab/x", "/ab/x"]),
        ("/healthz", ["else", "/healthz", "/healthz"]),
    ],
)
async def test_prefix_is_taken_off(path: str, answer: list[str]) -> None:
    """A request goes to the application of its first step, which does not see it; any other goes elsewhere."""
    app = under({"/a": _echo("a"), "/b": _echo("b")}, _echo("else"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here") as client:
        assert (await client.get(path)).json() == answer


def test_each_keeps_its_entrance() -> None:
    """It sees its own path; who has none, or is meant by nobody, is not asked for by another's."""
    asked: list[bytes] = []

    def enter(_channel: object, request: WebSocketRequest) -> bool:
        asked.append(request.target)
        return request.target == b"/here?x=/a/"

    app = under({"/a": with_entrance(_echo("a"), enter), "/b": _echo("b")}, _echo("else"))
    found = entrance(app)
    assert found is not None
    told = []
    channel: Any = object()
    for target in (b"/a/here?x=/a/", b"/a/there", b"/b/here", b"/ab/here", b"/a", b"/"):
        request = WebSocketRequest(
            method=b"GET",
            target=target,
            version="1.1",
            headers=(),
            secure=False,
            client=None,
            root_path="",
            asgi_version="3.0",
            state={},
        )
        told.append(found(channel, request))
    assert told == [True, False, False, False, False, False]
    assert asked == [b"/here?x=/a/", b"/there"]
    assert entrance(under({"/b": _echo("b")}, _echo("else"))) is None
