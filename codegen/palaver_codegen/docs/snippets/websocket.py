"""Snippets for plain WebSockets: what browsers bring in TypeScript, the package websockets in Python."""

from __future__ import annotations

from palaver_codegen.docs.snippets import Snippet
from palaver_codegen.docs.snippets.literal import python, typescript
from palaver_codegen.docs.wire import TOKEN, Seat, Wire
from palaver_codegen.documents.tree import Json
from palaver_codegen.names import snake


def connecting(wire: Wire, types: str) -> Snippet:
    """Return how a client connects and takes its first frame. A browser sends no headers of its own.

    `types` is the module of the generated types, empty where there is none.
    """
    imports = f'import type {{ ClientFrame, ServerFrame }} from "./{types}.js";\n\n' if types else ""
    query = f"?{wire.token}=" if wire.seat is Seat.QUERY else ""
    address = f"`{wire.socket}{query}${{token}}`" if query else f'"{wire.socket}"'
    place = f'f"{wire.socket}{query}{{token}}"' if query else f'"{wire.socket}"'
    if wire.seat is Seat.HEADERS:
        place += f', additional_headers={{"{wire.token}": f"Bearer {{token}}"}}'
    return Snippet(
        f'{imports}const token = "{TOKEN}";\n'
        f"const socket = new WebSocket({address});\n\n"
        'await new Promise((opened) => socket.addEventListener("open", opened, { once: true }));\n',
        f'import json\n\nimport websockets\n\ntoken = "{TOKEN}"\n'
        f"socket = await websockets.connect({place})\n"
        "print(json.loads(await socket.recv()))\n",
    )


def sending(wire: Wire, payload: Json, answer: str, *, typed: bool) -> Snippet:
    """Return how a client sends a frame; `answer` is the type of the frame that answers it, empty if none does."""
    checked = " satisfies ClientFrame" if typed else ""
    script = f"socket.send(JSON.stringify({typescript(payload)}{checked}));\n"
    lines = f"await socket.send(json.dumps({python(payload)}))\n"
    if answer:
        script += "\n" + _listener(wire, answer, "frame", typed)
        lines += "\n" + _loop(wire, answer, "frame", last=True)
    return Snippet(script, lines)


def receiving(wire: Wire, event: str, noun: str, *, typed: bool) -> Snippet:
    """Return how a client listens to a type of frames; `noun` is what the frame is called."""
    name = noun[:1].lower() + noun[1:]
    return Snippet(_listener(wire, event, name, typed), _loop(wire, event, snake(noun), last=False))


def _listener(wire: Wire, event: str, name: str, typed: bool) -> str:
    declared = f"{name}: ServerFrame" if typed else name
    return (
        'socket.addEventListener("message", (event: MessageEvent<string>) => {\n'
        f"  const {declared} = JSON.parse(event.data);\n"
        f'  if ({name}.{wire.tag} === "{event}") console.log({name});\n'
        "});\n"
    )


def _loop(wire: Wire, event: str, name: str, *, last: bool) -> str:
    end = "        break\n" if last else ""
    return (
        f"async for text in socket:\n    {name} = json.loads(text)\n"
        f'    if {name}["{wire.tag}"] == "{event}":\n        print({name})\n{end}'
    )
