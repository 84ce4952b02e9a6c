"""The wires: Socket.IO, HTTP and their listeners. Nothing here knows what the traffic means."""
