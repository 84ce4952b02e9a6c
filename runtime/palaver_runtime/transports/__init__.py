"""The wires: Socket.IO, raw WebSocket, HTTP and their listeners. Nothing here knows what the traffic means."""

from typing import Final

CHANNEL_EXTENSION: Final = "palaver.channel"
"""ASGI scope extension of our listener for websockets.

{"attach": give what is received to a receiver of channel.py, which it is told of, once the websocket is accepted;
the application returns then. "abort": drop the TCP connection at once, unsent bytes included}.
"""
