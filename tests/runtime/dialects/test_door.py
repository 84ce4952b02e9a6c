"""The door of any dialect, and what requests count by what they mean."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace

import httpx
import pytest
from doubles.gateway import token

from palaver_runtime import fairness
from palaver_runtime.core import Core
from palaver_runtime.dialects import Dialect, Site, aether, envelope, gateway
from palaver_runtime.domain.limits import Rate
from palaver_runtime.fairness import Account
from palaver_runtime.services.limits import Seats
from palaver_runtime.transports import door as doors
from palaver_runtime.transports.door import Proxies
from palaver_runtime.transports.socketio import SocketLimits

charge = Account.charge
Open = Callable[..., AbstractAsyncContextManager[Core]]
SITE = Site(allowed_origins=(), max_body_bytes=1_024, sockets=SocketLimits(), shutdown_seconds=1)
POLL = "/socket.io/?EIO=4&transport=polling"


@asynccontextmanager
async def client(core: Core, site: Site = SITE, dialect: Dialect = gateway) -> AsyncIterator[httpx.AsyncClient]:
    """Give a client of a dialect, in the name of alice."""
    surface = dialect.build(core, site)
    transport = httpx.ASGITransport(surface.app, client=("192.0.2.1", 1234))
    headers = {"authorization": f"Bearer {token('alice')}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://here", headers=headers) as found:
        yield found
    await surface.close()


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doors, "_PATIENCE", 0.0)


def code(answer: httpx.Response) -> str:
    """Find the code in a body of any dialect."""
    body = answer.json()
    found = body.get("error", body)
    return (found if isinstance(found, dict) else body)["code"]


@pytest.mark.parametrize("dialect", [gateway, envelope, aether])
async def test_an_address_that_asks_too_often_is_refused(open_core: Open, dialect: Dialect) -> None:
    """Whoever it says to be, and whatever it asks for, in the dialect's words; another address is served."""
    async with open_core(limit_address=Rate(2, 60)) as core, client(core, dialect=dialect) as found:
        for _ in range(2):
            assert (await found.get("/nowhere")).status_code == 404
        for headers in ({}, {"authorization": f"Bearer {token('bob')}"}, {"x-forwarded-for": "192.0.2.7"}):
            refused = await found.get("/nowhere", headers=headers)
            assert (refused.status_code, code(refused)) == (429, "RATE_LIMITED")
        assert core.meter.metrics.refusals.values()["addresses",] == 3


async def test_an_address_that_had_its_share_waits(open_core: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it asks for is charged to it; while another address wants something, its next turn comes later."""
    async with open_core(address_share=0.001) as core, client(core) as found:
        account, charged = core.fairness.account("192.0.2.1"), list[float]()
        monkeypatch.setattr(Account, "charge", lambda self, seconds: charged.append(seconds) or charge(self, seconds))
        assert (await found.get("/users/me")).status_code == 200
        assert len(charged) > 2
        account.charge(1.0)
        await core.limits.address("192.0.2.2")
        asked = asyncio.create_task(found.get("/users/me"))
        async with asyncio.timeout(10):
            for _ in itertools.count():
                if account.waiting:
                    break
                await asyncio.sleep(0)
        assert not asked.done()
        # It goes on as soon as it is alone again.
        monkeypatch.setattr(fairness, "_LATE", 0.0)
        account._next()
        assert (await asyncio.wait_for(asked, 10)).status_code == 200


async def test_behind_a_trusted_proxy_the_client_counts(open_core: Open) -> None:
    """Only what a proxy says counts that a setting names."""
    site = replace(SITE, proxies=Proxies(["192.0.2.1"]))
    async with open_core(limit_address=Rate(1, 60)) as core, client(core, site) as found:
        statuses = [
            (await found.get("/nowhere", headers={"x-forwarded-for": said})).status_code
            for said in ("198.51.100.1", "198.51.100.2", "6.6.6.6, 198.51.100.1")
        ]
        assert statuses == [404, 404, 429]


@pytest.mark.parametrize("dialect", [gateway, aether])
async def test_connections_of_an_address_are_bounded(core: Core, dialect: Dialect) -> None:
    """Sessions count from their opening on, joined or not, and no more when they have ended."""
    core = replace(core, seats=Seats(2, 10, core.meter.refused))
    async with client(core, dialect=dialect) as found:
        sids = [json.loads((await found.get(POLL)).text[1:])["sid"] for _ in range(2)]
        refused = await found.get(POLL)
        assert (refused.status_code, code(refused)) == (503, "CONNECTION_ERROR")
        assert core.seats.taken == 2
        await found.post(f"{POLL}&sid={sids[0]}", content="1")
        assert core.seats.taken == 1
        assert (await found.get(POLL)).status_code == 200
    assert core.seats.taken == 0


async def test_sessions_that_nobody_joins_are_bounded(core: Core) -> None:
    """Of an address; one that is joined, or has ended, makes room."""
    core = replace(core, seats=Seats(10, 10, core.meter.refused, joining=2))
    async with client(core) as found:
        sids = [json.loads((await found.get(POLL)).text[1:])["sid"] for _ in range(2)]
        refused = await found.get(POLL)
        assert (refused.status_code, code(refused)) == (503, "CONNECTION_ERROR")
        assert core.meter.metrics.refusals.values()["connections_joining",] == 1
        await found.post(f"{POLL}&sid={sids[0]}", content="40")
        assert (await found.get(POLL)).status_code == 200
        assert (await found.get(POLL)).status_code == 503
        await found.post(f"{POLL}&sid={sids[1]}", content="1")
        assert (await found.get(POLL)).status_code == 200


async def test_requests_count_by_what_they_mean(open_core: Open) -> None:
    """One kind too many does not stop the others, nor does what was refused before count."""
    async with open_core(limit_kinds={"conversation.create": Rate(1, 60)}) as core, client(core) as found:
        good = {"type": "group", "participantIds": []}
        for _ in range(3):
            assert (await found.post("/conversations", json={"nonsense": 1})).status_code == 400
        assert (await found.post("/conversations", json=good)).status_code == 201
        refused = await found.post("/conversations", json=good)
        assert (refused.status_code, code(refused)) == (429, "RATE_LIMITED")
        assert int(refused.headers["retry-after"]) in range(1, 61)
        assert (await found.get("/conversations")).status_code == 200
        assert core.meter.metrics.refusals.values()["kinds",] == 1


async def test_deep_and_compressed_bodies_are_refused(core: Core) -> None:
    """What is nested deeper than the server reads, and what would be larger once it is read."""
    async with client(core) as found:
        deep = '{"type": "group", "metadata": {"a": ' + "[" * 31 + "]" * 31 + "}}"
        answers = [
            await found.post("/conversations", content=content, headers={"content-type": "application/json"} | headers)
            for content, headers in ((deep, {}), ("{}", {"content-encoding": "gzip"}))
        ]
        assert [(each.status_code, code(each)) for each in answers] == [(400, "VALIDATION_ERROR")] * 2
        assert core.meter.metrics.refusals.values()["depth",] == 1


async def test_bodies_of_too_many_values_are_refused(core: Core) -> None:
    """However small they are: each takes time and memory to be read."""
    async with client(core, replace(SITE, max_body_bytes=65_536)) as found:
        for content in ("1," * 5_000, '"a":[[]],' * 2_500, "[[]]," * 2_500):
            refused = await found.post(
                "/conversations", content=f'{{"metadata":[{content}]}}', headers={"content-type": "application/json"}
            )
            assert (refused.status_code, code(refused)) == (400, "VALIDATION_ERROR")
            assert "/body: has more than 4,096 values" in refused.text
        assert core.meter.metrics.refusals.values()["values",] == 3
