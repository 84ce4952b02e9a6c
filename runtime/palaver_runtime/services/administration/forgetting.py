"""Removing messages for good, a few in each transaction, so that nobody waits long."""

from palaver_runtime.admin_ports import AdminStore
from palaver_runtime.services.administration.paging import Progress, unheard

CHUNK = 1_000
"""Messages that are removed in one transaction."""


async def forget(store: AdminStore, conversation_id: str, until: int, progress: Progress = unheard) -> int:
    """Remove the messages of a conversation up to a sequence, oldest first; give how many there were.

    It is as if they had never been there. Who has one still shows it, and is told nothing.
    """
    gone = 0
    while True:
        async with store.writing() as tx:
            await tx.lock(conversation_id)
            oldest = await tx.history(conversation_id, after=0, limit=1)
            if not oldest or oldest[0].sequence > until:
                return gone
            end = min(until, oldest[0].sequence + CHUNK - 1)
            gone += await tx.forget_messages({conversation_id: end})
        progress("messages", gone)
