"""The WebSocket protocol (RFC 6455) as a server speaks it, without I/O, extensions or subprotocols."""
