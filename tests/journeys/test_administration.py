"""What is done on the database of a running server is seen by its clients."""

import asyncio
from pathlib import Path

import pytest
from servers.palaver import serving

from palaver_client import Backoff, ClientError, Interrupted, Options, open_client
from palaver_runtime.admin.running import administration
from palaver_runtime.settings import Settings
from palaver_wire.gateway import models
from palaver_wire.gateway.client import Client, ConversationRemovedEvent

OPTIONS = Options(timeout=30.0, connect_timeout=30.0, backoff=Backoff(first=0.02, limit=0.2))
PASSWORD = "correct horse battery"


async def _cut_off(client: Client) -> None:
    """Wait until the client's connection is closed, and until it is told that there is none to be had."""
    interrupted = False
    try:
        async for event in client.events():
            interrupted = interrupted or isinstance(event, Interrupted)
    except ClientError:
        assert interrupted


@pytest.mark.parametrize("told_by", ["redis", "heartbeat"])
async def test_clients_see_what_is_done(tmp_path: Path, redis_url: str, told_by: str) -> None:
    """A revoked session and a deleted user lose their connections, those of a deleted conversation are told.

    With Redis that does not wait for the heartbeat, which here would take an hour.
    """
    url = f"sqlite:///{tmp_path}/palaver.db"
    env = {"PALAVER_DATABASE_URL": url, "PALAVER_HEARTBEAT_SECONDS": "0.1"}
    settings = Settings(database_url=url)
    if told_by == "redis":
        env |= {"PALAVER_HEARTBEAT_SECONDS": "3600", "PALAVER_REDIS_URL": redis_url}
        settings = Settings(database_url=url, redis_url=redis_url)
    async with (
        serving(env=env) as server,
        open_client(Client, server.url, options=OPTIONS) as alice,
        open_client(Client, server.url, options=OPTIONS) as bob,
        open_client(Client, server.url, options=OPTIONS) as carol,
        administration(settings) as admin,
    ):
        people = {}
        for name, client in (("alice", alice), ("bob", bob), ("carol", carol)):
            people[name] = (await client.register(models.Registration(username=name, password=PASSWORD))).user.id
            await client.connect()
        conversation = await carol.create_conversation(
            models.NewConversation(
                type=models.ConversationType.GROUP, name="Plans", participant_ids=[people["alice"], people["bob"]]
            )
        )
        told = carol.only(ConversationRemovedEvent)
        cut_off = [asyncio.create_task(_cut_off(each)) for each in (alice, bob)]
        # Their streams begin with the first step.
        await asyncio.sleep(0)
        async with asyncio.timeout(30):
            assert await admin.sessions.revoke_all(people["alice"]) == 1
            await admin.users.delete("bob")
            await asyncio.gather(*cut_off)
            await admin.conversations.delete(conversation.id)
            event = await anext(aiter(told))
        assert event.payload.conversation_id == conversation.id
