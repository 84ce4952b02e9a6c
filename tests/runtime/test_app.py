"""Everything is put together from settings, and taken apart again."""

import sqlite3
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from doubles.gateway import SECRET, token

from palaver_runtime import dialects
from palaver_runtime.adapters.sql import StoreUnavailable
from palaver_runtime.app import running_core, running_dialects
from palaver_runtime.dialects import gateway
from palaver_runtime.dialects.gateway.routes import GatewayRoutes
from palaver_runtime.domain.commands import CreateConversation, SendMessage
from palaver_runtime.domain.errors import RateLimited, Unauthorized, Unavailable
from palaver_runtime.domain.limits import Rate
from palaver_runtime.domain.values import ConversationType
from palaver_runtime.settings import Settings


def _settings(tmp_path: Path, **settings: object) -> Settings:
    return Settings(database_url=f"sqlite:///{tmp_path}/palaver.db", **{"jwt_secret": SECRET, **settings})


async def test_core_keeps_what_was_said(tmp_path: Path) -> None:
    """A core makes its database when there is none, and the next one finds in it what the first has stored."""
    said = SendMessage(conversation_id="", content="hello")
    async with running_core(_settings(tmp_path)) as (core, _):
        alice = await core.accounts.authenticate(token("alice"))
        group = CreateConversation(type=ConversationType.GROUP, user_ids=())
        conversation, _ = await core.conversations.create(alice, group)
        message = await core.messages.send(alice, SendMessage(conversation_id=conversation.id, content=said.content))
    async with running_core(_settings(tmp_path)) as (core, _):
        page, _ = await core.messages.history(alice, conversation.id, before=None, after=None, limit=10)
        assert page == (message,)


async def test_settings_reach_the_services(tmp_path: Path) -> None:
    """Rates, and whom a token must be from and for, are as the settings say."""
    settings = _settings(
        tmp_path, limit_messages=Rate(1, 60), jwt_issuer="us", jwt_audience="chat", access_token_seconds=77
    )
    async with running_core(settings) as (core, _):
        with pytest.raises(Unauthorized, match="issuer"):
            await core.accounts.authenticate(token("alice"))
        with pytest.raises(Unauthorized, match="audience"):
            await core.accounts.authenticate(token("alice", iss="us"))
        alice = await core.accounts.authenticate(token("alice", iss="us", aud="chat"))
        conversation, _ = await core.conversations.create(
            alice, CreateConversation(type=ConversationType.GROUP, user_ids=())
        )
        await core.messages.send(alice, SendMessage(conversation_id=conversation.id, content="one"))
        with pytest.raises(RateLimited):
            await core.messages.send(alice, SendMessage(conversation_id=conversation.id, content="two"))
        signed_in = await core.accounts.register("bob", "correct horse battery", None)
        assert signed_in.expires_in == 77


async def test_why_a_database_cannot_be_used_is_logged_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Who is refused is told no reason: who looks after the server finds it in the log, and not once for everybody."""
    async with running_core(_settings(tmp_path)) as (core, _):
        alice = await core.accounts.authenticate(token("alice"))
        with sqlite3.connect(tmp_path / "palaver.db") as broken:
            broken.execute("ALTER TABLE conversations RENAME TO elsewhere")
        broken.close()
        caplog.clear()
        for _ in range(3):
            with pytest.raises(Unavailable) as caught:
                await core.conversations.create(alice, CreateConversation(type=ConversationType.GROUP, user_ids=()))
        said = [each for each in caplog.records if each.name == "palaver_runtime.trouble"]
        assert [each.getMessage() for each in said] == [str(caught.value)]
        assert "no such table: conversations" in str(caught.value)
        assert "conversations" not in caught.value.message


async def test_instances_tell_one_time(tmp_path: Path) -> None:
    """Two instances on one database agree on the time, however far apart their machines' clocks are."""
    behind, ahead = (_settings(tmp_path, clock_offset_seconds=each) for each in (-300.0, 300.0))
    async with running_core(behind) as (one, _), running_core(ahead) as (other, _):
        assert abs(one.clock.now() - other.clock.now()) < timedelta(seconds=5)


async def test_tokens_outlive_a_restart_without_a_secret(tmp_path: Path) -> None:
    """In development a token stays good when the server starts again, although nobody set a secret."""
    settings = _settings(tmp_path, jwt_secret=None)
    async with running_core(settings) as (core, _):
        signed_in = await core.accounts.register("alice", "correct horse battery", None)
    async with running_core(settings) as (core, _):
        assert (await core.accounts.authenticate(signed_in.access_token)).user_id == signed_in.user.id


async def test_database_out_of_reach_is_told(tmp_path: Path) -> None:
    """A database that cannot be used ends the start, before anything else is made."""
    with pytest.raises(StoreUnavailable, match="no-such-folder"):
        async with running_core(_settings(tmp_path / "no-such-folder", jwt_secret=None)):
            pytest.fail("the core runs")
    assert list(tmp_path.iterdir()) == []


async def test_dialects_are_served_with_their_health(tmp_path: Path) -> None:
    """Each dialect is an application of its own, which says that it is alive and refuses strangers in its words."""
    async with running_dialects(_settings(tmp_path, max_body_bytes=1_024), {"gateway": gateway}) as (surfaces, _):
        assert surfaces.keys() == {"gateway"}
        transport = httpx.ASGITransport(surfaces["gateway"].app)
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
            health = await client.get("/healthz")
            assert (health.status_code, health.json()) == (200, {"status": "ok"})
            # With a line end in it too.
            for path in ("/users/me", "/users/a%0Ab"):
                assert (await client.get(path)).json()["error"]["code"] == "UNAUTHORIZED"
            assert (await client.post("/auth/login", content=b"x" * 2_000)).status_code == 413
        await surfaces["gateway"].close()


async def test_dialect_without_a_handler_does_not_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A handler that the document asks for and nobody wrote is found at the start, by name."""
    monkeypatch.delattr(GatewayRoutes, "login")
    with pytest.raises(dialects.HandlerMissing, match=r"gateway: .*/auth/login.*async def login"):
        async with running_dialects(_settings(tmp_path), {"gateway": gateway}):
            pytest.fail("the dialect runs")


def test_dialects_are_found() -> None:
    """Every module here that is not private is a dialect; each can be loaded and wants a port."""
    names = dialects.available()
    assert "gateway" in names
    assert list(names) == sorted(names)
    assert not any(each.startswith("_") for each in names)
    assert all(1024 <= dialects.load(each).DEFAULT_PORT < 65_536 for each in names)
    assert dialects.load("gateway") is gateway


@pytest.mark.parametrize("name", ["", "_reading", "Gateway", "gateway.codec", "..app"])
def test_unknown_dialect_is_refused(name: str) -> None:
    """Any other name is refused with the names that there are, and imports nothing."""
    with pytest.raises(LookupError, match=r"available: .*gateway"):
        dialects.load(name)
