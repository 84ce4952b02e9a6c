"""Cross-origin requests."""

import pytest

from palaver_runtime.transports.http.cors import Origins

A = "https://a.example"


@pytest.mark.parametrize("origin", ["https://a.example.evil", "http://a.example", "null", "", None])
def test_other_origins_get_nothing(origin):
    """Only an exactly equal origin may read a response; caches are told that it depends on it."""
    assert Origins([A]).headers(origin) == {"vary": "Origin"}


def test_listed_origin_with_credentials():
    """A listed origin is named and may send credentials."""
    headers = Origins([A]).headers(A)
    assert headers["access-control-allow-origin"] == A
    assert headers["access-control-allow-credentials"] == "true"


def test_every_origin_without_credentials():
    """A star is never combined with credentials, also when it stands beside others."""
    assert Origins([A, "*"]).headers(A) == {"access-control-allow-origin": "*"}


def test_preflight():
    """A preflight of an allowed origin is told methods and headers; others and plain OPTIONS are told nothing."""
    asked = {"origin": A, "access-control-request-method": "PUT"}
    assert Origins([A]).preflight(asked, "PUT")["access-control-allow-methods"] == "PUT"
    assert Origins(["*"]).preflight(asked, "PUT")["access-control-allow-headers"] == "authorization, content-type"
    assert Origins([]).preflight(asked, "PUT") == {}
    assert Origins([A]).preflight({"origin": A}, "PUT") == {}


async def test_preflight_over_the_wire(served, table):
    """A browser's preflight request is answered with all it needs, and other origins with none of it."""

    async def call():
        return None

    async with served(table(call, "DELETE", "/a", "a", statuses={204: None}), allowed_origins=[A]) as client:
        for origin, allowed in ((A, "DELETE, OPTIONS"), ("https://b.example", None)):
            headers = {"Origin": origin, "Access-Control-Request-Method": "DELETE"}
            answer = await client.options("/a", headers=headers)
            assert answer.status_code == 204
            assert answer.headers.get("access-control-allow-methods") == allowed
            assert answer.headers.get("access-control-allow-origin") == (origin if allowed else None)
