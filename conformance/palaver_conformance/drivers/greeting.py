"""Finding out whether there is a server at all."""

from aiohttp import ClientConnectorError, ConnectionTimeoutError

from palaver_conformance.contract.model import Contract
from palaver_conformance.drivers.engineio import EngineConnection, address
from palaver_conformance.drivers.http import HttpClient
from palaver_conformance.drivers.socketio import Listener
from palaver_conformance.drivers.websocket import WebSocketConnection
from palaver_conformance.errors import Failure, Unreachable
from palaver_conformance.evidence.trace import Trace


async def greet(url: str, contract: Contract, patience: float) -> None:
    """Find out whether a server answers, as its documents have it.

    Raises Unreachable when it cannot be connected to, Failure when it answers something else than the greeting.
    """
    wire = Trace().wire("smoke")
    if contract.handshake is None:
        client = HttpClient(url, patience)
        try:
            await client.request(wire, "GET", "/")
        except Failure as failure:
            if isinstance(failure.__cause__, ClientConnectorError | ConnectionTimeoutError):
                raise Unreachable(f"no connection: {failure.__cause__}") from failure
            if isinstance(failure.__cause__, TimeoutError):
                raise Unreachable(f"no answer to GET / within {patience:g} s") from failure
            # It answers, and what is at / is of no interest.
        finally:
            await client.close()
        return
    if contract.handshake.tag is not None:
        # No frame has to come: nobody has said yet who connects.
        listener = Listener(lambda _, __: None, lambda _: None, lambda _: None)
        websocket = WebSocketConnection(contract.handshake.tag, wire, listener)
        try:
            await websocket.open(url, contract.handshake.path, auth=None, query={}, headers={}, patience=patience)
        finally:
            await websocket.close()
        return
    engine = EngineConnection(wire, lambda _: None, lambda _: None)
    try:
        await engine.open(address(url, contract.handshake.path, {}), {}, patience)
    finally:
        await engine.close()
