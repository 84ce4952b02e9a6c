"""A request that a client begins and never ends."""

import asyncio
from contextlib import suppress
from urllib.parse import urlsplit

from palaver_conformance.errors import Unreachable
from palaver_conformance.evidence.trace import Wire


async def cut_off(url: str, beginning: str, wire: Wire, patience: float) -> bool:
    """Send the beginning of a request, and tell whether the server closes the connection in time.

    `{host}` in it is filled in, and its path is below that of the server. Raises Unreachable when there is no server.
    """
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    try:
        reader, writer = await asyncio.open_connection(
            parts.hostname, parts.port or (443 if secure else 80), ssl=secure
        )
    except OSError as error:
        raise Unreachable(f"no connection: {error}") from error
    target, _, rest = beginning.partition(" /")
    text = f"{target} {parts.path.rstrip('/')}/{rest}".replace("{host}", parts.netloc)
    wire.sent(text)
    try:
        async with asyncio.timeout(patience):
            with suppress(ConnectionError):
                writer.write(text.encode())
                wire.received((await reader.read()).decode(errors="replace"))
            wire.note("closed")
            return True
    except TimeoutError:
        return False
    finally:
        writer.close()
        with suppress(OSError, TimeoutError):
            await writer.wait_closed()
