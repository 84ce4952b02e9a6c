"""Dialects on their ports."""

import asyncio
import gc
import os
import signal
import sys
from pathlib import Path

import httpx
from doubles.gateway import SECRET

from palaver_runtime.dialects import gateway
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


def test_what_is_there_is_left_alone_by_the_collector() -> None:
    """While a server runs, and no longer."""
    before = gc.get_freeze_count()
    with settled_memory():
        assert gc.get_freeze_count() > before + 1_000
    assert gc.get_freeze_count() == 0


def test_threads_give_the_interpreter_to_each_other_sooner() -> None:
    """While it is served, and not after that."""
    before = sys.getswitchinterval()
    with quick_turns():
        assert sys.getswitchinterval() < before / 2
    assert sys.getswitchinterval() == before
