"""Dialects on their ports."""

import asyncio
import gc
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
import websockets
from doubles.gateway import SECRET

from palaver_runtime import serving
from palaver_runtime.dialects import envelope, gateway
from palaver_runtime.places import Place
from palaver_runtime.serving import (
    Addresses,
    Wish,
    dialect_places,
    quick_turns,
    real_places,
    serve_dialects,
    settled_memory,
)
from palaver_runtime.settings import Settings
from palaver_runtime.transports.headers import SECURITY_HEADERS
from palaver_runtime.transports.listener import bound_socket


def test_places_have_real_ports() -> None:
    """A port that was asked for becomes the one that was taken, and the path stays."""
    wanted = {"a": Place(0, "/a"), "b": Place(0, "/b"), "c": Place(7)}
    assert real_places(wanted, {0: 5, 7: 7}) == {"a": Place(5, "/a"), "b": Place(5, "/b"), "c": Place(7)}
    assert dialect_places({"gateway": gateway}, None) == {"gateway": Place(4001)}


async def test_operators_see_the_drain_on_a_port_of_their_own(tmp_path: Path) -> None:
    """Figures are on the operators' port alone; there readiness says "draining" while the others are still served."""
    settings = Settings(
        database_url=f"sqlite:///{tmp_path}/palaver.db",
        jwt_secret=SECRET,  # type: ignore[arg-type]
        operations_port=0,
        drain_delay_seconds=60.0,
    )
    ready: asyncio.Future[Addresses] = asyncio.get_running_loop().create_future()
    with bound_socket("127.0.0.1", 0) as bound:
        wish = Wish(settings=settings, dialects={"gateway": gateway}, port=0, sockets={0: bound})
        task = asyncio.create_task(serve_dialects(wish, lambda addresses, _: ready.set_result(addresses)))
        async with asyncio.timeout(30), httpx.AsyncClient() as client:
            addresses = await ready
            assert addresses.places == {"gateway": Place(bound.getsockname()[1])}
            public = f"http://127.0.0.1:{addresses.places['gateway'].port}"
            operators = f"http://127.0.0.1:{addresses.operations_port}"
            assert (await client.get(f"{public}/metrics")).status_code == 404
            assert "palaver_connections" in (await client.get(f"{operators}/metrics")).text
            assert (await client.get(f"{operators}/readyz")).json()["status"] == "ready"
            os.kill(os.getpid(), signal.SIGTERM)
            while (await client.get(f"{operators}/readyz")).json()["status"] != "draining":  # noqa: ASYNC110
                await asyncio.sleep(0)
            assert (await client.get(f"{public}/healthz")).status_code == 200
            assert (await client.get(f"{public}/readyz")).status_code == 503
        task.cancel()
        await asyncio.wait([task])


@asynccontextmanager
async def running(folder: Path, **given: object) -> AsyncIterator[dict[str, str]]:
    """Serve two dialects on ports of their own; give where they are."""
    settings = Settings(
        database_url=f"sqlite:///{folder}/palaver.db",
        jwt_secret=SECRET,  # type: ignore[arg-type]
        shutdown_seconds=0.2,
        **given,  # type: ignore[arg-type]
    )
    ready: asyncio.Future[Addresses] = asyncio.get_running_loop().create_future()
    chosen = {"gateway": gateway, "envelope": envelope}
    with bound_socket("127.0.0.1", 0) as one, bound_socket("127.0.0.1", 0) as other:
        sockets = {gateway.DEFAULT_PORT: one, envelope.DEFAULT_PORT: other}
        wish = Wish(settings=settings, dialects=chosen, sockets=sockets)
        task = asyncio.create_task(serve_dialects(wish, lambda addresses, _: ready.set_result(addresses)))
        async with asyncio.timeout(30):
            await asyncio.wait([task, ready], return_when=asyncio.FIRST_COMPLETED)
            places = ready.result().places
        try:
            yield {name: f"http://127.0.0.1:{place.port}" for name, place in places.items()}
        finally:
            task.cancel()
            await asyncio.wait([task])


async def test_page_is_served_and_lets_itself_in(tmp_path: Path) -> None:
    """It is on one port with a policy of its own; pages from there may connect to every dialect, others not."""
    async with running(tmp_path) as urls, httpx.AsyncClient() as client:
        page = await client.get(urls["gateway"])
        assert page.status_code == 200
        (policy,) = page.headers.get_list("content-security-policy")
        assert urls["envelope"] in policy
        assert page.headers["x-content-type-options"] == "nosniff"
        assert (await client.get(urls["envelope"])).status_code == 404
        assert "script-src" not in (await client.get(urls["envelope"])).headers["content-security-policy"]
        script = await client.get(f"{urls['gateway']}/palaver/js/main.js")
        assert script.headers["content-security-policy"] == SECURITY_HEADERS["content-security-policy"]
        for origin, allowed in ((urls["gateway"], True), (urls["envelope"], False), ("http://evil.example", False)):
            for url in urls.values():
                answer = await client.get(f"{url}/nowhere", headers={"Origin": origin})
                assert answer.headers.get("access-control-allow-origin") == (origin if allowed else None)
            shakes = await _handshake(urls["gateway"], origin)
            assert shakes is allowed, origin


async def test_without_the_page_its_origin_is_one_of_all(tmp_path: Path) -> None:
    """Where it is switched off there is nothing at its path, and nobody is let in for it."""
    async with running(tmp_path, page=False) as urls, httpx.AsyncClient() as client:
        assert (await client.get(urls["gateway"])).status_code == 404
        assert (await client.get(f"{urls['gateway']}/palaver/js/main.js")).status_code == 404
        assert not await _handshake(urls["gateway"], urls["gateway"])


async def test_so_many_frames_are_read_in_a_second(tmp_path: Path) -> None:
    """As the setting says; those beyond wait for the next second."""
    async with running(tmp_path, max_frames=20) as urls:
        address = f"{urls['gateway'].replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket"
        async with websockets.connect(address, proxy=None) as websocket:
            began = asyncio.get_running_loop().time()
            pongs = [await websocket.ping() for _ in range(50)]
            await asyncio.gather(*pongs)
            assert asyncio.get_running_loop().time() - began > 1.0


async def test_room_for_connections_is_made_before_they_come(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For as many as there may be."""
    made: list[int] = []
    monkeypatch.setattr(serving, "make_room", made.append)
    async with running(tmp_path, page=False, max_total_connections=77):
        assert made == [77]


async def _handshake(url: str, origin: str) -> bool:
    """Tell whether a page of an origin gets a websocket."""
    address = f"{url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket"
    try:
        async with websockets.connect(address, origin=websockets.Origin(origin), proxy=None):
            return True
    except websockets.InvalidStatus:
        return False


@pytest.mark.parametrize(("usual", "meanwhile"), [(700, 10_000), (200_000, 200_000)])
def test_what_is_there_is_left_alone_by_the_collector(usual: int, meanwhile: int) -> None:
    """And it looks less often at what comes, or as seldom as it did: while a server runs, and no longer."""
    threshold = gc.get_threshold()
    gc.unfreeze()
    gc.set_threshold(usual, *threshold[1:])
    try:
        with settled_memory():
            assert gc.get_freeze_count() > 100_000
            assert gc.get_threshold() == (meanwhile, *threshold[1:])
        assert gc.get_freeze_count() == 0
        assert gc.get_threshold() == (usual, *threshold[1:])
    finally:
        gc.set_threshold(*threshold)
        gc.freeze()


def test_what_was_left_alone_before_stays_so() -> None:
    """Whoever serves within a process of their own has said already what the collector need not look at."""
    gc.freeze()
    with settled_memory():
        pass
    assert gc.get_freeze_count() > 100_000


def test_threads_give_the_interpreter_to_each_other_sooner() -> None:
    """While it is served, and not after that."""
    before = sys.getswitchinterval()
    with quick_turns():
        assert sys.getswitchinterval() < before / 2
    assert sys.getswitchinterval() == before
