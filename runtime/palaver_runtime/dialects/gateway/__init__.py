"""The gateway: colon events with acknowledgements on Socket.IO, and REST beside them."""

DEFAULT_PORT = 4001
