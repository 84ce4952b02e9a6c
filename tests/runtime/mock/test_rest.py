"""Endpoints of the mock, without a network."""

from typing import Any

import httpx
from starlette.applications import Starlette

from palaver_runtime.mock.answering import Answers, Wishes
from palaver_runtime.mock.contract import Meaning, read_contract
from palaver_runtime.mock.rest import rest_application
from palaver_runtime.mock.speaking import Facts

SMALL = {
    "dialect": "small",
    "openapi": {
        "paths": {
            "/things/me": {
                "get": {"responses": {"200": {"content": {"application/json": {"schema": {"const": "me"}}}}}}
            },
            "/things/{id}": {
                "get": {
                    "parameters": [
                        {"in": "path", "name": "id", "required": True, "schema": {"type": "integer"}},
                        {"in": "query", "name": "n", "schema": {"type": "number"}},
                        {"in": "query", "name": "all", "schema": {"type": "boolean"}},
                        {"in": "query", "name": "tag", "schema": {"type": "array", "maxItems": 2}},
                        {"in": "header", "name": "X-Key", "required": True, "schema": {"maxLength": 3}},
                    ],
                    "responses": {
                        "200": {
                            "content": {"application/json": {"schema": {"type": "string"}, "example": "the example"}}
                        }
                    },
                },
                "post": {
                    "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}},
                    "responses": {"200": {}, "201": {"content": {"application/json": {"schema": {"const": "made"}}}}},
                    "x-chat": {"means": "thing.make"},
                },
            },
        }
    },
}


def application(told: list[str] | None = None) -> Starlette:
    """Return the endpoints of a small document; what is told goes into a list."""

    def tell(meaning: Meaning, facts: Facts) -> None:
        (told if told is not None else []).append(meaning.means)

    return rest_application(Answers(read_contract(SMALL), Wishes()), tell)


async def ask(method: str, path: str, **options: Any) -> httpx.Response:
    """Send a request to the application itself."""
    told = options.pop("told", None)
    transport = httpx.ASGITransport(application(told))
    async with httpx.AsyncClient(transport=transport, base_url="http://mock") as client:
        return await client.request(method, path, **options)


async def test_parameters_are_of_their_type() -> None:
    """Numbers, booleans and lists are read as such; what is not of its type, too many or missing is refused."""
    key = {"X-Key": "abc"}
    for path in ("/things/5", "/things/5?n=1.5&all=true&tag=a,b", "/things/5?tag=a&tag=b"):
        assert (await ask("GET", path, headers=key)).json() == "the example"
    for path, at in (
        ("/things/x", "/path/id"),
        ("/things/5?n=x", "/query/n"),
        ("/things/5?all=1", "/query/all"),
        ("/things/5?tag=a,b,c", "/query/tag"),
        ("/things/5?more=1", "/query/more"),
    ):
        refused = await ask("GET", path, headers=key)
        assert (refused.status_code, at in refused.text) == (400, True), path
    assert "/header/X-Key" in (await ask("GET", "/things/5")).text
    assert "/header/X-Key" in (await ask("GET", "/things/5", headers={"X-Key": "abcd"})).text


async def test_a_path_without_parameters_comes_first() -> None:
    """What is written out is not taken for a parameter."""
    assert (await ask("GET", "/things/me")).json() == "me"


async def test_bodies_and_statuses() -> None:
    """What is made is answered with 201 and told; a body that is no JSON, or not wanted, is refused and told nobody."""
    told: list[str] = []
    made = await ask("POST", "/things/5", json={}, told=told)
    assert (made.status_code, made.json(), told) == (201, "made", ["thing.make"])
    assert (await ask("POST", "/things/5")).status_code == 201
    for wrong in (b"{", b"[]"):
        refused = await ask("POST", "/things/5", content=wrong, told=told)
        assert (refused.status_code, "/body" in refused.text) == (400, True)
    assert "has no body" in (await ask("GET", "/things/me", content=b"{}")).text
    assert told == ["thing.make"]


async def test_what_is_not_there() -> None:
    """Another path and another method are refused with their status, in a form that always is the same."""
    assert (await ask("GET", "/nothing")).json()["error"]["code"] == "NOT_FOUND"
    assert (await ask("DELETE", "/things/5")).status_code == 405
