"""Connects the generated clients to servers: HTTP, Socket.IO and WebSocket, tokens, reconnecting, and catching up.

from palaver_client import open_client
from palaver_wire.… import client

async with open_client(client.Client, url, token=token) as chat:
    await chat.connect()
    async for event in chat.events(): ...
"""

from palaver_client.backoff import Backoff
from palaver_client.credentials import TokenSource
from palaver_client.link import open_client
from palaver_client.session import Options
from palaver_wire.client import (
    ClientError,
    ConnectionLost,
    Interrupted,
    NoAnswer,
    NotConnected,
    NotSignedIn,
    Refused,
    Resumed,
    StreamOverrun,
    UnexpectedAnswer,
)

__all__ = [
    "Backoff",
    "ClientError",
    "ConnectionLost",
    "Interrupted",
    "NoAnswer",
    "NotConnected",
    "NotSignedIn",
    "Options",
    "Refused",
    "Resumed",
    "StreamOverrun",
    "TokenSource",
    "UnexpectedAnswer",
    "open_client",
]
