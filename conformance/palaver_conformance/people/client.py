"""A user of the server under test: carries out operations by meaning, over whichever transport has them."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress

from palaver_conformance.contract import pointer as pointers
from palaver_conformance.contract.calls import CallOperation
from palaver_conformance.contract.model import Handshake, HttpOperation, Operation, Place, SocketOperation, Via
from palaver_conformance.errors import HarnessError, NotApplicable, Refused
from palaver_conformance.facts import Facts
from palaver_conformance.people.account import Account
from palaver_conformance.people.device import Asked, Device
from palaver_conformance.setting import Setting

_NOTHING: Mapping[str, object] = {}


class Client:
    """A user, with any number of connections; the first one is used where none is named."""

    def __init__(self, name: str, setting: Setting, account: Account) -> None:
        self.name = name
        self.setting = setting
        self.account = account
        self.devices: list[Device] = []
        self._dialled = 0
        self.rooms: list[Facts] = []
        self.partners: dict[str, str] = {}

    @property
    def user(self) -> str:
        """Identifier of the user."""
        return self.account.user

    async def connect(
        self,
        place: Place | None = None,
        *,
        instance: int = 0,
        url: str | None = None,
        also: Mapping[Place, str] | None = None,
        slow: bool = False,
    ) -> Device:
        """Open a connection, wait until it is ready and has entered the user's rooms, and add it to the devices.

        The token is put in `place`, or in the first place that the handshake has; `also` puts other tokens into other
        places; `url` goes before `instance`. A `slow` one leaves little room on the way for what it has not read.
        """
        tokens: dict[Place, str] = {place or self.handshake.place: self.account.access_token, **(also or {})}
        device = await self.dial(tokens, instance=instance, url=url, slow=slow)
        if self.setting.contract.has("session.ready"):
            await device.expect("session.ready")
        else:
            # What is sent before the server has taken the client in might be lost on it.
            await device.alive()
        for room in self.rooms:
            with suppress(Refused):
                await self.enter(room, on=device)
        return device

    async def dial(
        self, tokens: Mapping[Place, str] | str, *, instance: int = 0, url: str | None = None, slow: bool = False
    ) -> Device:
        """Open a connection with these tokens, whatever the server makes of them.

        A single one goes to the first place that the handshake has.
        """
        handshake = self.handshake
        if isinstance(tokens, str):
            tokens = {handshake.place: tokens}
        self._dialled += 1
        device = self.device_to(f"{self.name}/{self._dialled}", handshake, instance, url)
        self.devices.append(device)
        self.setting.witness.opens(device, device.name, self.user)
        for token in tokens.values():
            self.setting.trace.hide(token)
        await device.open(*_places(handshake, tokens), slow=slow)
        return device

    @property
    def handshake(self) -> Handshake:
        """How to connect; raises NotApplicable when the documents do not say."""
        if self.setting.contract.handshake is None:
            raise NotApplicable("the documents have no handshake")
        return self.setting.contract.handshake

    def device_to(self, name: str, handshake: Handshake, instance: int, url: str | None) -> Device:
        """Return a connection that is not open yet."""
        return Device(name, self.setting, handshake, instance, user=self.user, url=url)

    async def enter(self, room: Facts, *, on: Device | None = None) -> Facts:
        """Receive a conversation's events on one connection."""
        return await self.perform("room.join", {"conversation": room.id}, on=on)

    async def inhabit(self, room: Facts) -> None:
        """Have every connection hear of a conversation, those to come included, where that takes entering it."""
        if self.setting.contract.entry is not None:
            self.rooms.append(room)
            for device in self.devices:
                await self.enter(room, on=device)

    async def perform(
        self,
        means: str,
        values: Mapping[str, object] = _NOTHING,
        *,
        via: Via | None = None,
        on: Device | None = None,
        instance: int = 0,
    ) -> Facts:
        """Carry out an operation with canonical values and return its canonical result.

        Raises Refused when the server refuses, NotApplicable when the documents do not offer it, HarnessError when
        the values do not make a valid request.
        """
        operation = self.setting.contract.operation(means, via)
        payload = operation.payload(values)
        self.setting.oracle.request(operation, payload)
        deed = self._carry_out(operation, payload, on, instance, values)
        return await self.setting.witness.watch(self.user, means, values, deed)

    async def attempt(
        self,
        means: str,
        values: Mapping[str, object] = _NOTHING,
        *,
        put: Mapping[str, object] = _NOTHING,
        drop: Sequence[str] = (),
        whole: object = None,
        via: Via | None = None,
        on: Device | None = None,
        instance: int = 0,
    ) -> Facts:
        """Carry out an operation with a payload that need not be valid.

        `put` sets canonical fields or, with a leading `/`, places of the payload; `drop` removes canonical fields;
        `whole` takes the place of the entire payload (of an event) or body (of a request).
        """
        operation = self.setting.contract.operation(means, via)
        payload = operation.payload(values)
        self.setting.witness.suspects(self.user, means, values)
        for name, value in put.items():
            pointers.put(payload, self.place(operation, name), value)
        for name in drop:
            pointers.drop(payload, self.place(operation, name))
        if whole is None:
            return await self._carry_out(operation, payload, on, instance)
        if isinstance(operation, HttpOperation):
            return await self._carry_out(operation, {**payload, "body": whole}, on, instance)
        return await self._carry_out(operation, whole, on, instance)

    async def submit(self, operation: Operation, payload: object) -> Facts:
        """Carry out an operation with a payload as it is, valid or not; for REST it is `{path, query, body}`."""
        return await self._carry_out(operation, payload, None)

    @staticmethod
    def place(operation: Operation, name: str) -> str:
        """Return the pointer of a canonical field; a name with a leading `/` is a pointer within the body."""
        if name.startswith("/"):
            return f"/body{name}" if isinstance(operation, HttpOperation) else name
        if name not in operation.fields:
            raise NotApplicable(f"{operation.name} has no field that means {name}")
        return operation.fields[name]

    @staticmethod
    def beside(operation: Operation, name: str) -> str:
        """Return the pointer, for `attempt`, of a field beside the content of a message."""
        return f"{operation.fields['content'].rpartition('/')[0].removeprefix('/body')}/{name}"

    async def hurry(self, means: str, many: Sequence[Mapping[str, object]], *, on: Device | None = None) -> list[Asked]:
        """Ask for an operation many times over the socket, without waiting in between."""
        operation = self.socket_operation(means)
        device = on or self.device
        asked = []
        for values in many:
            self.setting.witness.suspects(self.user, means, values)
            payload = operation.payload(values)
            self.setting.oracle.request(operation, payload)
            asked.append(await device.ask(operation, payload, values))
        return asked

    def socket_operation(self, means: str) -> SocketOperation:
        """Return the operation as an event."""
        operation = self.setting.contract.operation(means, "socket")
        if not isinstance(operation, SocketOperation):
            raise HarnessError(f"{operation.name} is no event")
        return operation

    @property
    def device(self) -> Device:
        """The first connection."""
        if not self.devices:
            raise HarnessError(f"{self.name} has no connection")
        return self.devices[0]

    async def disconnect(self) -> None:
        """Close all connections."""
        await asyncio.gather(*(device.close() for device in self.devices))

    async def _carry_out(
        self,
        operation: Operation,
        payload: object,
        on: Device | None,
        instance: int = 0,
        values: Mapping[str, object] = _NOTHING,
    ) -> Facts:
        if isinstance(operation, SocketOperation):
            return await (on or self.device).request(operation, payload, values)
        if isinstance(operation, HttpOperation) and isinstance(payload, dict):
            return await self._ask(operation, payload, instance)
        if isinstance(operation, CallOperation):
            return await self._call(operation, payload, instance)
        raise HarnessError(f"no driver for {operation.name}")

    async def call_with(self, means: str, raw: bytes, *, instance: int = 0) -> Facts:
        """Carry out an operation over gRPC with bytes as they are, a message or not."""
        operation = self.setting.contract.operation(means, "grpc")
        if not isinstance(operation, CallOperation):
            raise HarnessError(f"{operation.name} is no call")
        return await self._call(operation, raw, instance)

    async def _call(self, operation: CallOperation, payload: object, instance: int) -> Facts:
        caller = self.setting.subject.callers[instance]
        wire = self.setting.trace.wire(f"{self.name}/grpc", instance)
        metadata = caller.metadata(self.account.access_token if operation.secured else "")
        if isinstance(payload, bytes):
            answer = await caller.send(wire, operation.name, payload, metadata)
        else:
            answer = await caller.call(wire, operation.name, payload, metadata)
        return self.setting.oracle.call(operation, answer)

    async def _ask(self, operation: HttpOperation, payload: Mapping[str, object], instance: int) -> Facts:
        token = self.account.access_token
        path, query = payload.get("path"), payload.get("query")
        answer = await self.setting.subject.clients[instance].request(
            self.setting.trace.wire(f"{self.name}/http", instance),
            operation.method,
            operation.path,
            parameters=path if isinstance(path, dict) else {},
            query=query if isinstance(query, dict) else {},
            headers={"authorization": f"Bearer {token}"} if operation.secured and token else {},
            body=payload.get("body"),
        )
        return self.setting.oracle.response(operation, answer)


def _places(
    handshake: Handshake, tokens: Mapping[Place, str]
) -> tuple[dict[str, object] | None, dict[str, str], dict[str, str]]:
    """Return the auth object, query and headers of a handshake with these tokens."""
    auth: dict[str, object] | None = None
    query: dict[str, str] = {}
    headers: dict[str, str] = {}
    for place, token in tokens.items():
        if place == "auth" and handshake.auth_field:
            auth = {handshake.auth_field: token}
        elif place == "query" and handshake.query_field:
            query[handshake.query_field] = token
        elif place == "header" and handshake.header:
            headers[handshake.header] = f"Bearer {token}"
        else:
            raise NotApplicable(f"the handshake has no place for a token in {place}")
    return auth, query, headers
