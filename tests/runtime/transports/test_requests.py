"""Requests with names."""

import logging
from collections.abc import Awaitable, Callable
from contextvars import copy_context
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from palaver_runtime.about import about
from palaver_runtime.transports.requests import Requests

Ask = Callable[..., Awaitable[httpx.Response]]


async def _tell(request: Request) -> PlainTextResponse:
    return PlainTextResponse(about()["request"])


@pytest.fixture
def ask() -> Ask:
    """How to ask an application that answers with the name of the request."""

    async def ask_(path: str = "/", *, headers: dict[str, str] | None = None, **options: object) -> httpx.Response:
        app = Requests(Starlette(routes=[Route("/", _tell)]), **options)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here") as client:
            return await client.get(path, headers=headers)

    return ask_


async def test_request_has_a_name_that_its_answer_tells(ask: Ask):
    """Every request has a new one, whatever the client calls it."""
    answers = [await ask(headers={"X-Request-Id": "mine"}) for _ in range(2)]
    names = [each.text for each in answers]
    assert names == [each.headers["x-request-id"] for each in answers]
    assert len({*names, "mine"}) == 3


async def test_trusted_header_names_it(ask: Ask):
    """Where a proxy is trusted, its name is taken, if it can be one."""
    assert (await ask(headers={"x-trace": "mine"}, header="X-Trace")).text == "mine"
    assert (await ask(headers={"x-trace": "no name"}, header="X-Trace")).text != "no name"
    assert len((await ask(header="X-Trace")).text) == 16


async def test_each_request_has_its_line_if_wished(ask: Ask, caplog: pytest.LogCaptureFixture):
    """The line has method, path and status, on one line, and not the query."""
    caplog.set_level(logging.INFO)

    def lines() -> list[str]:
        # The client logs, too.
        return [each.getMessage().rpartition(" ms")[0] for each in caplog.records if each.name.startswith("palaver")]

    await ask("/?token=secret")
    assert lines() == []
    await ask("/?token=secret", log=True)
    await ask("/a%0Ab", log=True)
    assert [each.rpartition(" ")[0] for each in lines()] == ["GET / 200", r"GET /a\nb 404"]


async def test_what_is_no_request_passes():
    """What starts and ends an application has no name."""
    seen: list[str] = []

    async def app(scope, receive, send) -> None:
        seen.append(scope["type"])
        assert "request" not in about()

    await Requests(app)({"type": "lifespan"}, None, None)  # type: ignore[arg-type]
    assert seen == ["lifespan"]


async def test_what_comes_in_by_the_entrance_has_a_name():
    """As the other requests have; where the application has no entrance there is none."""
    names: list[str] = []

    def enter(_channel: object, _request: object) -> bool:
        names.append(about()["request"])
        return True

    asked: Any = SimpleNamespace(headers=((b"x-trace", b"mine"),))
    channel: Any = object()
    for header in ("X-Trace", None):
        app = Requests(Starlette(), header=header, entrance=enter)
        assert app.enter is not None
        assert copy_context().run(app.enter, channel, asked)
    assert names[0] == "mine"
    assert names[1] not in ("mine", "")
    assert Requests(Starlette()).enter is None
