"""Why a connection ended, in the words that reach SocketDialect.disconnect."""

from typing import Final

CLIENT_DISCONNECT: Final = "client disconnect"
TRANSPORT_CLOSE: Final = "transport close"
PING_TIMEOUT: Final = "ping timeout"
HANDSHAKE_TIMEOUT: Final = "handshake timeout"
MALFORMED: Final = "malformed packet"
TOO_LARGE: Final = "too large"
SLOW_READER: Final = "slow reader"
REFUSED: Final = "connection refused"
FAILED: Final = "server failure"
SERVER_SHUTDOWN: Final = "server shutdown"
