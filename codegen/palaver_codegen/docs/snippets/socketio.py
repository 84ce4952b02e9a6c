"""Snippets for Socket.IO: socket.io-client in TypeScript, python-socketio in Python."""

from __future__ import annotations

from palaver_codegen.docs.snippets import Snippet
from palaver_codegen.docs.snippets.literal import python, typescript
from palaver_codegen.docs.wire import TOKEN, Seat, Wire
from palaver_codegen.documents.tree import Json
from palaver_codegen.names import snake

_PATH = "/socket.io/"


def connecting(wire: Wire, ready: str, types: str) -> Snippet:
    """Return how a client connects; `ready` is the event by which the server says that it did, empty if none does.

    `types` is the module of the generated types, empty where there is none.
    """
    options = [*_options(wire), "ackTimeout: 5000"]
    given = "".join(f"  {option},\n" for option in options)
    address = wire.http + (wire.namespace if wire.namespace != "/" else "")
    hello = f'\nsocket.on("{ready}", (session) => console.log(session));\n' if ready else ""
    imports = 'import { io } from "socket.io-client";\n'
    declared = "socket"
    if types:
        imports = (
            'import { io, type Socket } from "socket.io-client";\n'
            "import type {\n  ClientToServerEvents,\n  ServerToClientEvents,\n"
            f'}} from "./{types}.js";\n'
        )
        declared = "socket: Socket<\n  ServerToClientEvents,\n  ClientToServerEvents\n>"
    script = f'{imports}\nconst token = "{TOKEN}";\nconst {declared} = io("{address}", {{\n{given}}});\n{hello}'
    namespace = _namespace(wire)
    handler = (
        f'@sio.on("{ready}"{namespace})\nasync def {snake(ready)}(session):\n    print(session)\n\n' if ready else ""
    )
    return Snippet(
        script,
        f'import socketio\n\ntoken = "{TOKEN}"\nsio = socketio.AsyncClient()\n\n{handler}'
        f"await sio.connect(\n{_arguments(wire)})\n",
    )


def sending(wire: Wire, event: str, payload: Json, *, acknowledged: bool) -> Snippet:
    """Return how a client sends an event, and takes its acknowledgement where there is one."""
    namespace = _namespace(wire)
    written, listed = typescript(payload), python(payload)
    if acknowledged:
        return Snippet(
            f'const answer = await socket.emitWithAck("{event}", {written});\nconsole.log(answer);\n',
            f'answer = await sio.call("{event}", {listed}{namespace})\nprint(answer)\n',
        )
    return Snippet(
        f'socket.emit("{event}", {written});\n',
        f'await sio.emit("{event}", {listed}{namespace})\n',
    )


def receiving(wire: Wire, event: str, noun: str) -> Snippet:
    """Return how a client listens to an event; `noun` is what its payload is called."""
    name = noun[:1].lower() + noun[1:]
    return Snippet(
        f'socket.on("{event}", ({name}) => {{\n  console.log({name});\n}});\n',
        f'@sio.on("{event}"{_namespace(wire)})\n'
        f"async def on_{snake(event)}({snake(noun)}):\n    print({snake(noun)})\n",
    )


def _options(wire: Wire) -> list[str]:
    options = [] if wire.path == _PATH else [f'path: "{wire.path}"']
    member = "token" if wire.token == "token" else f"{wire.token}: token"  # noqa: S105 - the name of a field
    if wire.seat is Seat.AUTH:
        options.append(f"auth: {{ {member} }}")
    if wire.seat is Seat.QUERY:
        options.append(f"query: {{ {member} }}")
    if wire.seat is Seat.HEADERS:
        options.append(f"extraHeaders: {{ {wire.token}: `Bearer ${{token}}` }}")
    return options


def _arguments(wire: Wire) -> str:
    address = f'"{wire.http}"'
    arguments = []
    if wire.seat is Seat.QUERY:
        address = f'f"{wire.http}?{wire.token}={{token}}"'
    if wire.seat is Seat.AUTH:
        arguments.append(f'auth={{"{wire.token}": token}}')
    if wire.seat is Seat.HEADERS:
        arguments.append(f'headers={{"{wire.token}": f"Bearer {{token}}"}}')
    if wire.namespace != "/":
        arguments.append(f'namespaces=["{wire.namespace}"]')
    if wire.path != _PATH:
        arguments.append(f'socketio_path="{wire.path}"')
    return "".join(f"    {argument},\n" for argument in (address, *arguments))


def _namespace(wire: Wire) -> str:
    return "" if wire.namespace == "/" else f', namespace="{wire.namespace}"'
