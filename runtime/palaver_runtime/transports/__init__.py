"""The wires: Socket.IO, raw WebSocket, HTTP and their listeners. Nothing here knows what the traffic means."""

from typing import Final

ABORT_EXTENSION: Final = "palaver.abort"
"""ASGI scope extension of our listener: {"abort": drop the TCP connection at once, unsent bytes included}."""

PING_EXTENSION: Final = "palaver.ping"
"""ASGI scope extension of our listener: {"ping": send a ping, and call what is given once its pong has come}.

ASGI has no messages for the pings of WebSocket. After the close, and with a later ping, nothing is called any more."""
