"""Every Python snippet of the published site does what its operation promises, against the running server.

The documents are given the addresses of that server, and what is there for their examples: the snippets are made of
them as those of the site are, and run as they are.
"""

import ast
import asyncio
import base64
import itertools
import sys
import time
from collections.abc import AsyncIterator, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from grpc_tools import protoc
from servers.all_dialects import SECRET
from servers.palaver import Server

from palaver_codegen.docs.entries import anchor
from palaver_codegen.docs.example import media_examples, message_examples, value_of
from palaver_codegen.docs.reference import reference
from palaver_codegen.docs.view import Entry, Reference
from palaver_codegen.docs.wire import TOKEN
from palaver_codegen.documents import known_dialects, load_bundle, pointer
from palaver_codegen.documents.operations import Direction, Operation, operations
from palaver_codegen.documents.schemas import resolve

SPEC = Path(__file__).parents[2] / "spec"
CALLER, OTHER, THIRD = "snippets-caller", "snippets-other", "snippets-third"
PATIENCE = 30.0
NUMBER = itertools.count()


def token(user: str, **claims: object) -> str:
    """Sign the token of a user."""
    return jwt.encode({"sub": user, "exp": time.time() + 3600, **claims}, SECRET, "HS256")


@dataclass
class Scene:
    """What a snippet is about: the values of its canonical fields, and the token that it is run with."""

    values: dict[str, Any]
    token: str


@dataclass
class World:
    """A server with everything that snippets are about, and the references that they are in."""

    server: Server
    client: httpx.AsyncClient
    stubs: Path
    operations: dict[str, list[Operation]] = field(default_factory=dict)
    references: dict[str, Reference] = field(default_factory=dict)
    scenes: dict[tuple[str, str], Scene] = field(default_factory=dict)

    async def scene(self, meaning: str, *, direct: bool) -> Scene:
        """Make a conversation with a message in it, and an account where there is to be one."""
        named = {"type": "direct"} if direct else {"type": "group", "name": "Snippets"}
        made = await self.ask("POST", "/conversations", CALLER, {**named, "participantIds": [OTHER]})
        sender = OTHER if meaning.startswith("receipt.") else CALLER
        message = await self.ask("POST", f"/conversations/{made['id']}/messages", sender, {"content": "hello"})
        account = {"username": f"snippets-{next(NUMBER)}", "password": "a password of that"}
        values: dict[str, Any] = {
            "conversation": made["id"],
            "recipient": OTHER,
            "user": THIRD if meaning in ("participant.add", "room.join") else OTHER,
            "users": [OTHER],
            **dict.fromkeys(("id", "message", "last_message", "before", "after", "reply_to"), message["id"]),
            "token": token(CALLER),
            "name": account["username"] if meaning.startswith("account.") else "Renamed",
            "password": account["password"],
        }
        given = token(CALLER, role="admin")
        if meaning in ("account.login", "account.refresh", "account.logout"):
            session = await self.ask("POST", "/auth/register", "", account)
            values["refresh_token"], given = session["refreshToken"], session["accessToken"]
        return Scene(values, given)

    async def ask(self, verb: str, path: str, user: str, body: object = None) -> Any:
        """Make a request of one dialect as somebody, and give the body of the answer."""
        headers = {"Authorization": f"Bearer {token(user)}"} if user else {}
        response = await self.client.request(verb, f"{self.server.url}/gateway{path}", headers=headers, json=body)
        assert response.is_success, response.text
        return response.json()

    async def adapt(self, name: str) -> None:
        """Write the addresses of the server into the documents of a dialect, and what exists into their examples."""
        bundle: Any = load_bundle(SPEC / name)
        host = self.server.url.removeprefix("http://")
        self.operations[name] = [each for document in bundle.documents for each in operations(document)]
        # Direct messages are all that the social dialect has.
        making = (self.scene(operation.means, direct=name == "social") for operation in self.operations[name])
        for operation, scene in zip(self.operations[name], await asyncio.gather(*making), strict=True):
            self.scenes[name, operation.key] = scene
            fields: Any = operation.chat.get("fields", {})
            exemplify(operation, {to: scene.values[each] for each, to in fields.items() if each in scene.values})
        if bundle.asyncapi is not None:
            bundle.asyncapi["servers"]["local"]["host"] = host
            for channel in bundle.asyncapi["channels"].values():
                settings = channel.get("x-socketio") or channel["x-websocket"]
                settings["path"] = f"/{name}{settings['path']}"
        if bundle.openapi is not None:
            bundle.openapi["servers"][0]["url"] = f"{self.server.url}/{name}"
        if bundle.grpc is not None:
            bundle.grpc["servers"]["local"]["host"] = self.server.grpc
            generate_stubs(self.stubs, bundle.grpc["descriptors"])
        self.references[name] = reference(bundle)


@pytest.fixture(scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory, all_dialects: Server) -> AsyncIterator[World]:
    """The server of all dialects, with the references of all."""
    folder = tmp_path_factory.mktemp("stubs")
    async with httpx.AsyncClient() as client:
        world = World(all_dialects, client, folder)
        for user in (CALLER, OTHER, THIRD):
            await world.ask("GET", "/users/me", user)
        for name in known_dialects(SPEC):
            await world.adapt(name)
        sys.path.insert(0, str(folder))
        yield world
        sys.path.remove(str(folder))


def exemplify(operation: Operation, fields: Mapping[str, Any]) -> None:
    """Make what exists the example of an operation's payload, request or parameters."""
    document: Any = operation.document
    node: Any = operation.node
    if operation.direction is Direction.EVENT_IN:
        message = operation.messages()[0]
        payload = message_examples(document, message.key, message.payload)[0].value
        document["components"]["messages"][message.key]["examples"] = [{"payload": filled(payload, fields)}]
    elif operation.direction is Direction.CALL:
        schema: Any = resolve(document, node["request"])
        example: Any = filled(value_of(document, schema), fields)
        # The caller is told by the token.
        schema["examples"] = [{key: value for key, value in example.items() if key not in ("userId", "createdBy")}]
    elif operation.direction is Direction.REQUEST:
        node["parameters"] = [
            {**each, "example": fields.get(f"/{each['in']}/{each['name']}", value_of(document, each["schema"]))}
            for each in operation.parameters()
        ]
        if operation.body() is not None:
            body = media_examples(document, node["requestBody"], operation.body())[0].value
            inner = {to.removeprefix("/body"): value for to, value in fields.items() if to.startswith("/body/")}
            media = {"schema": operation.body(), "example": filled(body, inner)}
            node["requestBody"] = {"required": True, "content": {"application/json": media}}


def filled(value: Any, fields: Mapping[str, Any]) -> Any:
    """Put values where pointers lead, if there is something already; a list is put for a list."""
    for to, given in fields.items():
        *above, last = pointer.split(to)
        holder = value
        for step in above:
            holder = holder.get(step, {})
        if last in holder:
            items = given if isinstance(given, list) else [given]
            holder[last] = items if isinstance(holder[last], list) else items[0]
    return value


def generate_stubs(folder: Path, descriptors: str) -> None:
    """Generate what the first line of the gRPC snippets says."""
    packed = folder / "descriptors.bin"
    packed.write_bytes(base64.b64decode(descriptors))
    files = [file.name for file in FileDescriptorSet.FromString(packed.read_bytes()).file]
    given = [f"--descriptor_set_in={packed}", f"--python_out={folder}", f"--grpc_python_out={folder}", *files]
    assert protoc.main(["protoc", *given]) == 0


class Session:
    """Snippets of one page, run one after the other as the body of one async function; all that they print is kept."""

    def __init__(self, given: str) -> None:
        self.printed: asyncio.Queue[Any] = asyncio.Queue()
        self.heard: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()
        self.names: dict[str, Any] = {"print": self.printed.put_nowait}
        self._token = given

    async def run(self, source: str) -> None:
        """Run a snippet to its end."""
        code = compile(source.replace(TOKEN, self._token), "snippet", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        async with asyncio.timeout(PATIENCE):
            awaiting = eval(code, self.names)
            if awaiting is not None:
                await awaiting

    def listen(self, namespace: str) -> None:
        """From now on, keep the events that nobody else handles."""

        async def heard(event: str, payload: Any = None) -> None:
            self.heard.put_nowait((event, payload))

        self.names["sio"].on("*", heard, namespace=namespace)

    async def hears(self, events: Collection[str]) -> None:
        """Wait for one of these events; a refusal is not waited out."""
        async with asyncio.timeout(PATIENCE):
            while (arrived := await self.heard.get())[0] not in events:
                assert arrived[0] != "error", arrived

    async def close(self) -> None:
        """Close what the snippets opened."""
        if "sio" in self.names:
            await self.names["sio"].disconnect()
        for name in ("socket", "channel"):
            if name in self.names:
                await self.names[name].close()


@dataclass(frozen=True)
class Case:
    """An operation with its snippet, what stands before it, and the events that answer it."""

    dialect: str
    operation: Operation
    setup: str
    snippet: str
    answers: Collection[str]

    @property
    def namespace(self) -> str:
        """The namespace of its event, where it is one of Socket.IO."""
        channel: Any = resolve(self.operation.document, self.operation.node["channel"])
        return str(channel.get("x-socketio", {}).get("namespace", ""))

    def __str__(self) -> str:
        return f"{self.dialect}: {self.operation.key}"


def cases(world: World, *directions: Direction) -> Iterator[Case]:
    """Yield the operations of these directions, of all dialects."""
    for name, found in world.references.items():
        sections = {Direction.REQUEST: found.rest, Direction.CALL: found.calls}
        for operation in (each for each in world.operations[name] if each.direction in directions):
            section = sections.get(operation.direction, found.events)
            assert section is not None
            assert section.setup is not None
            entry: Entry = next(each for each in section.entries if each.anchor == anchor(operation))
            assert entry.snippet is not None, entry.key
            answers = [each.name for each in operation.answers() if each.name]
            yield Case(name, operation, section.setup.python, entry.snippet.python, answers)


def ways_in(world: World) -> dict[str, Case]:
    """Return how connections enter a conversation, by dialect, where they have to."""
    return {each.dialect: each for each in cases(world, Direction.EVENT_IN) if each.operation.chat.get("entry") is True}


async def enter(world: World, session: Session, case: Case, way: Case | None) -> None:
    """Enter the conversation that a case is about, if connections have to."""
    if way is not None:
        there = world.scenes[way.dialect, way.operation.key].values["conversation"]
        here = world.scenes[case.dialect, case.operation.key].values["conversation"]
        await session.run(way.snippet.replace(there, here))
        await answered(session, way)


async def answered(session: Session, case: Case) -> None:
    """Wait for the event that answers; an acknowledgement, and a frame, the snippet itself has waited for."""
    if case.answers and "sio" in session.names:
        await session.hears(case.answers)


@pytest.mark.parametrize("direction", [Direction.REQUEST, Direction.CALL])
async def test_requests_and_calls_are_answered(world: World, direction: Direction) -> None:
    """Each snippet of a request and of a call is answered, and by no refusal."""
    done = 0
    for case in cases(world, direction):
        session = Session(world.scenes[case.dialect, case.operation.key].token)
        try:
            await session.run(case.setup)
            await session.run(case.snippet)
        except httpx.HTTPStatusError as error:
            pytest.fail(f"{case}: {error.response.text}")
        finally:
            await session.close()
        answer = session.names.get("answer")
        assert getattr(answer, "success", True), f"{case}: {answer}"
        done += 1
    assert done > 5


async def test_events_are_answered(world: World) -> None:
    """Each snippet of an event is acknowledged, or answered by the event that its document names, and not refused."""
    ways = ways_in(world)
    for case in cases(world, Direction.EVENT_IN):
        way = ways.get(case.dialect)
        session = Session(world.scenes[case.dialect, case.operation.key].token)
        try:
            await session.run(case.setup)
            if "sio" in session.names:
                session.listen(case.namespace)
            await enter(world, session, case, way if way and way.operation is not case.operation else None)
            await session.run(case.snippet)
            await answered(session, case)
            if not case.operation.replies() or not case.operation.answers():
                # Nothing answers it. What is asked for afterwards is answered later, and a refusal would come before.
                await enter(world, session, case, way)
            answer = session.names.get("answer", {})
            assert "error" not in answer, answer
        except (TimeoutError, AssertionError) as error:
            pytest.fail(f"{case}: {error!r}")
        finally:
            await session.close()


async def test_listeners_hear(world: World) -> None:
    """The snippet that listens to new messages prints one that somebody else sends."""
    ways = ways_in(world)
    heard = [case for case in cases(world, Direction.EVENT_OUT) if case.operation.means == "message.created"]
    assert len(heard) == len(world.references)
    acknowledged = {each.dialect: each.snippet for each in cases(world, Direction.EVENT_IN) if ".call(" in each.snippet}
    for case in heard:
        scene = world.scenes[case.dialect, case.operation.key]
        session = Session(scene.token)
        listening: asyncio.Task[None] | None = None
        try:
            await session.run(case.setup)
            if "sio" in session.names:
                session.listen(case.namespace)
                await session.run(case.snippet)
                await enter(world, session, case, ways.get(case.dialect))
                if case.dialect in acknowledged:
                    # What a client asks for waits until the connection hears its conversations.
                    await session.run(acknowledged[case.dialect])
            else:
                await enter(world, session, case, ways.get(case.dialect))
                listening = asyncio.create_task(session.run(case.snippet))
            said = f"for {case}"
            await world.ask("POST", f"/conversations/{scene.values['conversation']}/messages", OTHER, {"content": said})
            async with asyncio.timeout(PATIENCE):
                while said not in str(await session.printed.get()):
                    pass
        finally:
            if listening is not None:
                listening.cancel()
            await session.close()
