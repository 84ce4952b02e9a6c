"""The Socket.IO client of python-socketio, taken down without a trace."""

import gc
import warnings

import socketio


async def hang_up(client: socketio.AsyncClient) -> None:
    """Disconnect a client.

    It leaves the answer to its last poll unread, of which aiohttp complains whenever that is collected: it is
    collected here, where nobody listens.
    """
    await client.disconnect()
    await client.shutdown()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
