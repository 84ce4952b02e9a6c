"""The wires: Socket.IO, HTTP and their listeners. Nothing here knows what the traffic means."""

from typing import Final

ABORT_EXTENSION: Final = "palaver.abort"
"""ASGI scope extension of our listener: {"abort": drop the TCP connection at once, unsent bytes included}."""
