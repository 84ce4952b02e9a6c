"""Everything that is started for a run."""

import asyncio
import shlex
import sys
from pathlib import Path

import psutil
import pytest
from doubles.bell import BUNDLE
from samples import contract

from palaver_conformance.contract.reading import read_bundle
from palaver_conformance.errors import HarnessError, Unreachable
from palaver_conformance.timing import Timing
from palaver_conformance.topology.instance import Command
from palaver_conformance.topology.process import Process, hang_up
from palaver_conformance.topology.proxy import CUT, PASS
from palaver_conformance.topology.topology import Topology, launched

# Greets like an Engine.IO server, and writes the environment that it was given.
GREETER = """
import asyncio, os, sys
from websockets.asyncio.server import serve
async def greet(socket):
    await socket.send('0{"sid":"abc","upgrades":[],"pingInterval":25000,"pingTimeout":60000}')
    await socket.wait_closed()
async def main():
    print(os.environ.get('BUS'), os.environ.get('STORE'), flush=True)
    async with serve(greet, '127.0.0.1', int(sys.argv[1])):
        await asyncio.Event().wait()
asyncio.run(main())
"""


def command(folder: Path, prefix: str = "") -> Command:
    """Return a command that starts the greeter."""
    (folder / "greeter.py").write_text(GREETER)
    return Command.parse(f"{prefix} {shlex.quote(sys.executable)} {folder / 'greeter.py'} {{port}}")


async def test_instances_get_what_they_ask_for(tmp_path: Path) -> None:
    """Redis and PostgreSQL run for a command that names them, each instance has its own way to Redis, all end."""
    asking = command(tmp_path, "BUS={redis_url} STORE={database_url}")
    async with launched(asking, 2, contract()) as topology:
        assert topology.offers == {"instances", "redis", "database"}
        assert len(set(topology.urls)) == 2
        ports = [link.port for link in topology.links]
        for instance, port in zip(topology.instances, ports, strict=True):
            assert instance.process.tail() == f"  | redis://127.0.0.1:{port}/0 {topology.database.url()}"
        reader, writer = await asyncio.open_connection("127.0.0.1", ports[1])
        writer.write(b"PING\r\n")
        assert await asyncio.wait_for(reader.readline(), 5) == b"+PONG\r\n"
        await hang_up(writer)
        groups = [each.group for each in _processes(topology)]
    assert not any(psutil.pid_exists(each) for each in groups)


async def test_secret_is_the_one_that_is_given(tmp_path: Path) -> None:
    """Who signs tokens with a secret of their own has the instances check them with that one."""
    asking = command(tmp_path, "STORE={secret}")
    async with launched(asking, 1, contract(), secret="mine") as topology:
        assert topology.secret == topology.instances[0].process.environment["STORE"] == "mine"
    async with launched(asking, 1, contract()) as topology:
        assert len(topology.secret) >= 32
        assert topology.instances[0].process.environment["STORE"] == topology.secret


async def test_nothing_is_started_that_was_not_asked_for(tmp_path: Path) -> None:
    """A command without placeholders gets neither Redis nor PostgreSQL, and using one is the harness's mistake."""
    async with launched(command(tmp_path), 1, contract()) as topology:
        assert topology.offers == {"instances"}
        assert {each.clock_offset for each in topology.instances} == {0}
        for name in ("redis", "database"):
            with pytest.raises(HarnessError, match="launched command has no"):
                getattr(topology, name)


async def test_bringing_up_mends_everything(tmp_path: Path) -> None:
    """The killed start again, the frozen go on, rules are lifted, clocks are right."""
    async with launched(command(tmp_path, "STORE={clock_offset} BUS={redis_url}"), 2, contract()) as topology:
        assert topology.offers == {"instances", "redis", "clocks"}
        first, second = topology.instances
        await second.set_clock(300)
        front = await topology.front(0)
        await first.process.kill()
        second.process.pause()
        topology.redis.process.pause()
        topology.links[0].obey(CUT)
        await topology.bring_up()
        assert first.process.alive
        assert second.clock_offset == 0
        assert second.process.environment["STORE"] == "+0"
        assert [link.rule for link in topology.links] == [PASS, PASS]
        await first.ready(contract(), Timing())
        await second.ready(contract(), Timing())
        assert front.port != first.port


async def test_server_without_its_calls_is_not_ready(tmp_path: Path) -> None:
    """An instance that greets, and does not answer the calls that its documents have, has not come up."""
    command(tmp_path)
    words = f"{shlex.quote(sys.executable)} {tmp_path / 'greeter.py'} {{port}} {{grpc_port}}"
    async with launched(Command.parse(words), 1, contract()) as topology:
        (address,) = topology.call_addresses
        assert address == topology.instances[0].call_address
        with pytest.raises(Unreachable, match="nobody answers calls"):
            await topology.instances[0].ready(read_bundle(BUNDLE), Timing(0.1))


async def test_processes_are_stopped_whatever_happens(tmp_path: Path) -> None:
    """An exception inside the block, and a server that does not come up, leave no process."""
    seen: list[Process] = []
    with pytest.raises(ZeroDivisionError):
        await _failing(command(tmp_path), seen)
    assert not seen[0].alive
    with pytest.raises(Unreachable, match="exit code 3"):
        async with launched(Command((), (sys.executable, "-c", "raise SystemExit(3)")), 1, contract()):
            pytest.fail("it started")


async def _failing(given: Command, seen: list[Process]) -> None:
    async with launched(given, 1, contract()) as topology:
        seen += _processes(topology)
        assert seen[0].alive
        raise ZeroDivisionError


def _processes(topology: Topology) -> list[Process]:
    services = [each.process for each in (topology.redis_server, topology.database_server) if each]
    return [*services, *(each.process for each in topology.instances)]
