"""The part of an ASGI application in one websocket: all of it, or no more than its opening."""

import asyncio
import logging
from collections import deque
from contextvars import copy_context
from enum import Enum, auto
from typing import Final
from urllib.parse import unquote

from starlette.types import ASGIApp, Message, Scope
from uvicorn.protocols.utils import ClientDisconnected, get_local_addr

from palaver_runtime.transports import CHANNEL_EXTENSION
from palaver_runtime.transports.channel import Channel, Receiver
from palaver_runtime.transports.entrance import entrance
from palaver_runtime.transports.request import Headers, Request
from palaver_runtime.transports.rfc6455.closing import ABNORMAL, INTERNAL_ERROR, NORMAL
from palaver_runtime.transports.rfc6455.frames import BINARY, TEXT, frame
from palaver_runtime.transports.rfc6455.handshake import Refused, accept_key

logger = logging.getLogger(__name__)

_SPEC_VERSION: Final = "2.4"
_PREFIX: Final = "websocket."


def converse(channel: Channel, request: Request, app: ASGIApp) -> None:
    """Have an application answer a request, by its entrance if it has one that takes it.

    One that opens no websocket is answered here.
    """
    enter = entrance(app)
    if enter is not None and copy_context().run(enter, channel, request):
        return
    conversation = Conversation(channel)
    channel.attach(conversation)
    try:
        conversation.key = accept_key(request.method, request.version, request.headers)
    except Refused as refused:
        headers = [(b"content-type", b"text/plain; charset=utf-8"), *refused.headers.items()]
        channel.refuse(refused.status, headers, f"{refused}\n".encode())
        return
    task = asyncio.get_running_loop().create_task(conversation.run(app, request), name="websocket")
    channel.state.tasks.add(task)
    task.add_done_callback(channel.state.tasks.discard)


class _Stage(Enum):
    OPENING = auto()
    REFUSING = auto()  # a response has been begun that is no websocket
    OPEN = auto()
    ATTACHED = auto()  # the application's part is over, and the websocket is not
    OVER = auto()


class Conversation:
    """Gives an application what its client sends, one message at a time, and sends what it says.

    The client is held back until the application has taken a message. What another wants to receive without the
    application it says by the extension of the scope, once the websocket is accepted; the application then returns.
    """

    def __init__(self, channel: Channel) -> None:
        self.channel: Final = channel
        #: What answers the key of the handshake.
        self.key = b""
        self._stage = _Stage.OPENING
        self._inbox: deque[Message] = deque([{"type": "websocket.connect"}])
        self._news: asyncio.Future[None] | None = None
        self._lost = False
        self._response: tuple[int, Headers] = (500, ())
        self._body = b""

    # -- for the channel --

    def attached(self, channel: Channel) -> None:
        """Know the channel already."""

    def message(self, data: str | bytes) -> None:
        """Keep a message for the application."""
        self.channel.hold()
        kind = "text" if isinstance(data, str) else "bytes"
        self._put({"type": "websocket.receive", kind: data})

    def lost(self, code: int, reason: str) -> None:
        """Tell the application that the websocket has ended, unless it knows."""
        self._lost = True
        if self._stage is not _Stage.OVER:
            self._put({"type": "websocket.disconnect", "code": code, "reason": reason})

    # -- for the application --

    async def run(self, app: ASGIApp, request: Request) -> None:
        """Run the application; whatever it leaves open is closed."""
        code = INTERNAL_ERROR
        try:
            await app(self._scope(request), self.receive, self.send)
            code = NORMAL
            if self._stage in (_Stage.OPENING, _Stage.REFUSING) and not self._lost:
                logger.error("an application has not answered a websocket")
        except ClientDisconnected:
            pass
        except Exception:
            logger.exception("an application has failed at a websocket")
        finally:
            self._leave(code)

    async def receive(self) -> Message:
        """Give the next message."""
        while not self._inbox:
            self._news = asyncio.get_running_loop().create_future()
            await self._news
        message = self._inbox[0]
        if message["type"] != "websocket.disconnect":  # which is the answer from now on
            self._inbox.popleft()
        if not self._inbox and self._stage is _Stage.OPEN:
            self.channel.release()
        return message

    async def send(self, message: Message) -> None:
        """Send what the application says; raise ClientDisconnected, or RuntimeError for what it may not say now."""
        await self.channel.writable()
        if self._lost and self._stage is not _Stage.OVER:
            raise ClientDisconnected
        act = message["type"].removeprefix(_PREFIX)
        if self._stage is _Stage.OPENING and act == "accept":
            self._accept(message)
        elif self._stage is _Stage.OPENING and act == "close":
            self._refuse(403, (), b"")
        elif self._stage is _Stage.OPENING and act == "http.response.start":
            self._stage = _Stage.REFUSING
            self._response = (message["status"], tuple(message.get("headers", ())))
        elif self._stage is _Stage.REFUSING and act == "http.response.body":
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                self._refuse(*self._response, self._body)
        elif self._stage is _Stage.OPEN and act == "send":
            data = message.get("bytes")
            whole = frame(TEXT, message["text"].encode()) if data is None else frame(BINARY, data)
            self.channel.write(whole)
        elif self._stage is _Stage.OPEN and act == "close":
            self._close(message.get("code", NORMAL), message.get("reason") or "")
        else:
            raise RuntimeError(f"{message['type']!r} may not be sent now: the websocket is {self._stage.name.lower()}")

    # -- for another --

    def attach(self, receiver: Receiver) -> None:
        """Hand the websocket over to `receiver`; the application only has to return.

        It has been accepted. What was received in the meantime is given first.
        """
        if self._stage is not _Stage.OPEN:
            raise RuntimeError(f"nobody can attach now: the websocket is {self._stage.name.lower()}")
        self._stage = _Stage.ATTACHED
        self.channel.attach(receiver)
        while self._inbox:
            message = self._inbox.popleft()
            if message["type"] == "websocket.receive":
                receiver.message(message["text"] if "text" in message else message["bytes"])
            elif message["type"] == "websocket.disconnect":
                receiver.lost(message["code"], message["reason"])
        self.channel.release()

    # -- how that is done --

    def _scope(self, request: Request) -> Scope:
        path, _, query = request.target.partition(b"?")
        offered = b",".join(value for name, value in request.headers if name == b"sec-websocket-protocol")
        return {
            "type": "websocket",
            "asgi": {"version": request.asgi_version, "spec_version": _SPEC_VERSION},
            "http_version": "1.1",
            "scheme": "wss" if request.secure else "ws",
            "server": get_local_addr(self.channel.transport),
            "client": request.client,
            "root_path": request.root_path,
            "path": request.root_path + unquote(path.decode("latin-1")),
            "raw_path": request.root_path.encode() + path,
            "query_string": query,
            "headers": list(request.headers),
            "subprotocols": [each.strip() for each in offered.decode("latin-1").split(",") if each.strip()],
            "state": request.state,
            "extensions": {
                "websocket.http.response": {},
                CHANNEL_EXTENSION: {"attach": self.attach, "abort": self.channel.abort},
            },
        }

    def _accept(self, message: Message) -> None:
        headers = tuple(message.get("headers", ()))
        if message.get("subprotocol"):
            headers += ((b"sec-websocket-protocol", message["subprotocol"].encode()),)
        self.channel.accept(self.key, headers)
        self._stage = _Stage.OPEN
        if self._inbox:
            self.channel.hold()

    def _refuse(self, status: int, headers: Headers, body: bytes) -> None:
        self.channel.refuse(status, headers, body)
        self._put({"type": "websocket.disconnect", "code": ABNORMAL, "reason": ""})
        self._stage = _Stage.OVER

    def _close(self, code: int, reason: str) -> None:
        self.channel.close(code, reason)
        self._put({"type": "websocket.disconnect", "code": code, "reason": reason})
        self._stage = _Stage.OVER

    def _leave(self, code: int) -> None:
        if self._lost or self._stage in (_Stage.ATTACHED, _Stage.OVER):
            return
        if self._stage is _Stage.OPEN:
            self._close(code, "")
        else:
            self._refuse(500, ((b"content-type", b"text/plain; charset=utf-8"),), b"Internal Server Error")

    def _put(self, message: Message) -> None:
        self._inbox.append(message)
        if self._news is not None and not self._news.done():
            self._news.set_result(None)
